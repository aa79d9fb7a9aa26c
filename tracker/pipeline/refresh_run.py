"""One refresh: what it is asked to do, what it found, and its row in `runs`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Literal

import polars as pl

from .. import __version__
from ..progress import Progress
from ..quarters import Quarter
from ..settings import Settings
from ..sources.http import Client
from ..store import Store
from ..tables import (
    JUDGED_FILINGS,
    MANAGERS,
    REJECTS,
    RUNS,
    AdvisersFrame,
    FundListFrame,
    Severity,
    Step,
)
from .candidates import Candidates
from .filing_season import FilingSeason, measure_season
from .loaded_counts import LoadedCounts, count_loaded
from .settle import read_roster

Source = Literal["auto", "datasets", "filings"]
Managers = Literal["hedge-funds", "all"]


@dataclass
class Summary:
    """What a refresh did and found; `missing` and `rejected` give each with its reason.

    `fund_list` is the file name of the list that was the universe, if one was. `expected`, `downloaded`, `present` and
    `missing` count single filings, which are null if none were asked for: offline, or with data sets alone.
    `candidates` are whom the refresh asked for, and whom not, of those in the form index (that filed after
    `filed_after`, up to which data sets have everything); null if a list or all filers were asked for.
    `data_sets` is a line on the windows that were read. `loaded` is what the store has for the quarter; `is_loaded` is
    false if that is nothing: then the quarter is not recorded. `season` is null if no complete quarter is loaded.
    """

    quarter: Quarter
    universe: Managers
    fund_list: str | None = None
    candidates: Candidates | None = None
    filed_after: date | None = None
    expected: int | None = None
    downloaded: int = 0
    present: int | None = None
    missing: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    flagged: int = 0
    data_sets: str = ""
    loaded: LoadedCounts = field(default_factory=LoadedCounts)
    season: FilingSeason | None = None
    seconds: float = 0.0
    changed: bool = False

    @property
    def is_loaded(self) -> bool:
        """Whether a filing of the quarter is loaded."""
        return self.loaded.filings > 0

    @property
    def label(self) -> str:
        """The universe, for people."""
        return f"list {self.fund_list}" if self.fund_list else self.universe


@dataclass(frozen=True, eq=False)
class Refresh:
    """A refresh of `quarter`, as its steps see it; they write what they find into `summary`.

    `only` is the list that is fetched and counted instead of `managers`; `offline` downloads nothing.
    """

    store: Store
    quarter: Quarter
    client: Client
    today: date
    progress: Progress
    summary: Summary
    source: Source = "auto"
    only: FundListFrame | None = None
    offline: bool = False

    @property
    def settings(self) -> Settings:
        """Those of the store."""
        return self.store.settings

    @cached_property
    def roster(self) -> AdvisersFrame:
        """SEC's adviser roster, read on first use: once what this refresh downloads is on disk."""
        return read_roster(self.settings, self.progress)


def summarise(run: Refresh) -> None:
    """Fill in what the store has for the quarter."""
    store, summary = run.store, run.summary
    period = run.quarter.end
    # the period of a filing that cannot be read at all is unknown: it may be this one
    rejects = store.read(REJECTS, period_of_report=[period, None])
    rejected = rejects.filter((pl.col("severity") == Severity.REJECTED) & (pl.col("step") != Step.DOWNLOAD))
    summary.rejected = [
        f"{number}: {reason}" for number, reason in rejected.select("accession_number", "reason").rows()
    ]
    summary.flagged = rejects.filter(pl.col("severity") == Severity.FLAGGED)["accession_number"].n_unique()
    filings = store.read(JUDGED_FILINGS, period_of_report=period)
    summary.loaded = count_loaded(filings, store.read(MANAGERS), store.holder_counts(run.quarter))
    summary.season = measure_season(store, run.quarter)


def record(run: Refresh, started_at: datetime) -> None:
    """Add the refresh to `runs`, unless the quarter is there, the last run used the same list, and nothing changed.

    A quarter of which nothing is loaded is not recorded, so that no answer shows it as one that nobody holds anything
    in.
    """
    store, summary = run.store, run.summary
    if not summary.is_loaded:
        return
    is_same_list = store.read(RUNS)["fund_list"].tail(1).to_list() == [summary.fund_list]
    if run.quarter in store.quarters() and is_same_list and not (summary.changed or summary.downloaded):
        return
    row = {
        "started_at": started_at,
        "seconds": round(summary.seconds, 3),
        "period_of_report": summary.quarter.end,
        "universe": summary.label,
        "fund_list": summary.fund_list,
        "expected": summary.expected,
        "downloaded": summary.downloaded,
        "present": summary.present,
        "missing": len(summary.missing),
        "rejected": len(summary.rejected),
        "lines": summary.loaded.lines,
        "managers": summary.loaded.managers,
        "hedge_funds": summary.loaded.hedge_funds,
        "securities": summary.loaded.securities,
        "mapped": summary.loaded.mapped,
        "version": __version__,
    }
    store.append(RUNS, RUNS.frame([row]))
