"""`tracker holders`: who holds a security."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import app
from .options import (
    ByFilerOption,
    Format,
    FormatOption,
    KnownOnOption,
    OutputOption,
    QuarterOption,
    SecurityArgument,
    WithOption,
    emit,
    questions_of,
)


@app.command("holders")
def list_holders(
    context: typer.Context,
    security: SecurityArgument,
    quarter: QuarterOption = None,
    history: Annotated[bool, typer.Option("--history", help="Holders quarter by quarter instead.")] = False,
    by_filer: ByFilerOption = False,
    also: WithOption = None,
    known_on: KnownOnOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
) -> None:
    """List the hedge funds that hold a security.

    Shows shares, value, share of the fund's portfolio, and the accession number of the filing; options separately. A
    family counts once. Those that held it a quarter before and have not reported yet are listed below with their last
    position, as awaited: they are not counted. --history shows every loaded quarter instead, with new, closed,
    increased and reduced positions, adjusted for splits.

    Example: tracker holders DUOT --quarter 2025Q3
    """
    home, with_market_makers = questions_of(context), also is not None
    if history:
        if quarter or known_on or by_filer:
            raise typer.BadParameter(
                "--history shows families in every quarter as known now: leave out --quarter, --known-on and --by-filer"
            )
        emit(home.history(security, with_market_makers=with_market_makers), form, output)
    else:
        answer = home.holders(
            security, quarter, known_on=known_on, by_filer=by_filer, with_market_makers=with_market_makers
        )
        emit(answer, form, output)
