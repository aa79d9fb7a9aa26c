"""`tracker status`: what is loaded, and how old it is."""

from __future__ import annotations

from datetime import date

import typer

from .app import app
from .options import (
    Format,
    FormatOption,
    OutputOption,
    emit,
    settings_of,
)


@app.command("status")
def show_status(context: typer.Context, form: FormatOption = Format.table, output: OutputOption = None) -> None:
    """Show what is loaded, how old it is, and what was rejected.

    Lists the loaded quarters with their coverage, prices by source, the age of each reference file, and the reasons
    for rejected and flagged filings.

    Example: tracker status
    """
    from ..reports.status import status

    emit(status(settings_of(context), date.today()), form, output)
