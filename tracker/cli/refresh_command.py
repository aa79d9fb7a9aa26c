"""`tracker refresh`: download and count a quarter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..quarters import Quarter, parse_range
from .app import app
from .options import ManagersChoice, SourceChoice, own_settings_of

if TYPE_CHECKING:
    from ..pipeline.refresh import Summary


@app.command("refresh")
def refresh_quarters(
    context: typer.Context,
    quarter: Annotated[
        str | None,
        typer.Argument(
            metavar="QUARTER",
            help="2025Q3, or a range 2013Q2..2025Q3.  [default: the newest whose deadline has passed]",
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
        typer.Option(help="Whose single filings to fetch: of all who may be hedge funds, or of every filer."),
    ] = ManagersChoice.hedge_funds,
    funds: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Fetch and count exactly the managers in this csv (columns cik, name; family)."
        ),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Use what is on disk; download nothing.")] = False,
) -> None:
    """Download and count a quarter's 13F filings, or those of a range of quarters.

    Fetches what is not on disk, reads it, classifies the managers, counts the holders, and prints a summary: filings
    expected, downloaded, already on disk, missing, rejected. By default it takes SEC's data sets of all filers for the
    filing dates that they cover, and single filings for what was filed since.

    Single filings are fetched of every filer that counts as a hedge fund by a list or by the rule, that counted before,
    or that was never seen. Filers that an earlier cover page shows to be none are left out, and the summary says how
    many. If many filers were never seen, as in an empty home, the data set of the quarter before (85 MB) is
    fetched to show who they are; with --source filings each of them is asked for, which takes some fifteen minutes.

    Run it again after an interruption: nothing is downloaded twice. With nothing new, nothing changes. The summary also
    shows how many of the hedge funds known from the last complete quarter have filed, and how many have not yet. Exit
    code 1 means that something is missing, or that nothing of the quarter is loaded; the summary says what.

    A range, such as 2013Q2..2025Q3 for all that Form 13F has as data, first states what there is to download, how long
    it takes, and what the disk has to hold (if it cannot, nothing is fetched). Each data set is read once, the newest
    first, and stored before the next is opened. A quarter that cannot be loaded does not stop the others: it is named
    at the end.

    Example: tracker refresh 2025Q3
    """
    from ..output import plain, plural
    from ..pipeline.history import Failure, refresh_history
    from ..pipeline.refresh import refresh
    from ..progress import Terminal

    quarters = parse_range(quarter) if quarter else [Quarter.newest_due(date.today())]
    settings, progress, is_incomplete, empty = own_settings_of(context), Terminal(), False, []
    failures: list[Failure] = []
    if not offline:
        settings.require_identity()
    given: dict[str, Any] = {
        "source": source.value,
        "managers": managers.value,
        "funds": funds,
        "offline": offline,
        "progress": progress,
    }
    outcomes: Iterable[Summary | Failure]
    if len(quarters) > 1:
        outcomes = refresh_history(settings, quarters, **given)
    else:
        outcomes = [refresh(settings, quarters[0], **given)]
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            failures.append(outcome)
            continue
        typer.echo(_report(outcome))
        is_incomplete |= bool(outcome.missing)
        empty += [] if outcome.is_loaded else [str(outcome.quarter)]
    for failure in failures:
        typer.echo(f"error: {failure.quarter} is not loaded: {plain(failure.reason)}", err=True)
    if failures:
        loaded = plural(len(quarters) - len(failures) - len(empty), "quarter")
        typer.echo(
            f"error: {loaded} of {len(quarters)} loaded: run the same command again for what is missing", err=True
        )
    elif is_incomplete:
        typer.echo("error: something is missing, see above: run the same command again to fetch it", err=True)
    elif empty:
        reason = "leave out --offline to download it"
        if not offline:
            reason = "no report is filed yet, or none can be read, see above: run the same command again later"
        typer.echo(f"error: nothing is loaded of {', '.join(empty)}: {reason}", err=True)
    if failures or is_incomplete or empty:
        raise typer.Exit(1)


def _report(summary: Summary) -> str:
    from ..output import plain, plural
    from ..pipeline.filing_season import describe

    loaded = summary.loaded
    windows = f"{summary.data_sets}: {plural(loaded.from_data_sets, 'filing')}"
    lines = [
        f"{summary.quarter} ({plain(summary.label)}), {summary.seconds:.1f} s",
        *([f"  data sets    {windows}"] if summary.data_sets else []),
        *_about_filers(summary),
        f"  filings      {_about_filings(summary)}{len(summary.rejected):,} rejected, {summary.flagged:,} flagged",
    ]
    if summary.is_loaded:
        lines += [
            f"  lines        {loaded.lines:,}",
            f"  managers     {loaded.managers:,}",
            f"  hedge funds  {loaded.hedge_funds:,}",
            f"  securities   {loaded.securities:,} held by hedge funds, {loaded.mapped:,} mapped to a ticker",
        ]
    else:
        lines.append(f"  not loaded   there is no readable filing for {summary.quarter}: the quarter is left out")
    lines.append(f"  season       {plain(describe(summary.season, summary.quarter))}")
    lines += [f"  missing      {plain(text)}" for text in summary.missing]
    lines += [f"  rejected     {plain(text)}" for text in summary.rejected]
    if not (summary.changed or summary.downloaded):
        lines.append("  nothing new: the store is unchanged")
    return "\n".join(lines)


def _about_filers(summary: Summary) -> list[str]:
    """Whom of the form index the refresh asked for, and whom not."""
    from ..pipeline.candidates import ASKED, NOT_ASKED

    candidates = summary.candidates
    if candidates is None:
        return []
    since = f" since {summary.filed_after}" if summary.filed_after else ""
    asked = f"{len(candidates.ciks):,} of {candidates.filers:,} in the form index{since} asked for"
    lines = [f"  filers       {asked}: {candidates.describe(ASKED)}" if candidates.ciks else f"  filers       {asked}"]
    if candidates.not_asked:
        lines.append(f"  not asked    {candidates.describe(NOT_ASKED)}")
    return lines


def _about_filings(summary: Summary) -> str:
    """The counts of single filings; nothing is said to be expected, or not to be missing, that was not asked for."""
    if summary.expected is None or summary.present is None:
        return ""
    return (
        f"{summary.expected:,} expected, {summary.downloaded:,} downloaded, {summary.present:,} already on disk, "
        f"{len(summary.missing):,} missing, "
    )
