"""Formats of an answer, as one table: a format is one function and one line in `FORMATS`."""

from __future__ import annotations

import json
import math
import os
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ..files import chosen_file, write_atomic
from .amounts import NOTE_WIDTH, cells
from .answer import Answer
from .html_table import render_html
from .meanings import meanings
from .targets import Target, csv_record, plain, safe
from .terminal import Look, look_of, render_terminal


@dataclass(frozen=True)
class OutputFormat:
    """A way to write an answer: a file's usual suffixes, the function, what it is for, and how a terminal shows it."""

    suffixes: tuple[str, ...]
    write: Callable[[Answer], str]
    """the answer as text, without a newline at its end"""
    purpose: str
    show: Callable[[Answer, Look], str] | None = None
    """for a terminal, if it is not what `write` returns"""


def render(answer: Answer, form: str) -> str:
    """The answer in the format of that name in `FORMATS`, without a newline at its end."""
    return FORMATS[form].write(answer)


def format_of(path: Path) -> str | None:
    """The name of the format that the file's suffix is usual for; None if it is none's."""
    suffix = path.suffix.lower()
    return next((name for name, form in FORMATS.items() if suffix in form.suffixes), None)


def emit(answer: Answer, form: str, path: Path | None, echo: Callable[[str], None]) -> None:
    """Write the answer to `path`, all or nothing; without a path hand the text to `echo`.

    Raises SettingError if `path` cannot be written, or is a folder or a device.
    """
    if path is None:
        show = FORMATS[form].show
        look = look_of(sys.stdout, os.environ) if show else None
        echo(show(answer, look) if show and look else render(answer, form))
        return
    text = render(answer, form)
    with chosen_file(path, f"--output {path}") as chosen:
        write_atomic(chosen, (text + "\n").encode())


def _table(answer: Answer) -> str:
    values = cells(answer)
    body = []
    if values:
        headed = zip(answer.columns, zip(*values, strict=True), strict=True)
        padded = [_padded([column.heading, *texts], column.is_text) for column, texts in headed]
        body = ["", *("  ".join(row).rstrip() for row in zip(*padded, strict=True))]
    notes = [textwrap.fill(plain(note), NOTE_WIDTH, subsequent_indent="  ") for note in answer.notes]
    return "\n".join([plain(answer.title), *body, *([""] if notes else []), *notes])


def _padded(texts: Sequence[str], is_text: bool) -> list[str]:
    """A column, the heading first, a rule below it, each text as wide as the widest; numbers stand on the right."""
    widths = list(map(len if all(map(str.isascii, texts)) else _cell_width, texts))
    widest = max(widths)
    gaps = [" " * (widest - width) for width in widths]
    cells_wide = [text + gap if is_text else gap + text for text, gap in zip(texts, gaps, strict=True)]
    return [cells_wide[0], "-" * widest, *cells_wide[1:]]


def _cell_width(text: str) -> int:
    """How many cells of a terminal `text` takes: wide characters two, combining ones none. rich would take as long to
    import as the answer to write."""
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


def _markdown(answer: Answer) -> str:
    rule = ["---" if column.is_text else "---:" for column in answer.columns]
    rows = [
        [column.heading for column in answer.columns],
        rule,
        *([safe(cell, Target.MARKDOWN) for cell in row] for row in cells(answer)),
    ]
    table = ["| " + " | ".join(row) + " |" for row in rows]
    notes = [f"- {safe(note, Target.MARKDOWN)}" for note in answer.notes]
    return "\n".join([f"## {safe(answer.title, Target.MARKDOWN)}", "", *table, *([""] if notes else []), *notes])


def _csv(answer: Answer) -> str:
    names = list(dict.fromkeys(key for row in answer.rows for key in row)) or [column.key for column in answer.columns]
    records = (csv_record(_csv_cell(row.get(name)) for name in names) for row in answer.rows)
    return "\n".join([csv_record(names), *records])


def _csv_cell(value: object) -> object:
    """Numbers as they are; lists have blanks."""
    return " ".join(map(str, value)) if isinstance(value, list) else _whole(value)


def _json(answer: Answer) -> str:
    """One envelope for every answer: these five members, and the facts of the command beside them."""
    document = json_ready(
        {
            "title": answer.title,
            "methodology": answer.methodology,
            **answer.facts,
            "columns": [meaning.as_dict() for meaning in meanings(answer)],
            "rows": answer.rows,
            "notes": answer.notes,
        }
    )
    return write_json(document, indent=2)


def write_json(document: object, indent: int | None = None) -> str:
    """JSON in which nothing is invisible: what a terminal would obey, or not show, is escaped."""
    text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False, default=_refuse)
    return safe(text, Target.JSON)


def json_ready(value: object) -> Any:
    """`value` as JSON has it, at any depth: whole numbers as such, dates as text; no infinity and no NaN, but null."""
    if isinstance(value, Mapping):
        return {key: json_ready(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(member) for member in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else _whole(value)


def _whole(value: object) -> object:
    """Shares and dollars are counted in floats; whole ones are written without a decimal point."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _refuse(value: object) -> str:
    raise TypeError(f"{type(value).__name__} has no JSON form")


FORMATS = {
    "table": OutputFormat((".txt",), _table, "aligned columns, to read", show=render_terminal),
    "csv": OutputFormat((".csv",), _csv, "every fact, for a spreadsheet"),
    "json": OutputFormat((".json",), _json, "every fact, for a program"),
    "md": OutputFormat((".md", ".markdown"), _markdown, "a Markdown table, to publish"),
    "html": OutputFormat((".html", ".htm"), render_html, "a table for a page of your own"),
}
