"""`tracker compare`: chosen funds side by side."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from .app import app
from .options import (
    Format,
    FormatOption,
    KnownOnOption,
    NoNotesOption,
    OutputOption,
    QuarterOption,
    TopOption,
    emit,
    questions_of,
    take_quarter,
)

_ROWS_SHOWN = 25


class PartChoice(StrEnum):
    """Which securities are shown."""

    all = "all"
    shared = "shared"
    different = "different"
    bought = "bought"
    sold = "sold"


@app.command("compare")
def compare_funds(
    context: typer.Context,
    managers: Annotated[
        list[str],
        typer.Argument(metavar="CIK_OR_NAME...", help="Two funds or more: CIK, name, or part of it; then a quarter."),
    ],
    quarter: QuarterOption = None,
    show: Annotated[
        PartChoice,
        typer.Option(
            "--show",
            help="shared: held by two or more. different: the weights furthest apart first. bought, sold: by two or "
            "more since the quarter before.",
        ),
    ] = PartChoice.all,
    known_on: KnownOnOption = None,
    top: TopOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Put funds side by side: what they share, and where they differ.

    Each stands for its family, hedge fund or not. Every security that one of them holds or has closed since the quarter
    before, with its weight in each book, those that most hold first; who bought and who sold, adjusted for splits; and
    the overlap of each two books, the sum of the smaller weights. Options are left out.

    Example: tracker compare "Two Sigma" Citadel 2025Q3 --show shared
    """
    named, quarter = take_quarter(managers, quarter)
    answer = questions_of(context).compare(named, quarter, show=show.value, known_on=known_on, top=top)
    emit(answer, form, output, no_notes=no_notes, rows_shown=None if top else _ROWS_SHOWN)
