"""A group of managers from a file, as people and spreadsheets write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.errors import InputError
from tracker.managers.group_files import MOST, read_group


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Citadel\n# a comment\n\n  1037389 \nTwo Sigma, LP\nCitadel\n", ["Citadel", "1037389", "Two Sigma, LP"]),
        ("\ufeffcik,name\n1037389,Renaissance\n,Citadel\n", ["1037389", "Citadel"]),
        ("Name\nCitadel\n", ["Citadel"]),
        ('name,cik,note\r\n"Smith, Jones",,x\r\n', ["Smith, Jones"]),
    ],
)
def test_a_csv_or_a_line_for_each(tmp_path: Path, text: str, group: list[str]) -> None:
    path = tmp_path / "group.csv"
    path.write_text(text, encoding="utf-8")
    assert read_group(path) == group


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "names no manager"),
        (b"# nobody\n", "names no manager"),
        (b"cik,name\n", "names no manager"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"x" * 1_000_001, "larger"),
        (b"\n".join(b"%d" % number for number in range(1, MOST + 2)), "at most"),
    ],
)
def test_what_is_no_group_is_refused_in_a_line(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "group.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=problem) as caught:
        read_group(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_group(tmp_path / "absent.csv")
