"""`tracker refresh`: download and count a quarter."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..quarters import Quarter, parse_range
from .app import app
from .options import ManagersChoice, SourceChoice, settings_of

if TYPE_CHECKING:
    from ..pipeline.refresh import Summary


@app.command("refresh")
def refresh_quarters(
    context: typer.Context,
    quarter: Annotated[
        str | None,
        typer.Argument(
            metavar="QUARTER",
            help="2025Q3, or a range 2025Q1..2025Q3.  [default: the newest whose deadline has passed]",
        ),
    ] = None,
    source: Annotated[
        SourceChoice,
        typer.Option(
            help="SEC's data sets of all filers, single filings, or data sets plus single filings for what is newer."
        ),
    ] = SourceChoice.auto,
    managers: Annotated[
        ManagersChoice,
        typer.Option(help="Whose single filings to fetch: the hedge funds known so far, or every filer."),
    ] = ManagersChoice.hedge_funds,
    funds: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Fetch and count exactly the managers in this csv (columns cik, name; family)."
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Use what is on disk; download nothing.")] = False,
) -> None:
    """Download and count a quarter's 13F filings.

    Fetches what is not on disk, reads it, classifies the managers, counts the holders, and prints a summary: filings
    expected, downloaded, already on disk, missing, rejected. By default it takes SEC's data sets of all filers for the
    filing dates that they cover, and single filings of the hedge funds for what was filed since.

    Run it again after an interruption: nothing is downloaded twice. With nothing new, nothing changes. Exit code 1
    means that something is missing; the summary says what.

    Example: tracker refresh 2025Q3
    """
    from ..pipeline.refresh import refresh
    from ..progress import Terminal

    quarters = parse_range(quarter) if quarter else [Quarter.newest_due(date.today())]
    settings, progress, is_incomplete = settings_of(context), Terminal(), False
    if not offline:
        settings.require_identity()
    for one in quarters:
        summary = refresh(
            settings,
            one,
            source=source.value,
            managers=managers.value,
            funds=funds,
            offline=offline,
            progress=progress,
        )
        typer.echo(_report(summary))
        is_incomplete |= bool(summary.missing)
    if is_incomplete:
        typer.echo("error: something is missing, see above: run the same command again to fetch it", err=True)
        raise typer.Exit(1)


def _report(summary: Summary) -> str:
    from ..output import plain, plural

    windows = f"{summary.data_sets}: {plural(summary.from_data_sets, 'filing')}"
    lines = [
        f"{summary.quarter} ({plain(summary.label)}), {summary.seconds:.1f} s",
        *([f"  data sets    {windows}"] if summary.data_sets else []),
        f"  filings      {summary.expected:,} expected, {summary.downloaded:,} downloaded, "
        f"{summary.present:,} already on disk, {len(summary.missing):,} missing, {len(summary.rejected):,} rejected, "
        f"{summary.flagged:,} flagged",
        f"  lines        {summary.lines:,}",
        f"  managers     {summary.managers:,}",
        f"  hedge funds  {summary.hedge_funds:,}",
        f"  securities   {summary.securities:,} held by hedge funds, {summary.mapped:,} mapped to a ticker",
    ]
    lines += [f"  missing      {plain(text)}" for text in summary.missing]
    lines += [f"  rejected     {plain(text)}" for text in summary.rejected]
    if not (summary.changed or summary.downloaded):
        lines.append("  nothing new: the store is unchanged")
    return "\n".join(lines)
