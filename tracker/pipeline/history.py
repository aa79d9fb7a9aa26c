"""Many quarters in one refresh: each data set is read once, and each quarter judged and counted once.

A refresh of each quarter by itself would open every later data set, as any of them has late reports and amendments for
it: of fifty quarters more than a thousand times. Here they are opened once, the newest first, so that the lines of a
period are written once, after the few that came late. What a data set had is stored before the next is opened, and
each quarter is counted in a transaction of its own: after a kill the next run goes on with what is missing. Memory is
that of one data set, however many there are.

A quarter that fails does not stop the others: it is left out of the counts, and named with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from ..errors import SourceError
from ..managers import fund_lists
from ..progress import Progress, Silent
from ..quarters import Quarter
from ..settings import Settings
from ..sources import datasets
from ..sources.http import Client
from ..store import Store
from ..tables import COUNTED_FROM, JUDGED_FILINGS
from . import settled_steps
from .download import download, fill_gaps
from .history_needs import measure_needs
from .judge_filings import judge
from .keep_delisted import keep_delisted
from .read_filings import known_numbers, parse_data_set, parse_submissions
from .refresh import require_reports
from .refresh_run import Managers, Refresh, Source, Summary, record, summarise
from .settle import classify, settle

__all__ = ["Failure", "refresh_history"]


@dataclass(frozen=True)
class Failure:
    """A quarter that could not be loaded, and why."""

    quarter: Quarter
    reason: str


@dataclass(frozen=True, eq=False)
class _History:
    """One run over successive quarters; `failures` are found as it goes."""

    store: Store
    runs: Sequence[Refresh]
    source: Source
    progress: Progress
    failures: dict[Quarter, str]

    @property
    def quarters(self) -> list[Quarter]:
        """All of them, failed or not."""
        return [run.quarter for run in self.runs]

    @property
    def sound(self) -> list[Refresh]:
        """The runs of quarters that have not failed."""
        return [run for run in self.runs if run.quarter not in self.failures]

    @contextmanager
    def going_on(self, quarters: Sequence[Quarter]) -> Iterator[None]:
        """A source that does not deliver fails `quarters`, and no other."""
        try:
            yield
        except SourceError as error:
            for quarter in quarters:
                self.failures.setdefault(quarter, str(error))


def refresh_history(
    settings: Settings,
    quarters: Sequence[Quarter],
    *,
    source: Source = "auto",
    managers: Managers = "hedge-funds",
    funds: Path | None = None,
    offline: bool = False,
    client: Client | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Iterator[Summary | Failure]:
    """Bring successive quarters (oldest first) up to date, and yield for each what was done, or why nothing was.

    Parameters are those of `refresh.refresh`. What it takes is noted on `progress` beforehand. Raises TrackerError for
    what stops all of it: SettingError for a quarter that cannot have reports, and if the disk cannot hold it.
    """
    today, progress = today or date.today(), progress or Silent()
    for quarter in quarters:
        require_reports(quarter, today)
    started_at, clock = datetime.now(UTC).replace(tzinfo=None), time.monotonic()
    only = fund_lists.read_list(funds) if funds else None
    with Store(settings) as store, store.writing():
        client = client or Client(settings, progress=progress)
        summaries = [Summary(quarter, managers, funds.name if funds else None) for quarter in quarters]
        runs = [
            Refresh(store, quarter, client, today, progress, summary, source, only, offline)
            for quarter, summary in zip(quarters, summaries, strict=True)
        ]
        history = _History(store, runs, source, progress, {})
        _tell_needs(history, None if offline else client)
        if not offline:
            _download(history)
        keep_delisted(store, progress)
        changed = _derive(history, offline)
        for number, run in enumerate(runs):
            if run.quarter in history.failures:
                yield Failure(run.quarter, history.failures[run.quarter])
                continue
            run.summary.changed = run.quarter.end in changed
            summarise(run)
            run.summary.seconds = (time.monotonic() - clock) / len(runs)
            record(run, started_at + timedelta(microseconds=number))  # a run's key
            yield run.summary
        if not history.failures:
            settled_steps.note_refresh(store, settled_steps.refresh_inputs(store, quarters, source, only))


def _tell_needs(history: _History, client: Client | None) -> None:
    """Note what it takes; raises SettingError if the disk cannot hold it."""
    settings = history.store.settings
    if history.source == "filings":
        return
    try:
        needs = measure_needs(settings, history.quarters, history.store.quarters(), client)
    except SourceError as error:
        history.progress.note(f"note: how much there is to download is not known: {error}")
        return
    history.progress.note(needs.sentence())
    needs.require_room(settings.home)


def _download(history: _History) -> None:
    for number, run in enumerate(history.runs, 1):
        history.progress.note(f"{run.quarter}: quarter {number} of {len(history.runs)}")
        with history.going_on([run.quarter]):
            download(run)


def _derive(history: _History, offline: bool) -> set[date]:
    """Read, judge and count what is on disk, unless all of it was there the last time; the periods that changed."""
    store, progress, first = history.store, history.progress, history.runs[0]
    counted_before = store.read(COUNTED_FROM)
    changed: set[date] = set()
    inputs = settled_steps.refresh_inputs(store, history.quarters, history.source, first.only)
    if history.failures or not settled_steps.is_refreshed(store, inputs):
        if history.source != "filings":
            _parse_data_sets(history)
        if history.source != "datasets":
            parse_submissions(store, progress)
        changed = judge(store, progress)
        classified = classify(store, first.roster, first.only)
        settle(store, progress, managers=classified, quarters=_with_filings(history), is_history=True)
    if not offline and sum(fill_gaps(run) for run in history.sound):  # all of them are asked
        settle(store, progress, quarters=_with_filings(history))
    recounted = store.read(COUNTED_FROM).join(counted_before, on=list(COUNTED_FROM.columns), how="anti")
    return {*changed, *recounted["period_of_report"]}


def _parse_data_sets(history: _History) -> None:
    """Each data set on disk once, the newest first; one that is damaged fails the quarters that were due in it."""
    store = history.store
    paths, known = datasets.on_disk(store.settings, history.quarters[0]), known_numbers(store)
    for number, path in enumerate(reversed(paths), 1):
        window = datasets.window(path)
        quarters = [quarter for quarter in history.quarters if quarter.end < window.last]
        due = [quarter for quarter in quarters if window.first <= quarter.deadline <= window.last]
        history.progress.note(f"{path.name}: data set {number} of {len(paths)}, the newest first")
        with history.going_on(due):
            parse_data_set(store, path, quarters, known, history.progress)


def _with_filings(history: _History) -> list[Quarter]:
    """The quarters that have filings, and have not failed.

    Late reports in other data sets are no quarter: one that has nothing else fails.
    """
    store, periods = history.store, []
    on_disk = datasets.on_disk(store.settings, history.quarters[0])
    for quarter in (run.quarter for run in history.sound):
        filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end)
        is_covered = datasets.covers_until(quarter, on_disk) is not None
        if filings.height and not is_covered and filings.filter(pl.col("source") == "filing").is_empty():
            history.failures[quarter] = (
                f"the data set with filings of {datasets.Window.of(quarter.deadline)} is not on disk, only late "
                "reports are"
            )
        elif filings.height:
            periods.append(quarter)
    return periods
