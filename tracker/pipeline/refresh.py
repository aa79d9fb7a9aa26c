"""The whole path: download, read, classify, settle, and ask for the tickers that are missing.

Each step stores what it made before the next begins, and asks the store what is left to do: a refresh that is
killed anywhere and run again ends in the same state, and one with nothing new to do changes nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path

from ..edgar_facts import FIRST_XML_PERIOD
from ..errors import SettingError
from ..managers import fund_lists
from ..progress import Progress, Silent
from ..quarters import Quarter
from ..settings import Settings
from ..sources.http import Client
from ..store import Store
from ..tables import JUDGED_FILINGS
from . import settled_steps
from .download import download, fill_gaps
from .keep_delisted import keep_delisted
from .read_filings import read_filings
from .refresh_run import Managers, Refresh, Source, Summary, record, summarise
from .settle import classify, settle

__all__ = ["Summary", "refresh"]


def refresh(
    settings: Settings,
    quarter: Quarter,
    *,
    source: Source = "auto",
    managers: Managers = "hedge-funds",
    funds: Path | None = None,
    offline: bool = False,
    client: Client | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Bring one quarter up to date.

    `source`: SEC's data sets of all filers, single filings, or (auto) the data sets for what they cover and single
    filings for what was filed since. `managers` is whose submissions are fetched one by one: `hedge-funds` are all who
    could count, see `candidates`. `funds` is a list (see `fund_lists.read_list`) that is fetched and counted instead.
    `offline` uses what is on disk. A quarter without a single filing is not recorded as loaded. Raises TrackerError for
    what stops the whole refresh, SettingError for a quarter that cannot have reports; a filing that is
    missing or unreadable is listed in the Summary.
    """
    require_reports(quarter, today or date.today())
    started_at, clock = datetime.now(UTC).replace(tzinfo=None), time.monotonic()
    progress = progress or Silent()
    only = fund_lists.read_list(funds) if funds else None
    summary = Summary(quarter, managers, funds.name if funds else None)
    with Store(settings) as store, store.writing():
        client = client or Client(settings, progress=progress)
        run = Refresh(store, quarter, client, today or date.today(), progress, summary, source, only, offline)
        if not offline:
            download(run)
        keep_delisted(store, progress)
        summary.changed = _derive(run)
        summarise(run)
        summary.seconds = time.monotonic() - clock
        record(run, started_at)
        settled_steps.note_refresh(store, settled_steps.refresh_inputs(store, [quarter], source, only))
    return summary


def require_reports(quarter: Quarter, today: date) -> None:
    """Raise SettingError for a quarter whose reports have no structured tables, or that is not over `today`."""
    if quarter < FIRST_XML_PERIOD:
        raise SettingError(
            f"{quarter} cannot be loaded: its Form 13F tables are free text, structured ones begin with "
            f"{FIRST_XML_PERIOD}; name that quarter or a later one"
        )
    if quarter.end >= today:
        raise SettingError(
            f"{quarter} cannot be loaded: it ends on {quarter.end}, and reports are filed after that; name "
            f"{Quarter.of(today).previous} or an earlier quarter"
        )


def _derive(run: Refresh) -> bool:
    """Read and settle what is on disk, unless all of it was there the last time; returns whether anything changed."""
    store, quarter, progress, changed = run.store, run.quarter, run.progress, False
    quarters: list[Quarter] = []
    if not settled_steps.is_refreshed(store, settled_steps.refresh_inputs(store, [quarter], run.source, run.only)):
        periods = read_filings(run)
        classified = classify(store, run.roster, run.only)
        quarters = [] if store.read(JUDGED_FILINGS, period_of_report=quarter.end).is_empty() else [quarter]
        changed = settle(store, progress, managers=classified, quarters=quarters) or bool(periods)
    # which CUSIPs have no ticker, and what they are worth, is known only now
    if not run.offline and fill_gaps(run):
        changed |= settle(store, progress, quarters=quarters)
    return changed
