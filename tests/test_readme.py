"""The README says what the program does."""

from __future__ import annotations

from pathlib import Path

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()


def test_the_picture_is_what_the_demo_prints(demo: Path) -> None:
    picture = README.split("\n```\n")[1]
    assert picture.startswith("9 best performing")
    assert picture in (demo / "stdout").read_text()


def test_the_two_lines_stand_alone() -> None:
    assert "```bash\npython -m pip install . && tracker demo\n```" in README
    assert "```bash\npython -m pip install -e '.[dev]' && pytest\n```" in README
