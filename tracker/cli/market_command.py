"""`tracker market`: how micro-caps did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import app
from .options import (
    Format,
    FormatOption,
    OutputOption,
    emit,
    parse_band,
    settings_of,
    to_day,
)


@app.command("market")
def survey_market(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option("--from", help="Base date, 2024-12-31.  [default: end of the year before --to]")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="End date.  [default: the newest price]")] = None,
    cap: Annotated[
        str, typer.Option("--cap", help="Market-cap band in dollars; K, M and B are understood.")
    ] = "50M:300M",
    total_return: Annotated[
        bool, typer.Option("--total-return", help="Reinvest dividends, where they are known (Yahoo).")
    ] = False,
    chart: Annotated[
        Path | None, typer.Option("--chart", help="Draw the windows to this .svg or .png file, too.")
    ] = None,
    form: FormatOption = Format.table,
    output: OutputOption = None,
) -> None:
    """Show how micro-caps did beside index funds, by quarter and sector.

    Example: tracker market --from 2024-12-31 --to 2025-12-31
    """
    from ..reports.market import survey

    base, end = to_day(since, "--from"), to_day(until, "--to")
    answer = survey(settings_of(context), base, end, parse_band(cap), total_return=total_return)
    if chart:
        from ..newsletter.charts import save_windows

        save_windows(answer, chart)
    emit(answer, form, output)
