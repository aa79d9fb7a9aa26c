"""Where text leaves the program, and what each kind of place does with it.

Names come from filings, so all text is foreign. `safe` makes of it what its target shows as the text that it is, and
does nothing else with: a terminal obeys control characters, a spreadsheet runs formulas, Markdown and HTML have marks,
XML has no form for most control characters. What shows nothing by itself (control characters of both sets, overrides
of the writing direction, zero-width characters, halves of characters) is a blank everywhere but in JSON, which has an
escape for it and loses nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from enum import StrEnum
from html import escape


class Target(StrEnum):
    """Where text goes."""

    LINE = "line"
    """a terminal, a plain text, a header of a mail, an element of XML or SVG whose writer escapes marks: one line"""
    LINES = "lines"
    """a whole text or page, whose line ends and tabs stay"""
    CSV = "csv"
    """a cell that a spreadsheet may open"""
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    """a document as `json.dumps` writes it"""


_FORMULA = "=+-@"
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_QUOTED = re.compile(r'[",;\t\r\n]')  # a semicolon parts cells where the comma is the decimal point
_MARKS = re.compile(r"([\\`*_\[\]|~])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "://": "&#58;//", "www.": "www&#46;"}
_BEYOND_ASCII = re.compile(r"[^ -~\n]")
_INVISIBLE = re.compile(r"[^ -~\n\t]")


def safe(text: str, target: Target) -> str:
    """`text` as it may go there."""
    return _SAFE[target](text)


def plain(text: str) -> str:
    """`text` on one line without control characters."""
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)


def escape_markdown(text: str) -> str:
    """`text` as Markdown that shows it and does nothing else: no marks, no HTML, no links."""
    for mark, entity in _ENTITIES.items():
        text = text.replace(mark, entity)
    return _MARKS.sub(r"\\\1", text)


def csv_record(values: Iterable[object], *, is_text: bool = False) -> str:
    """A record of a CSV file, without an end of line: text is disarmed, None is empty.

    With `is_text` numbers come as text, too, as from another CSV, and stay as they are.
    """
    cells = [
        "" if value is None
        else str(value) if not isinstance(value, str) or (is_text and _NUMBER.fullmatch(value))
        else _disarm(value)
        for value in values
    ]  # fmt: skip
    written = ['"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell for cell in cells]
    return ",".join(written) if written != [""] else '""'


def arm(cell: str) -> str:
    """The text of a cell that `csv_record` wrote, read back."""
    return cell[1:] if cell[:1] == "'" and _is_formula(cell[1:]) else cell


def _disarm(text: str) -> str:
    """With an apostrophe before what a spreadsheet would run, which most of them do not show."""
    text = plain(text)
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    """Whether it begins as formulas do, in wide characters or narrow ones.

    Apostrophes before it do not count, so that what had one is told from what was given one.
    """
    start = text.lstrip("' \u00a0\u3000")
    return unicodedata.normalize("NFKC", start[:1])[:1] in {*_FORMULA}


def _escape_json(document: str) -> str:
    return document if document.isascii() and "\x7f" not in document else _BEYOND_ASCII.sub(_escape_char, document)


def _escape_char(match: re.Match[str]) -> str:
    char = match[0]
    if char.isprintable():
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _blank_out(text: str) -> str:
    return _INVISIBLE.sub(lambda match: match[0] if match[0].isprintable() else " ", text)


_SAFE: dict[Target, Callable[[str], str]] = {
    Target.LINE: plain,
    Target.LINES: _blank_out,
    Target.CSV: _disarm,
    Target.MARKDOWN: lambda text: escape_markdown(plain(text)),
    Target.HTML: lambda text: escape(plain(text)),
    Target.JSON: _escape_json,
}
