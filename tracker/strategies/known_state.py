"""All that was known at the end of a signal day, joined into the candidates of that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from ..band import MICRO_CAP, Band
from ..prices import selection
from ..prices.returns import measure_returns
from ..quarters import Quarter
from ..rankings import holder_counts
from ..rankings.reporting import who_reported
from ..reports.price_window import PriceWindow
from ..securities import ticker_map
from ..store import Store, read_securities
from ..tables import (
    COUNTED_ROLES,
    SPLIT_RATIOS,
    JudgedFilingsFrame,
    ManagersFrame,
    PositionsFrame,
    SecuritiesFrame,
    SplitRatiosFrame,
    SplitStatus,
)
from . import known_positions, known_tickers
from .known_funds import FundsArchive, KnownFunds
from .known_prices import PriceArchive
from .known_reports import ReportsArchive, known_on
from .signal_days import SignalDay
from .stock_candidates import CandidatesFrame, in_band, join_candidates, late_amendments


@dataclass(frozen=True)
class Scope:
    """Which stocks and which funds count: a band of market caps, and the fewest quarters that a family has reported.

    Managers with more than `max_options_share` of their reported value in options are left out.
    """

    band: Band = MICRO_CAP
    min_quarters: int = 1
    max_options_share: float = 0.5


@dataclass(frozen=True)
class KnownState:
    """What was known at the end of a signal day, and nothing else, as far as `looks_ahead` does not say otherwise.

    `priced_share` is the part of the funds' reported value in shares that has a ticker with a price on the day.
    `left_out` are the managers whose books are mostly options; `funds` counts families with a report that counts.
    """

    signal: SignalDay
    candidates: CandidatesFrame
    funds: int
    left_out: list[str]
    priced_share: float | None
    looks_ahead: list[str]


class Archive:
    """A store as the past: what it would have answered at the end of any day."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.reports = ReportsArchive(store)
        self.funds = FundsArchive(store)
        self.prices = PriceArchive(store)

    @cached_property
    def securities(self) -> SecuritiesFrame:
        """SECURITIES as they are now."""
        return read_securities(self.store)

    def state(self, signal: SignalDay, scope: Scope, since: date | None = None) -> KnownState:
        """What was known at the end of the signal day; `since` is the signal day before it, None for the first."""
        day, quarter = signal.day, signal.quarter
        quoted = self.prices.quoted(day)
        stocks = in_band(quoted, scope.band)
        securities = known_tickers.known_by(self.securities, quoted, day)
        now, before = self.reports.reports(quarter, day), self.reports.reports(quarter.previous, day)
        filings = pl.concat([before.filings, now.filings])
        funds = self.funds.known_by(day, filings)
        managers, left_out = self._countable(funds, now.filings, day, scope)
        # a book is weighed whole; of what else is held, only the band's stocks matter
        is_in_band = pl.col("ticker").is_in(stocks["ticker"].implode())
        positions = known_positions.held(now.holdings, managers, securities)
        held = positions.filter(is_in_band)
        held_before = known_positions.held(
            before.holdings_of(securities.filter(is_in_band)["cusip"]), managers, securities
        ).filter(is_in_band)
        has_before = not before.filings.is_empty()
        reporting = who_reported(managers, now.filings, before.filings if has_before else None, funds.links)
        moves = ticker_map.moves(known_tickers.seen_by(self.securities, day), day)
        seen = self.prices.known_by(day, quarter, stocks["ticker"], moves)
        counts = holder_counts.count(held, held_before if has_before else None, reporting, _split_ratios(seen, quarter))
        counts = ticker_map.with_kinds(counts, securities)
        late = late_amendments(filings.filter(pl.lit(since is None) | (known_on > (since or day))))
        both = pl.concat([held, held_before.filter(pl.col("accession_number").is_in(late.implode()))])
        candidates = join_candidates(stocks, counts, positions, late, _details(seen, day))
        candidates = _with_late(candidates, both, late)
        held_later = positions.filter(pl.col("cusip").is_in(known_tickers.seen_later(securities).implode()))
        warnings = [funds.looks_ahead] if funds.looks_ahead else []
        if held_later.height:
            warnings.append("tickers of CUSIPs that were first seen later: looks ahead")
        reported = now.filings.filter(pl.col("role").is_in(COUNTED_ROLES))
        return KnownState(
            signal=signal,
            candidates=candidates,
            funds=managers.filter("is_hedge_fund").join(reported, on="cik", how="semi")["family"].n_unique(),
            left_out=left_out,
            priced_share=_priced_share(positions),
            looks_ahead=warnings,
        )

    def _countable(
        self, funds: KnownFunds, filings: JudgedFilingsFrame, day: date, scope: Scope
    ) -> tuple[ManagersFrame, list[str]]:
        """The managers, of whom only those that a clone can follow are hedge funds, and the names left out."""
        options, total = pl.col("options_value_total").sum(), pl.col("value_total").sum()
        books = filings.filter(pl.col("role").is_in(COUNTED_ROLES)).group_by("cik").agg(share=options / total)
        mostly_options = books.filter(pl.col("share") > scope.max_options_share)
        reported = self.reports.known_by(day).select("cik", "period_of_report")
        periods = funds.managers.select("cik", "family").join(reported, on="cik").group_by("family")
        long_enough = periods.agg(pl.col("period_of_report").n_unique()).filter(
            pl.col("period_of_report") >= scope.min_quarters
        )
        out = funds.managers.filter("is_hedge_fund").join(mostly_options, on="cik", how="semi")
        is_countable = ~pl.col("cik").is_in(out["cik"].to_list()) & pl.col("family").is_in(
            long_enough["family"].to_list()
        )
        return (
            funds.managers.with_columns((pl.col("is_hedge_fund") & is_countable).alias("is_hedge_fund")),
            out["manager_name"].sort().to_list(),
        )


def _split_ratios(seen: PriceWindow, quarter: Quarter) -> SplitRatiosFrame:
    """SPLIT_RATIOS of the tickers with prices in the quarter, by the splits known on the day."""
    is_within = pl.col("date").is_between(quarter.start, quarter.end)
    splits = seen.splits.filter(is_within, pl.col("status") == SplitStatus.USED)
    ratios = splits.group_by("ticker").agg(pl.col("ratio").product().alias("split_ratio"))
    priced = seen.prices.filter(is_within).select("ticker").unique()
    joined = priced.join(ratios, on="ticker", how="left", validate="1:1")
    return SPLIT_RATIOS.fit(joined.with_columns(pl.col("split_ratio").fill_null(1.0)).sort("ticker"))


def _details(seen: PriceWindow, day: date) -> pl.DataFrame:
    """Columns ticker, typical_volume, return_pct (since the end of the year before)."""
    returns = measure_returns(seen.prices, date(day.year - 1, 12, 31), day, seen.splits)
    return returns.select("ticker", "return_pct").join(
        selection.typical_volume(seen.prices, day), on="ticker", how="left", validate="1:1"
    )


def _with_late(candidates: CandidatesFrame, positions: PositionsFrame, late: pl.Series) -> CandidatesFrame:
    """Candidates with the families that showed them late, for this quarter or the one before."""
    shown = positions.filter(pl.col("accession_number").is_in(late.to_list()), pl.col("put_call") == "")
    counts = shown.group_by("ticker").agg(late=pl.col("family").n_unique().cast(pl.Int64))
    return (
        candidates.join(counts, on="ticker", how="left", validate="1:1")
        .with_columns(confidential_funds=pl.col("late").fill_null(0))
        .drop("late")
    )


def _priced_share(positions: PositionsFrame) -> float | None:
    shares = positions.filter(pl.col("put_call") == "", pl.col("share_type") == "SH")
    total = float(shares["value_usd"].sum() or 0.0)
    return float(shares.filter(pl.col("ticker").is_not_null())["value_usd"].sum() or 0.0) / total if total else None
