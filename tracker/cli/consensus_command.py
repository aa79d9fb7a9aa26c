"""`tracker consensus`: what a chosen group of funds holds and buys."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .app import app
from .options import (
    Format,
    FormatOption,
    KnownOnOption,
    NoNotesOption,
    OutputOption,
    QuarterArgument,
    QuarterOption,
    TopOption,
    chosen_quarter,
    emit,
    questions_of,
)

_ROWS_SHOWN = 25


class MeasureChoice(StrEnum):
    """What the first row has most of."""

    holders = "holders"
    new = "new"
    increased = "increased"
    bought = "bought"
    sold = "sold"
    value = "value"


@app.command("consensus")
def find_consensus(
    context: typer.Context,
    in_quarter: QuarterArgument = None,
    funds: Annotated[
        Path | None,
        typer.Option(
            "--funds", metavar="LIST", help="A csv with a column cik or name, or a text file with one in each line."
        ),
    ] = None,
    fund: Annotated[
        list[str] | None,
        typer.Option("--fund", metavar="CIK_OR_NAME", help="CIK, name, or part of the name; repeatable."),
    ] = None,
    quarter: QuarterOption = None,
    by: Annotated[
        MeasureChoice,
        typer.Option("--by", help="Order by how many hold it, or did so: bought is new or more, sold closed or less."),
    ] = MeasureChoice.holders,
    known_on: KnownOnOption = None,
    top: TopOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Show what a chosen group of funds holds most, and what they buy.

    Each row is a security with how many of the group hold it, for how many it is new, more, less or closed since the
    quarter before (adjusted for splits), its value and mean weight. Each fund stands for its family, hedge fund or not;
    --funds reads what `tracker funds export` writes.

    Example: tracker consensus 2025Q3 --fund Citadel --fund "Two Sigma" --fund Renaissance --by bought
    """
    group = list(fund or [])
    if funds is not None:
        from ..managers.group_files import read_group

        group = [*read_group(funds), *group]
    if not group:
        raise typer.BadParameter("name the group: --funds LIST, or --fund for each")
    quarter = chosen_quarter(in_quarter, quarter)
    answer = questions_of(context).consensus(group, quarter, by=by.value, known_on=known_on, top=top)
    emit(answer, form, output, no_notes=no_notes, rows_shown=None if top else _ROWS_SHOWN)
