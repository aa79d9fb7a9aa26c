"""A quarter as it is known now, or as it was known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from ..errors import NotFoundError
from ..lookup import Security
from ..quarters import Quarter
from ..rankings import holder_counts
from ..rankings.quarter_changes import awaited_positions
from ..rankings.reporting import Reporting, who_reported
from ..securities import ticker_map
from ..store import Store, read_securities, shared
from ..tables import (
    COUNTED_ROLES,
    CUSIP_MATCHES,
    FAMILY_LINKS,
    FILINGS,
    JUDGED_FILINGS,
    MANAGERS,
    POSITIONS,
    HolderCountsFrame,
    JudgedFilingsFrame,
    ManagerClass,
    ManagersFrame,
    PositionsFrame,
)
from . import open_quarter

CAVEATS = (
    "Counts are lower bounds: positions under 10,000 shares and under $200,000 may be left out of Form 13F, "
    "and confidential treatment leaves out more.",
    "Form 13F shows long positions at the quarter's end, up to 45 days later; options are counted separately.",
)
BY_FILER = "Filing managers are counted, not families: several filers of one family count separately."
WITH_MARKET_MAKERS = "Market makers are counted, too: much of what they hold is the other side of options and trades."
NOW_KNOWN = "Who counts as a hedge fund, and which ticker a CUSIP has, are as decided now."


IS_MARKET_MAKER = (pl.col("manager_class") == ManagerClass.MARKET_MAKER).fill_null(False)


@dataclass(frozen=True)
class View:
    """One quarter's filings and counts, from what had been filed by `known_on`.

    `positions` and `before`, those of the quarter before, are None if they are those in the store. `managers` are all
    of them; their `is_hedge_fund` is whether they are counted here, also as market makers.
    """

    quarter: Quarter
    known_on: date
    filings: JudgedFilingsFrame
    positions: PositionsFrame | None
    before: PositionsFrame | None
    counts: HolderCountsFrame
    reporting: Reporting
    managers: ManagersFrame
    with_market_makers: bool = False

    @property
    def funds(self) -> int:
        """Counted managers with a report that counts."""
        return self._counted().height

    @property
    def market_makers(self) -> int:
        """How many of them are market makers."""
        return self._counted().filter(IS_MARKET_MAKER).height

    def _counted(self) -> ManagersFrame:
        reports = self.filings.filter(pl.col("role").is_in(COUNTED_ROLES))
        return self.managers.filter("is_hedge_fund").join(reports, on="cik", how="semi")

    def positions_of(self, store: Store, security: Security) -> PositionsFrame:
        """Positions in one security; no others are read from the store."""
        if self.positions is None:
            return security.stored_positions(store, self.quarter)
        return security.of(self.positions)

    def before_of(self, store: Store, security: Security) -> PositionsFrame:
        """Positions in one security a quarter before; no others are read from the store."""
        if self.before is not None:
            return security.of(self.before)
        if self.positions is not None or not self.reporting.expected:
            return POSITIONS.frame()  # the quarter before is not loaded
        return security.stored_positions(store, self.quarter.previous)

    def awaited_of(self, store: Store, security: Security) -> PositionsFrame:
        """What awaited managers held of one security in the quarter before, if their family does not hold it now."""
        if not self.reporting.awaited.len():
            return POSITIONS.frame()
        before = self.before_of(store, security)
        return awaited_positions(self.positions_of(store, security), before, self.reporting)


def view(
    store: Store,
    quarter: Quarter | None,
    known_on: date | None = None,
    *,
    by_filer: bool = False,
    with_market_makers: bool = False,
    may_be_empty: bool = False,
) -> View:
    """The quarter (default: the newest loaded) with only what had been filed on or before `known_on` (default: all).

    With `by_filer` every filing manager is its own family: `holders` and its changes count filers. With
    `with_market_makers` those count as hedge funds do. Raises NotFoundError if the quarter is not loaded, or if nothing
    for it had been filed by then, unless the view `may_be_empty`.
    """
    quarter = store.require_quarter(quarter)
    more = {"by_filer": by_filer, "with_market_makers": with_market_makers, "may_be_empty": may_be_empty}
    key = ("view", quarter, known_on, *more.values())
    return shared(store.settings.db, key, lambda: _view(store, quarter, known_on, **more))


def _view(
    store: Store,
    quarter: Quarter,
    known_on: date | None,
    *,
    by_filer: bool,
    with_market_makers: bool,
    may_be_empty: bool,
) -> View:
    filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end)
    managers = store.read(MANAGERS)
    if with_market_makers:
        managers = managers.with_columns((pl.col("is_hedge_fund") | IS_MARKET_MAKER).alias("is_hedge_fund"))
    if by_filer:
        managers = managers.with_columns(pl.format("{} (CIK {})", "manager_name", "cik").alias("family"))
    newest = filings["filing_date"].max()
    is_current = known_on is None or newest is None or known_on >= _newest_counted(store, quarter)
    if known_on is None:
        known_on = newest if isinstance(newest, date) else quarter.end
    if is_current and not by_filer and not with_market_makers:
        positions, before, counts = None, None, store.holder_counts(quarter)
        reporting = open_quarter.compare(store, quarter, managers, filings)
    else:
        filings, positions = _as_known(store, quarter, known_on, managers)
        if filings.is_empty() and not may_be_empty:
            raise NotFoundError(f"nothing for {quarter} had been filed by {known_on}; choose a later day")
        earlier = quarter.previous in store.quarters()
        # without a day, everything filed for the quarter before counts, whenever it was filed
        before_on = date.max if is_current else known_on
        filings_before, before = _as_known(store, quarter.previous, before_on, managers) if earlier else (None, None)
        reporting = who_reported(managers, filings, filings_before, store.read(FAMILY_LINKS))
        counts = holder_counts.count(positions, before, reporting, store.split_ratios(quarter))
        counts = ticker_map.with_kinds(counts, read_securities(store))
    return View(quarter, known_on, filings, positions, before, counts, reporting, managers, with_market_makers)


def known_positions(store: Store, seen: View, quarter: Quarter, known_on: date | None) -> PositionsFrame:
    """POSITIONS of the quarter of `seen` or of an earlier loaded one, from what had been filed by `known_on`.

    That is the day that `seen` was asked for; left out, everything filed counts.
    """
    made = {seen.quarter: seen.positions, seen.quarter.previous: seen.before}.get(quarter)
    if made is not None:
        return made
    newest = store.read_filings(("filing_date",), quarter.end)["filing_date"].max()
    if known_on is None or not isinstance(newest, date) or newest <= known_on:
        return store.positions(quarter)
    _, positions = _as_known(store, quarter, known_on, seen.managers)
    return positions


def note_market_makers(seen: View) -> list[str]:
    """A note on the market makers that are counted, if the view counts them."""
    if seen.with_market_makers and not seen.market_makers:
        return [f"Market makers are to be counted, too, but no report of one is loaded for {seen.quarter}."]
    return [WITH_MARKET_MAKERS] if seen.with_market_makers else []


def _newest_counted(store: Store, quarter: Quarter) -> date:
    """The newest filing behind the counts of `quarter`: their changes depend on the quarter before, too."""
    newest = store.read_filings(("filing_date",), quarter.end, quarter.previous.end)["filing_date"].max()
    assert isinstance(newest, date)
    return newest


def _as_known(
    store: Store, quarter: Quarter, known_on: date, managers: ManagersFrame
) -> tuple[JudgedFilingsFrame, PositionsFrame]:
    """A quarter's filings and positions, decided again from what had been filed by `known_on`."""
    from ..filings import holdings

    stored = store.read(JUDGED_FILINGS, period_of_report=quarter.end)
    judged = filings = stored.filter(pl.col("filing_date") <= known_on)
    if filings.height < stored.height:
        lines = store.lines(quarter.end, holdings.COLUMNS, filings["accession_number"])
        # what an amendment does, and what a shortened CUSIP stands for, stays as it is decided now
        judged, _ = holdings.judge(FILINGS.fit(filings), lines, filings.drop_nulls("amendment_effect"))
    funds = judged.join(managers.filter("is_hedge_fund"), on="cik", how="semi")
    if filings.height == stored.height:
        lines = store.lines(quarter.end, holdings.COLUMNS, funds["accession_number"])
    held = holdings.effective(funds, lines, store.read(CUSIP_MATCHES, period_of_report=quarter.end))
    return judged, holder_counts.positions(held, managers, ticker_map.tickers(held, read_securities(store)))
