"""Acquire: bring a quarter's filings and the reference data to disk. Part of the corridor, as `pipeline`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import polars as pl

from ..errors import NotPublishedError, SourceError
from ..managers import classification, fund_lists
from ..progress import Progress
from ..quarters import Quarter
from ..sources import advisers, company_tickers, datasets, edgar, fails_to_deliver, fetch_log, openfigi
from ..sources.http import Client
from ..store import Store
from ..tables import MANAGERS, REJECTS, SOURCES, RejectKind, Severity, Step

Source = Literal["auto", "datasets", "filings"]
Managers = Literal["hedge-funds", "all"]

# Fails-to-deliver files name only securities with fails, so a year of them and some months after are merged.
_FAILS_BEFORE, _FAILS_AFTER = timedelta(days=365), timedelta(days=100)


@dataclass
class Summary:
    """What a refresh found and did; `missing` and `rejected` say of each what and why.

    `expected`, `downloaded`, `present` and `missing` count single filings; `data_sets` says in words which windows
    were read, `from_data_sets` how many of the period's filings they gave.
    """

    quarter: Quarter
    universe: str
    expected: int = 0
    downloaded: int = 0
    present: int = 0
    missing: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    flagged: int = 0
    data_sets: str = ""
    from_data_sets: int = 0
    lines: int = 0
    managers: int = 0
    hedge_funds: int = 0
    securities: int = 0
    mapped: int = 0
    seconds: float = 0.0
    changed: bool = False


def acquire(
    store: Store,
    quarter: Quarter,
    source: Source,
    only: pl.DataFrame | None,
    client: Client,
    today: date | None,
    summary: Summary,
    progress: Progress,
) -> None:
    """Fetch what is not on disk: reference data, data sets, single filings. What fails is told in the Summary."""
    settings, today = store.settings, today or date.today()
    settings.require_identity()
    days = quarter.end - _FAILS_BEFORE, min(quarter.end + _FAILS_AFTER, today)
    for what, fetch in (
        ("SEC's ticker list", lambda: company_tickers.fetch(client, settings)),
        ("fails-to-deliver files", lambda: fails_to_deliver.fetch(client, settings, *days)),
        ("SEC's adviser roster", lambda: advisers.fetch(client, settings)),
    ):
        with _told(what, summary, progress):
            fetch()
    covered = None
    if source != "filings":
        covered = _data_sets(store, quarter, source, client, today, summary, progress)
    if source != "datasets":
        if only is not None:
            ciks = set(only.filter("is_hedge_fund")["cik"])
        elif summary.universe == "all":
            ciks = None
        else:
            roster = advisers.read(advisers.on_disk(settings), progress)
            ciks = classification.to_fetch(store.read(MANAGERS), roster, fund_lists.read_choices(settings.home))
        _filings(store, quarter, ciks, covered, client, today, summary, progress)
    store.replace(SOURCES, fetch_log.read_sources(settings))


def _data_sets(
    store: Store,
    quarter: Quarter,
    source: Source,
    client: Client,
    today: date,
    summary: Summary,
    progress: Progress,
) -> date | None:
    """Fetch the data sets; returns the filing date up to which they hold everything, None for not even the deadline.

    With `auto` single filings stand in for what is not published; with `datasets` nothing does, so that raises.
    """
    try:
        found = datasets.fetch(client, store.settings, quarter, today=today, progress=progress)
    except SourceError as error:
        if source == "datasets":
            raise
        progress.note(f"note: SEC's data sets could not be had, single filings are taken: {error}")
        return None
    for window in found.unpublished:
        progress.note(f"note: data set of {window}")
    if found.covers_until is None and source == "datasets":
        raise NotPublishedError(
            f"the data set that holds reports for {quarter} (due {quarter.deadline}) is not published yet; "
            "single filings are there: leave out --source, or say --source filings"
        )
    summary.data_sets = f"{len(found.paths)} ({found.downloaded} downloaded)" + (
        f", everything filed up to {found.covers_until}" if found.covers_until else ""
    )
    return found.covers_until


def _filings(
    store: Store,
    quarter: Quarter,
    ciks: set[int] | None,
    covered: date | None,
    client: Client,
    today: date,
    summary: Summary,
    progress: Progress,
) -> None:
    """Fetch the single filings that the form index names and no data set covers."""
    expected = edgar.expected(
        client, store.settings, quarter, ciks, filed_after=covered, today=today, progress=progress
    )
    for warning in expected.warnings:
        progress.note(f"note: {warning}")
    fetched = edgar.fetch(client, store.settings, expected.filings, progress=progress)
    summary.expected = expected.filings.height
    summary.downloaded, summary.present = fetched.downloaded, fetched.present
    summary.missing += [f"{one.accession_number} (CIK {one.cik}): {one.reason}" for one in fetched.missing]
    missing = REJECTS.frame(
        {
            "accession_number": one.accession_number,
            "cik": one.cik,
            "period_of_report": quarter.end,
            "step": Step.DOWNLOAD,
            "severity": Severity.REJECTED,
            "kind": RejectKind.NOT_DOWNLOADED,
            "reason": one.reason,
        }
        for one in fetched.missing
    )
    store.replace(REJECTS, missing, step=Step.DOWNLOAD, period_of_report=quarter.end)


def fill_gaps(store: Store, quarter: Quarter, client: Client, today: date | None, progress: Progress) -> bool:
    """Ask OpenFIGI for the tickers of what the quarter's hedge funds hold without one, the largest value first.

    Says whether an answer came. OpenFIGI is a help: where it cannot be reached that is noted, and nothing is missing.
    """
    held = store.holder_counts(quarter).filter(pl.col("ticker").is_null(), pl.col("holders") > 0)
    gaps = held.filter(~pl.col("kind").is_in(["bond", "option"])).sort(["value_usd", "cusip"], descending=[True, False])
    wanted, today = gaps["cusip"].to_list(), today or date.today()
    asked = openfigi.fetch(client, store.settings, wanted, today=today, progress=progress)
    if asked.answered:
        progress.note(f"OpenFIGI: {asked.answered:,} CUSIPs asked for, {asked.found:,} tickers found")
    if asked.failure:
        progress.note(f"note: {asked.left:,} CUSIPs stay without a ticker, OpenFIGI could not be had: {asked.failure}")
    elif asked.left:
        progress.note(
            f"note: {asked.left:,} CUSIPs without a ticker are left for the next refresh; with a key in "
            "OPENFIGI_API_KEY (free) all are asked for at once"
        )
    if asked.answered:
        store.replace(SOURCES, fetch_log.read_sources(store.settings))
    return asked.answered > 0


@contextmanager
def _told(what: str, summary: Summary, progress: Progress) -> Iterator[None]:
    """Reference data that cannot be had does not stop the refresh, but it is missing, and said to be."""
    try:
        yield
    except SourceError as error:
        progress.note(f"warning: {what} could not be fetched: {error}")
        summary.missing.append(f"{what}: {error}")
