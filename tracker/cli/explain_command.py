"""`tracker explain`: every filing behind a count of holders."""

from __future__ import annotations

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
    SecurityArgument,
    WithOption,
    chosen_quarter,
    emit,
    questions_of,
)


@app.command("explain")
def explain_count(
    context: typer.Context,
    security: SecurityArgument,
    in_quarter: QuarterArgument = None,
    quarter: QuarterOption = None,
    known_on: KnownOnOption = None,
    also: WithOption = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Show every filing that mentions a security, and what became of it.

    Each filing is counted, or not and why: not a hedge fund and on what basis, an option, replaced by an amendment,
    zero shares. Those that count come first, each part with the largest position first. The counted ones add up to the
    holders. The last column is the filing's address on EDGAR.

    Example: tracker explain DUOT 2025Q3
    """
    home = questions_of(context)
    quarter = chosen_quarter(in_quarter, quarter)
    answer = home.explain(security, quarter, known_on=known_on, with_market_makers=also is not None)
    emit(answer, form, output, no_notes=no_notes)
