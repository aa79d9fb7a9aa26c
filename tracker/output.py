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
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

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


def emit(answer: Answer, form: Format, path: Path | None, echo: Callable[[str], None]) -> None:
    """Render and write to `path`, whole or not at all, or hand the text to `echo`.

    Raises SettingError where `path` cannot be written, or is a folder or a device.
    """
    text = render(answer, form)
    if path is None:
        echo(text)
        return
    if path.exists() and not path.is_file():
        raise SettingError(f"--output {path} is not a file; name one, or leave it out to write to stdout")
    try:
        write_atomic(path.resolve(), (text + "\n").encode())  # a link stays a link
    except OSError as error:
        raise SettingError(f"--output {path} cannot be written ({error.strerror}); choose another place") from None


def render(answer: Answer, form: Format) -> str:
    """The answer as text, without a newline at its end."""
    return {"table": _table, "csv": _csv, "json": _json, "md": _markdown}[form](answer)


def money(value: float | None) -> str:
    """Dollars as a list prints them: `$205.17M`, `$1.32B`; `n/a` where unknown."""
    if value is None:
        return "n/a"
    for size, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if round(abs(value) / size * 1000, 2) >= 1000:  # $999,999.99 is $1.00M, not $1,000.00K
            return f"${value / size:,.2f}{letter}"
    return f"${value:,.0f}"


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


def _table(answer: Answer) -> str:
    headings = [column.heading for column in answer.columns]
    cells = _cells(answer)
    widths = [max(len(row[at]) for row in [headings, *cells]) for at in range(len(headings))]
    is_left = [column.kind in ("text", "date") for column in answer.columns]

    def line(values: Sequence[str]) -> str:
        padded = (
            value.ljust(width) if left else value.rjust(width)
            for value, width, left in zip(values, widths, is_left, strict=True)
        )
        return "  ".join(padded).rstrip()

    body = [line(headings), line(["-" * width for width in widths]), *map(line, cells)] if cells else []
    return "\n".join(
        [
            plain(answer.title),
            *([""] if body else []),
            *body,
            *([""] if answer.notes else []),
            *(textwrap.fill(plain(note), _NOTE_WIDTH, subsequent_indent="  ") for note in answer.notes),
        ]
    )


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
