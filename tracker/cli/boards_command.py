"""`tracker boards`: the positions that stand out in a quarter."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ..band import MICRO_CAP
from .app import app
from .options import (
    Format,
    FormatOption,
    KnownOnOption,
    NoNotesOption,
    OutputOption,
    QuarterArgument,
    emit,
    questions_of,
)

_ROWS_SHOWN = 10  # of each board


class BoardChoice(StrEnum):
    """The boards."""

    conviction = "conviction"
    doubled = "doubled"
    first_buys = "first-buys"
    sold_out = "sold-out"
    crowded = "crowded"


@app.command("boards")
def list_boards(
    context: typer.Context,
    quarter: QuarterArgument = None,
    board: Annotated[BoardChoice | None, typer.Option("--board", help="One of them.  [default: all]")] = None,
    cap: Annotated[
        str,
        typer.Option(
            "--cap", metavar="BAND", help="Market-cap band at the quarter's end, with K, M or B; `all` for any or none."
        ),
    ] = str(MICRO_CAP),
    known_on: KnownOnOption = None,
    top: Annotated[
        int | None,
        typer.Option(
            "--top", min=1, max=1_000_000, metavar="N", help="Rows of each board.  [default: 10 in a table, else all]"
        ),
    ] = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Show which positions of hedge funds stand out.

    conviction: 5% or more of a fund's book. doubled: at least twice the shares of the quarter before, adjusted for
    splits. first-buys: held by a fund now and by none in any earlier loaded quarter. sold-out: held a quarter before
    and by nobody now. crowded: days to trade, the funds' shares divided by a typical day's volume. The notes define
    each. Common shares and ADRs only.

    Example: tracker boards 2025Q3 --board crowded --cap 50M:2B
    """
    if top is None and form == Format.table:
        top = _ROWS_SHOWN
    chosen = board.value if board else None
    answer = questions_of(context).boards(quarter, board=chosen, cap=cap, known_on=known_on, top=top)
    emit(answer, form, output, no_notes=no_notes)
