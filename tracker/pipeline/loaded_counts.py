"""How much of a quarter is loaded, as the store has it now: what a refresh prints, and what `status` shows.

Never from the log of refreshes: a later one brings tickers and classifications that change earlier quarters, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ..tables import COUNTED_ROLES, HolderCountsFrame, JudgedFilingsFrame, ManagersFrame


@dataclass(frozen=True)
class LoadedCounts:
    """Counts of one quarter.

    `filings` of `managers`, with `lines` in their tables; `from_data_sets` is how many came from SEC's data sets.
    `hedge_funds` have a report for the period; `securities` are held by them, `mapped` of these have a ticker.
    """

    filings: int = 0
    from_data_sets: int = 0
    lines: int = 0
    managers: int = 0
    hedge_funds: int = 0
    securities: int = 0
    mapped: int = 0


def count_loaded(
    filings: JudgedFilingsFrame, managers: ManagersFrame, holder_counts: HolderCountsFrame
) -> LoadedCounts:
    """What is loaded of a quarter, from all its filings and holder counts; `managers` are those of all quarters."""
    reports = filings.filter(pl.col("role").is_in(COUNTED_ROLES))
    hedge_funds = managers.filter("is_hedge_fund").join(reports, on="cik", how="semi")
    held = holder_counts.filter(pl.col("holders") > 0)
    return LoadedCounts(
        filings=filings.height,
        from_data_sets=filings.filter(pl.col("source") != "filing").height,
        lines=int(filings["line_count"].sum()),
        managers=filings["cik"].n_unique(),
        hedge_funds=hedge_funds.height,
        securities=held.height,
        mapped=held["ticker"].count(),
    )
