"""README, help and code agree."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests import make_cli_reference

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = make_cli_reference.command_paths()
GROUPS = {path[0] for path in COMMANDS if len(path) > 1}
each_command = pytest.mark.parametrize("path", [path for path in COMMANDS if path[-1] not in GROUPS], ids=" ".join)


def test_the_picture_is_what_the_demo_prints(demo: Path) -> None:
    picture = README.split("\n```\n")[1]
    assert picture.startswith("9 best performing")
    assert picture in (demo / "stdout").read_text()


def test_the_two_lines_stand_alone() -> None:
    assert "```bash\npython -m pip install . && tracker demo\n```" in README
    assert "```bash\npython -m pip install -e '.[dev]' && pytest\n```" in README


def test_the_page_of_commands_is_what_help_prints() -> None:
    page = make_cli_reference.PAGE.read_text(encoding="utf-8")
    assert page == make_cli_reference.page(), "run python -m tests.make_cli_reference"


@each_command
def test_the_readme_names_every_command(path: tuple[str, ...]) -> None:
    rows = [row for row in README.splitlines() if row.startswith(f"| `tracker {path[0]}")]
    assert any(re.search(rf"`(tracker {path[0]} )?{path[-1]}\b|`tracker {path[-1]}\b", row) for row in rows)


@each_command
def test_help_has_an_example_of_the_command_itself(path: tuple[str, ...]) -> None:
    example = re.search(r"Example: tracker (.+?)\n\n", make_cli_reference.help_of(path), re.DOTALL)
    assert example and shlex.split(example[1])[: len(path)] == list(path)


def test_every_folder_is_on_the_map() -> None:
    page = (ROOT / "tracker" / "README.md").read_text(encoding="utf-8")
    folders = sorted(path.parent.name for path in (ROOT / "tracker").glob("*/__init__.py"))
    assert len(folders) > 10 and [name for name in folders if f"`{name}/`" not in page] == []


@pytest.mark.parametrize("page", ["README.md", "tracker/README.md", ".github/CONTRIBUTING.md", "CHANGELOG.md"])
def test_what_a_page_points_to_is_there(page: str) -> None:
    folder, text = (ROOT / page).parent, (ROOT / page).read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)  # examples point to files of their own
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", prose) if "://" not in link]
    paths = re.findall(r"`((?:tests|tracker|filings|db)/[\w./-]*\w\.(?:py|csv|md|db))`", text)
    absent = [link for link in links if not (folder / link).exists()]
    assert absent + [path for path in paths if not (ROOT / path).exists() and not path.startswith("db/")] == []
