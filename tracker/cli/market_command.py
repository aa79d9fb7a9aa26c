"""`tracker market`: how micro-caps did beside index funds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..band import MICRO_CAP
from .app import app
from .options import CapOption, Format, FormatOption, NoNotesOption, OutputOption, emit, questions_of


@app.command("market")
def survey_market(
    context: typer.Context,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="Base date, 2024-12-31.  [default: end of the year before --to]"),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", metavar="DATE", help="End date.  [default: the newest price]")
    ] = None,
    cap: CapOption = str(MICRO_CAP),
    total_return: Annotated[
        bool, typer.Option("--total-return", help="Reinvest dividends, if they are known (Yahoo).")
    ] = False,
    chart: Annotated[
        Path | None, typer.Option("--chart", metavar="FILE", help="Draw the windows to this .svg or .png file, too.")
    ] = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
    no_notes: NoNotesOption = False,
) -> None:
    """Show how micro-caps did beside index funds, by quarter and sector.

    Micro-caps are the names in the band on the first day of each window. Shown are cap-weighted, equal-weighted and
    median returns and the share of names that rose, for each quarter, the whole window, the window from its low, and
    each sector, beside IWC, IWM, IWB, OEF and SPY if their prices are loaded.

    Example: tracker market --from 2024-12-31 --to 2025-12-31
    """
    answer = questions_of(context).market(since, until, cap=cap, total_return=total_return)
    if chart:
        from ..newsletter.charts import save_windows

        save_windows(answer, chart)
    emit(answer, form, output, no_notes=no_notes)
