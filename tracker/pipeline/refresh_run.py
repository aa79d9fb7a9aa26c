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
    COUNTED_ROLES,
    JUDGED_FILINGS,
    MANAGERS,
    REJECTS,
    RUNS,
    AdvisersFrame,
    FundListFrame,
    Severity,
    Step,
)
from .settle import read_roster

Source = Literal["auto", "datasets", "filings"]
Managers = Literal["hedge-funds", "all"]


@dataclass
class Summary:
    """What a refresh did and found; `missing` and `rejected` give each with its reason.

    `fund_list` is the file name of the list that was the universe, if one was. `expected`, `downloaded`, `present` and
    `missing` count single filings; `data_sets` is a line on the windows that were read, `from_data_sets` how many of
    the period's filings come from them. `managers` and `hedge_funds` count those with a report for the period.
    """

    quarter: Quarter
    universe: Managers
    fund_list: str | None = None
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
    filings = store.read(JUDGED_FILINGS, period_of_report=period)
    # the period of a filing that cannot be read at all is unknown: it may be this one
    rejects = store.read(REJECTS).filter((pl.col("period_of_report") == period).fill_null(True))
    rejected = rejects.filter((pl.col("severity") == Severity.REJECTED) & (pl.col("step") != Step.DOWNLOAD))
    summary.rejected = [
        f"{number}: {reason}" for number, reason in rejected.select("accession_number", "reason").rows()
    ]
    summary.flagged = rejects.filter(pl.col("severity") == Severity.FLAGGED)["accession_number"].n_unique()
    summary.from_data_sets = filings.filter(pl.col("source") != "filing").height
    summary.lines = int(filings["line_count"].sum())
    summary.managers = filings["cik"].n_unique()
    reports = filings.filter(pl.col("role").is_in(COUNTED_ROLES))
    managers = store.read(MANAGERS).filter("is_hedge_fund").join(reports, on="cik", how="semi")
    summary.hedge_funds = managers["cik"].n_unique()
    holder_counts = store.holder_counts(run.quarter).filter(pl.col("holders") > 0)
    summary.securities = holder_counts.height
    summary.mapped = holder_counts["ticker"].count()


def record(run: Refresh, started_at: datetime) -> None:
    """Add the refresh to `runs`, unless the quarter is there, the last run used the same list, and nothing changed."""
    store, summary = run.store, run.summary
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
        "lines": summary.lines,
        "managers": summary.managers,
        "hedge_funds": summary.hedge_funds,
        "securities": summary.securities,
        "mapped": summary.mapped,
        "version": __version__,
    }
    store.append(RUNS, RUNS.frame([row]))
