"""The table on a terminal: as wide as the terminal, rises and falls coloured, the footer last.

Sentences and names wrap between words, addresses after a slash; numbers and codes never break. Where the columns do
not fit side by side even so, each row becomes a block of headings and values. Nothing is ever cut. rich is imported
only here, and only when a terminal is there.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from .amounts import NOTE_WIDTH, cells
from .answer import Answer, Column
from .targets import plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

_STYLES = {"rise": "green", "fall": "red", "heading": "bold", "footer": "dim", "": ""}
_GAP = 2
_NARROWEST = 20  # below it the terminal wraps by itself
_NAME_WIDTH, _SENTENCE_WIDTH = 12, 20  # cells that a column of text keeps: a third of its longest, between these two
_CODE_WIDTH = 32  # no code is longer


@dataclass(frozen=True)
class Look:
    """How a terminal shows an answer: `width` cells wide, with or without colour."""

    width: int
    is_coloured: bool


def look_of(stream: TextIO, environment: Mapping[str, str]) -> Look | None:
    """The terminal behind `stream`; None if there is none. No colour with NO_COLOR (not empty) or TERM=dumb."""
    if not stream.isatty():
        return None
    is_coloured = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    return Look(shutil.get_terminal_size().columns, is_coloured)


def render_terminal(answer: Answer, look: Look) -> str:
    """The answer as a terminal with that look shows it, without a newline at its end."""
    console = _console(look)
    blocks: list[RenderableType] = [_paragraph(console, answer.title, "heading")]
    if answer.rows:
        blocks += ["", _rows(answer, console.width)]
    if answer.notes:
        width = min(console.width, NOTE_WIDTH)
        blocks += ["", *(_paragraph(console, note, width=width, indent=_GAP) for note in answer.notes)]
    if answer.footer:
        blocks += ["", _paragraph(console, answer.footer, "footer")]
    with console.capture() as capture:
        for block in blocks:
            console.print(block)
    return "\n".join(line.rstrip() for line in capture.get().rstrip("\n").split("\n"))


def _console(look: Look) -> Console:
    from rich.console import Console

    return Console(
        width=max(look.width, _NARROWEST),
        force_terminal=look.is_coloured,
        color_system="standard" if look.is_coloured else None,
        no_color=not look.is_coloured,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},  # what the environment asks for is in the look
    )


def _text(text: str, style: str = "") -> Text:
    """`text` as it is: no markup. Only the words have the style, not the blanks that fill up a cell."""
    from rich.text import Text

    return Text(overflow="fold").append(text, _STYLES[style])


def _paragraph(console: Console, text: str, style: str = "", width: int | None = None, indent: int = 0) -> Text:
    """`text` wrapped to `width` (the console's) cells, its further lines indented."""
    from rich.text import Text

    lines = _text(plain(text), style).wrap(console, (width or console.width) - indent)
    for line in lines:
        line.rstrip()
    return Text("\n" + " " * indent).join(lines)


def _rows(answer: Answer, width: int) -> RenderableType:
    """The rows as a table of that width, or as blocks if it would be too narrow."""
    from rich.cells import cell_len
    from rich.table import Table

    values = cells(answer)
    widths = _column_widths(answer.columns, values, width)
    headings = [_text(column.heading, "heading") for column in answer.columns]
    if widths is None:
        table = Table.grid(padding=(0, _GAP, 0, 0))
        room = width - _GAP - max(cell_len(column.heading) for column in answer.columns)
        for number, (texts, row) in enumerate(zip(values, answer.rows, strict=True)):
            if number:
                table.add_row()
            shown = _styled(answer.columns, texts, row, [room] * len(texts))
            for heading, text in zip(headings, shown, strict=True):
                if text.plain:
                    table.add_row(heading, text)
        return table
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="")
    for column, heading, cells_wide in zip(answer.columns, headings, widths, strict=True):
        table.add_column(heading, width=cells_wide, justify="left" if column.is_text else "right")
    table.add_row(*("-" * cells_wide for cells_wide in widths))
    for texts, row in zip(values, answer.rows, strict=True):
        table.add_row(*_styled(answer.columns, texts, row, widths))
    return table


def _styled(
    columns: Sequence[Column], texts: Iterable[str], row: Mapping[str, Any], widths: Iterable[int]
) -> list[Text]:
    return [
        _text(_broken_at_slashes(text, width), _style(column, row))
        for column, text, width in zip(columns, texts, widths, strict=True)
    ]


def _style(column: Column, row: Mapping[str, Any]) -> str:
    """Rises and falls: by the sign of a change, and of holders by that of their change."""
    value = row.get(column.key)
    if column.key == "holders":
        value = row.get("change")
    elif column.kind not in ("change", "usd_change") and column.key != "change":
        return ""
    if not isinstance(value, int | float) or not value:
        return ""
    return "rise" if value > 0 else "fall"


def _broken_at_slashes(text: str, width: int) -> str:
    """`text` with line breaks inside of words that are too long, such as addresses."""
    from rich.cells import cell_len

    words = []
    for word in text.split(" "):
        lines = [""]
        for part in _parts(word) if cell_len(word) > width else [word]:
            if lines[-1] and cell_len(lines[-1] + part) > width:
                lines.append("")
            lines[-1] += part
        words.append("\n".join(lines))
    return " ".join(words)


def _parts(word: str) -> list[str]:
    return re.findall(r"[^/]*/|[^/]+", word)


def _column_widths(columns: Sequence[Column], values: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Cells for each column of a table that is `width` cells wide; None if they do not fit side by side.

    Headings of numbers wrap first, then the widest text.
    """
    from rich.cells import cell_len

    def longest(texts: Iterable[str]) -> int:
        return max(map(cell_len, texts), default=0)

    room = width - _GAP * (len(columns) - 1)
    widths, wrapped_headings, wrapped_text = [], [], []
    for at, column in enumerate(columns):
        whole = longest(row[at] for row in values)
        unbroken = longest(part for row in values for word in row[at].split() for part in _parts(word))
        text = max(_NAME_WIDTH, min(whole // 3, _SENTENCE_WIDTH), min(unbroken, _CODE_WIDTH))
        heading = longest(column.heading.split())
        widths.append(max(whole, cell_len(column.heading)))
        wrapped_headings.append(max(whole, heading))
        wrapped_text.append(max(min(text, whole), heading) if column.is_text else wrapped_headings[-1])
    for least in (wrapped_headings, wrapped_text):
        while sum(widths) > room:
            wider = [at for at in range(len(widths)) if widths[at] > least[at]]
            if not wider:
                break
            widths[max(wider, key=widths.__getitem__)] -= 1
    return widths if sum(widths) <= room else None
