"""What an editor writes: its parts, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.newsletter.pictures import png
from tracker.errors import InputError
from tracker.newsletter import editor_notes
from tracker.newsletter.editor_notes import Notes, describe, read_notes, sections_of

TEXT = """An introduction.

## DUOT

Text.

### A smaller heading

## nasdaq:derm

More, with a [link](https://example.org).

## DISCLOSURE

None.

## Links
"""


def test_headings_divide_the_notes() -> None:
    sections = sections_of(TEXT)
    assert list(sections) == ["introduction", "DUOT", "DERM", "disclosure"]  # links are empty
    assert [section.line for section in sections.values()] == [1, 3, 9, 13]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Title", "line 1: the headline is --title"),
        ("## DUOT\n\na\n\n## $duot\n\nb", "line 5: a second section"),
        ("a\n\n[x](javascript:alert(1))", "line 3: a link leads to an http or https address, not to 'javascript:"),
        ("[x](file:///etc/passwd)", "line 1: a link"),
        ("[x](//example.org)", "line 1: a link"),
        ("[x](https:///nobody)", "line 1: a link"),
        ("[x][1]\n\n[1]: data:text/html,x", "line 1: a link"),
        ("<mailto:a@example.org>", "line 1: a link"),
        ("![](a.png)", "line 1: a picture without a description"),
        ("a\n\nb\x1b[2J", "line 3: a control character"),
        ("a" * 200_001, "more than 200,000 characters"),
    ],
)
def test_what_cannot_be_published_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        sections_of(text, "notes.md")
    assert said in str(raised.value) and "\n" not in str(raised.value)


def test_a_section_is_about_a_stock_of_the_list() -> None:
    notes = Notes(TEXT, Path(), "notes.md")
    assert describe(notes, ["DERM", "DUOT"], {}) == {"text": TEXT, "pictures": {}}
    with pytest.raises(InputError, match=r"notes\.md, line 9: DERM is not on the list"):
        describe(notes, ["DUOT"], {})


def test_a_file_is_read_with_the_pictures_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(b"\xef\xbb\xbfHello\r\n\r\n![a chart](a.png)\r\n")
    with pytest.raises(InputError, match=r"a\.png is not there"):
        read_notes(path)
    (tmp_path / "a.png").write_bytes(png())
    notes = read_notes(path)
    assert notes.text == "Hello\n\n![a chart](a.png)\n"
    assert list(editor_notes.read_pictures(notes)) == ["a.png"]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.md").write_bytes(b"\xff\xfe")
    for name, said in (("none.md", "is not a file"), (".", "is not a file"), ("binary.md", "is not UTF-8")):
        with pytest.raises(InputError, match=said):
            read_notes(tmp_path / name)


def test_deep_nesting_ends() -> None:
    assert sections_of("> " * 5_000 + "x") and sections_of("[" * 5_000) and sections_of("*a " * 5_000)
