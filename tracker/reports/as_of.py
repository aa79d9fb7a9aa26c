"""A quarter as it is known now, or as it was known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from ..errors import NotFoundError
from ..filings import holdings
from ..lookup import Security
from ..quarters import Quarter
from ..rankings import holder_counts
from ..securities import ticker_map
from ..store import Store
from ..tables import (
    COUNTED_ROLES,
    CUSIP_MATCHES,
    FILINGS,
    JUDGED_FILINGS,
    MANAGERS,
    SECURITIES,
    HolderCountsFrame,
    JudgedFilingsFrame,
    ManagersFrame,
    PositionsFrame,
)

CAVEATS = (
    "Counts are lower bounds: positions under 10,000 shares and under $200,000 may be left out of Form 13F, "
    "and confidential treatment leaves out more.",
    "Form 13F shows long positions at the quarter's end, up to 45 days later; options are counted separately.",
)
BY_FILER = "Filing managers are counted, not families: several filers of one family count separately."
NOW_KNOWN = "Who counts as a hedge fund, and which ticker a CUSIP has, are as decided now."


@dataclass(frozen=True)
class View:
    """One quarter's filings and counts, from what had been filed by `known_on`.

    `positions` are None if they are those in the store.
    """

    quarter: Quarter
    known_on: date
    filings: JudgedFilingsFrame
    positions: PositionsFrame | None
    counts: HolderCountsFrame
    funds: int
    """hedge funds with a report that counts"""

    def positions_of(self, store: Store, security: Security) -> PositionsFrame:
        """Positions in one security; no others are read from the store."""
        if self.positions is None:
            return security.stored_positions(store, self.quarter)
        return security.of(self.positions)


def view(store: Store, quarter: Quarter | None, known_on: date | None = None, *, by_filer: bool = False) -> View:
    """The quarter (default: the newest loaded) with only what had been filed on or before `known_on` (default: all).

    With `by_filer` every filing manager is its own family: `holders` and its changes count filers. Raises
    NotFoundError if the quarter is not loaded, or if nothing for it had been filed by then.
    """
    quarter = store.require_quarter(quarter)
    filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end)
    managers = store.read(MANAGERS)
    if by_filer:
        managers = managers.with_columns(pl.format("{} (CIK {})", "manager_name", "cik").alias("family"))
    newest = filings["filing_date"].max()
    is_current = known_on is None or newest is None or known_on >= _newest_counted(store, quarter)
    if known_on is None:
        known_on = newest if isinstance(newest, date) else quarter.end
    if is_current and not by_filer:
        positions, counts = None, store.holder_counts(quarter)
    else:
        filings, positions = _as_known(store, quarter, known_on, managers)
        if filings.is_empty():
            raise NotFoundError(f"nothing for {quarter} had been filed by {known_on}; choose a later day")
        earlier = quarter.previous in store.quarters()
        # without a day, everything filed for the quarter before counts, whenever it was filed
        before_on = date.max if is_current else known_on
        before = _as_known(store, quarter.previous, before_on, managers) if earlier else None
        reported = None if before is None else holder_counts.reporting_families(managers, filings, before[0])
        counts = holder_counts.count(positions, before and before[1], reported, store.split_ratios(quarter))
        counts = ticker_map.with_kinds(counts, store.read(SECURITIES))
    counted = filings.filter(pl.col("role").is_in(COUNTED_ROLES))
    funds = managers.filter("is_hedge_fund").join(counted, on="cik", how="semi").height
    return View(quarter, known_on, filings, positions, counts, funds)


def _newest_counted(store: Store, quarter: Quarter) -> date:
    """The newest filing behind the counts of `quarter`: their changes depend on the quarter before, too."""
    filings = store.read(JUDGED_FILINGS, period_of_report=[quarter.end, quarter.previous.end])
    newest = filings["filing_date"].max()
    assert isinstance(newest, date)
    return newest


def _as_known(
    store: Store, quarter: Quarter, known_on: date, managers: ManagersFrame
) -> tuple[JudgedFilingsFrame, PositionsFrame]:
    """A quarter's filings and positions, decided again from what had been filed by `known_on`."""
    filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end).filter(pl.col("filing_date") <= known_on)
    lines = store.lines(quarter.end, holdings.COLUMNS, filings["accession_number"])
    # what an amendment does, and what a shortened CUSIP stands for, stays as it is decided now
    judged, _ = holdings.judge(FILINGS.fit(filings), lines, filings.drop_nulls("amendment_effect"))
    funds = judged.join(managers.filter("is_hedge_fund"), on="cik", how="semi")
    held = holdings.effective(funds, lines, store.read(CUSIP_MATCHES, period_of_report=quarter.end))
    return judged, holder_counts.positions(held, managers, ticker_map.tickers(held, store.read(SECURITIES)))
