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
    NoNotesOption,
    OutputOption,
    QuarterOption,
    SecuritiesArgument,
    WithOption,
    emit,
    questions_of,
    take_quarter,
)


@app.command("holders")
def list_holders(
    context: typer.Context,
    securities: SecuritiesArgument,
    quarter: QuarterOption = None,
    history: Annotated[bool, typer.Option("--history", help="Holders quarter by quarter instead.")] = False,
    by_filer: ByFilerOption = False,
    also: WithOption = None,
    known_on: KnownOnOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """List the hedge funds that hold a security, or several.

    Shows shares, value, share of the fund's portfolio, what it did since the quarter before (new, increased, reduced,
    unchanged; adjusted for splits, empty without its report for both quarters), and the accession number of the filing;
    who closed a position, and options, below. A family counts once. Those that held it a quarter before and have not
    reported yet are listed below with their last position, as awaited: they are not counted. NASDAQ:DUOT and $DUOT are
    DUOT. --history shows every loaded quarter instead, with new, closed, increased and reduced positions.

    Example: tracker holders DUOT DERM 2025Q3
    """
    named, quarter = take_quarter(securities, quarter)
    home, with_market_makers = questions_of(context), also is not None
    if history:
        if quarter or known_on or by_filer:
            raise typer.BadParameter(
                "--history shows families in every quarter as known now: leave out --quarter, --known-on and --by-filer"
            )
        if len(named) > 1:
            raise typer.BadParameter("--history is of one security: name one")
        answer = home.history(named[0], with_market_makers=with_market_makers)
    else:
        answer = home.holders(
            named[0] if len(named) == 1 else named,
            quarter,
            known_on=known_on,
            by_filer=by_filer,
            with_market_makers=with_market_makers,
        )
    emit(answer, form, output, no_notes=no_notes)
