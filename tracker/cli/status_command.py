"""`tracker status`: what is loaded, and how old it is."""

from __future__ import annotations

import typer

from .app import app
from .options import (
    Format,
    FormatOption,
    NoNotesOption,
    OutputOption,
    emit,
    questions_of,
)


@app.command("status")
def show_status(
    context: typer.Context,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Show what is loaded, how old it is, and what was rejected.

    Lists the loaded quarters with their coverage, prices by source, the age of each reference file, and the reasons
    for rejected and flagged filings.

    Example: tracker status
    """
    emit(questions_of(context).status(), form, output, no_notes=no_notes)
