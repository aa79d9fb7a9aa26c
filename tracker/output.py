"""One answer, four formats: the only place that branches on them.

Every command makes an `Answer`; `render` writes it as an aligned table, CSV, JSON or Markdown. Text that comes from
filings is foreign: control characters never reach a terminal, Markdown marks are escaped, and a CSV cell that a
spreadsheet would run as a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

from .errors import SettingError
from .files import write_atomic

Format = Literal["table", "csv", "json", "md"]
Kind = Literal["text", "integer", "number", "usd", "change", "share", "date"]

_NOTE_WIDTH = 110


@dataclass(frozen=True)
class Column:
    """A column of the answer: its key in the rows, its heading for people, and how its values are written."""

    key: str
    heading: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Answer:
    """What a command answers.

    `rows` hold every fact under its full name and in full precision; `columns` are those that people see. `facts` are
    the JSON document's other members, `rows_key` the member that holds the rows; `notes` stand under the table.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    rows_key: str = "rows"
    notes: Sequence[str] = ()
    footer: str = ""
    """the methodology in one line; a terminal shows it last"""


@dataclass(frozen=True)
class Look:
    """How a terminal shows an answer: `width` cells wide, with or without colour."""

    width: int
    is_coloured: bool

    def paint(self, text: str, style: str) -> str:
        """`text` in a style of `_STYLES`, where there is colour."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.is_coloured and style and text else text


_STYLES = {"bold": "1", "dim": "2", "rise": "32", "fall": "31"}
_NARROWEST = 10  # cells that a shortened column keeps


def look_of(stream: TextIO, environment: Mapping[str, str]) -> Look | None:
    """The terminal behind `stream`; None where it is none. No colour with NO_COLOR (not empty) or TERM=dumb."""
    if not stream.isatty():
        return None
    is_coloured = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    return Look(shutil.get_terminal_size().columns, is_coloured)


def emit(answer: Answer, form: Format, path: Path | None, echo: Callable[[str], None]) -> None:
    """Render and write to `path`, whole or not at all, or hand the text to `echo`.

    Raises SettingError where `path` cannot be written, or is a folder or a device.
    """
    if path is None:
        look = look_of(sys.stdout, os.environ) if form == "table" else None
        echo(render_terminal(answer, look) if look else render(answer, form))
        return
    text = render(answer, form)
    if path.exists() and not path.is_file():
        raise SettingError(f"--output {path} is not a file; name one, or leave it out to write to stdout")
    try:
        write_atomic(path.resolve(), (text + "\n").encode())  # a link stays a link
    except OSError as error:
        raise SettingError(f"--output {path} cannot be written ({error.strerror}); choose another place") from None


def render(answer: Answer, form: Format) -> str:
    """The answer as text, without a newline at its end."""
    return {"table": _table, "csv": _csv, "json": _json, "md": _markdown}[form](answer)


def render_terminal(answer: Answer, look: Look) -> str:
    """The table as a terminal shows it: within its width, rises and falls in colour, the footer last."""
    return _table(answer, look)


def money(value: float | None) -> str:
    """Dollars as a list prints them: `$205.17M`, `$1.32B`; `n/a` where unknown."""
    if value is None:
        return "n/a"
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if round(abs(value) / size * 1000, 2) >= 1000:  # $999,999.99 is $1.00M, not $1,000.00K
            return f"${value / size:,.2f}{letter}"
    return f"${value:,.0f}"


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """`1 line`, `3,200 lines`: a count with its noun."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def _text(value: object, kind: Kind) -> str:
    if value is None:
        return "n/a" if kind in ("usd", "change", "share", "number", "integer") else ""
    if isinstance(value, int | float):
        if kind == "usd":
            return money(value)
        if kind == "change":
            return f"{value:+,.2f}%"
        if kind == "share":
            return f"{value:,.2f}%" if value >= 0.01 or value == 0 else "<0.01%"
        if kind in ("number", "integer"):
            return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    return plain(str(value))


def plain(text: str) -> str:
    """`text` on one line without control characters."""
    return "".join(char if char.isprintable() else " " for char in text)


def _cells(answer: Answer) -> list[list[str]]:
    return [[_text(row.get(column.key), column.kind) for column in answer.columns] for row in answer.rows]


def _table(answer: Answer, look: Look | None = None) -> str:
    headings = [column.heading for column in answer.columns]
    cells = _cells(answer)
    widths = [max(cell_width(row[at]) for row in [headings, *cells]) for at in range(len(headings))]
    is_left = [column.kind in ("text", "date") for column in answer.columns]
    if look:
        # words can be cut; tickers, addresses and accession numbers (without a space) cannot
        has_words = [any(" " in row[at] for row in cells) for at in range(len(headings))]
        is_name = [words and column.kind == "text" for words, column in zip(has_words, answer.columns, strict=True)]
        widths = _narrowed(widths, is_name, look.width)
    painter = look or Look(0, is_coloured=False)

    def line(values: Sequence[str], styles: Sequence[str] = ()) -> str:
        padded = []
        for value, width, left, style in zip(values, widths, is_left, styles or [""] * len(widths), strict=True):
            shown = shortened(value, width)
            gap = " " * (width - cell_width(shown))
            padded.append(painter.paint(shown, style) + gap if left else gap + painter.paint(shown, style))
        return "  ".join(padded).rstrip()

    body = []
    if cells:
        body = [line(headings, ["bold"] * len(headings)), line(["-" * width for width in widths])]
        body += [
            line(row, [_style(column, facts) for column in answer.columns])
            for row, facts in zip(cells, answer.rows, strict=True)
        ]
    width = min(look.width, _NOTE_WIDTH) if look else _NOTE_WIDTH
    footer = plain(answer.footer) if look else ""
    return "\n".join(
        [
            painter.paint(plain(answer.title), "bold"),
            *([""] if body else []),
            *body,
            *([""] if answer.notes else []),
            *(textwrap.fill(plain(note), max(width, 20), subsequent_indent="  ") for note in answer.notes),
            *(["", painter.paint(shortened(footer, painter.width), "dim")] if footer else []),
        ]
    )


def _style(column: Column, row: Mapping[str, Any]) -> str:
    """Rises and falls: by the sign of a change, and of holders by the quarter before."""
    value = row.get(column.key)
    if column.key == "holders" and value is not None and row.get("holders_previous") is not None:
        value = value - row["holders_previous"]
    elif column.kind != "change" and column.key != "change":
        return ""
    return "" if not value else "rise" if value > 0 else "fall"


def _narrowed(widths: Sequence[int], is_name: Sequence[bool], room: int) -> list[int]:
    """Widths that fit in `room` where shortening names is enough: the widest gives first. Nothing else is ever cut."""
    found = list(widths)
    while sum(found) + 2 * (len(found) - 1) > room:
        widest = max((at for at in range(len(found)) if is_name[at]), key=lambda at: found[at], default=None)
        if widest is None or found[widest] <= _NARROWEST:
            break
        found[widest] -= 1
    return found


def cell_width(text: str) -> int:
    """How many cells of a terminal `text` takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def shortened(text: str, width: int) -> str:
    """`text` in at most `width` cells, with … at its end where it was cut."""
    if cell_width(text) <= width:
        return text
    while text and cell_width(text) > width - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _markdown(answer: Answer) -> str:
    def escaped(text: str) -> str:
        for mark in "\\|*_`<>[]":
            text = text.replace(mark, "\\" + mark if mark not in "<>" else {"<": "&lt;", ">": "&gt;"}[mark])
        return text

    rule = ["---" if column.kind in ("text", "date") else "---:" for column in answer.columns]
    rows = [
        [column.heading for column in answer.columns],
        rule,
        *([escaped(cell) for cell in row] for row in _cells(answer)),
    ]
    table = ["| " + " | ".join(row) + " |" for row in rows]
    notes = [f"- {escaped(plain(note))}" for note in answer.notes]
    return "\n".join([f"## {escaped(plain(answer.title))}", "", *table, *([""] if notes else []), *notes])


def _csv(answer: Answer) -> str:
    out = io.StringIO()
    names = list(dict.fromkeys(key for row in answer.rows for key in row)) or [column.key for column in answer.columns]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv_cell(row.get(name)) for name in names] for row in answer.rows)
    return out.getvalue().removesuffix("\n")


def _csv_cell(value: object) -> object:
    """Numbers as they are; text that a spreadsheet would take for a formula is disarmed."""
    if isinstance(value, str):
        text = plain(value)
        return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") else text
    return _whole(value)


def _json(answer: Answer) -> str:
    document = _json_ready({**answer.facts, answer.rows_key: answer.rows})
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False, default=_json_value)


def _json_ready(value: object) -> object:
    """Whole numbers as such at any depth; JSON has no infinity and no NaN: null."""
    if isinstance(value, Mapping):
        return {key: _json_ready(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_json_ready(member) for member in value]
    return None if isinstance(value, float) and not math.isfinite(value) else _whole(value)


def _whole(value: object) -> object:
    """Shares and dollars are counted in floats; whole ones are written without a decimal point."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _json_value(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
