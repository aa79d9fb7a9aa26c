"""Windows of time over which the micro-cap cohort is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

from ..band import Band
from ..errors import NotFoundError, SettingError
from ..prices import cohort, selection
from ..prices.returns import measure_returns
from ..quarters import Quarter
from ..store import Store, price_spans
from ..tables import CohortFrame, DividendsFrame, HeldBack, PricesFrame, ReturnsFrame, SplitsFrame
from . import price_window
from .price_window import PriceWindow


class WindowKind(StrEnum):
    """What a row of the market is of."""

    QUARTER = "quarter"
    WHOLE = "whole"
    FROM_LOW = "from_low"
    SECTOR = "sector"


@dataclass(frozen=True)
class Window:
    """A window and what was measured over it.

    `members` is the cohort (see `cohort.cohort`); `carried` are the returns with members that left measured to their
    last close.
    """

    kind: WindowKind
    name: str
    base: date
    end: date
    members: CohortFrame
    returns: ReturnsFrame
    carried: ReturnsFrame


@dataclass(frozen=True)
class Market:
    """The data that windows between `base` and `end` are measured from; `sectors` has columns ticker, sector.

    `dividends` is None for returns without them; `doubts` are sentences on days whose prices may be wrong.
    """

    base: date
    end: date
    band: Band
    prices: PricesFrame
    splits: SplitsFrame
    sectors: pl.DataFrame
    dividends: DividendsFrame | None = None
    covered: Sequence[str] = field(default=())
    doubts: Sequence[str] = field(default=())

    def window(self, kind: WindowKind, name: str, base: date, end: date) -> Window:
        """Measure the cohort of `base` up to `end`."""
        caps = selection.latest(self.prices, base)
        members = cohort.cohort(caps.join(self.sectors, on="ticker", how="left", validate="1:1"), self.band)
        returns = measure_returns(self.prices, base, end, self.splits, dividends=self.dividends, covered=self.covered)
        return Window(kind, name, base, end, members, returns, self._carry(base, end, members, returns))

    def whole(self) -> Window:
        """The window from `base` to `end`."""
        return self.window(WindowKind.WHOLE, "window", self.base, self.end)

    def _carry(self, base: date, end: date, members: CohortFrame, returns: ReturnsFrame) -> ReturnsFrame:
        """`returns`, in which members that left are measured to their last close, as if it had stayed there.

        A member that is quoted again after `end` is measured to its last close before.
        """
        gone = returns.filter(pl.col("held_back_kind") == HeldBack.GONE).join(members, on="ticker", how="semi")
        prices = self.prices.filter(pl.col("date") <= end).join(gone, on="ticker", how="semi")
        if prices.is_empty():
            return returns
        last = prices.sort("date").group_by("ticker", maintain_order=True).last()
        until = last.select("ticker", until="date")
        splits = self.splits.join(until, on="ticker", validate="m:1").filter(pl.col("date") <= pl.col("until"))
        stayed = pl.concat(
            [prices.filter(pl.col("date") < end), last.with_columns(date=pl.lit(end)).select(prices.columns)]
        )
        return cohort.carried(members, returns, measure_returns(stayed, base, end, splits.drop("until")))


def load(
    store: Store,
    base: date | None,
    end: date | None,
    band: Band,
    *,
    total_return: bool = False,
    loaded: PriceWindow | None = None,
) -> Market:
    """The market from `base` to `end`, by default the newest year with market caps.

    `loaded` saves reading the prices again; it must begin at least 8 days before `base`. Raises NotFoundError if no
    market caps are loaded for the dates, SettingError if `base` is not before `end`.
    """
    base, end = _dates(store, base, end)
    since = base - timedelta(days=selection.MAX_AGE_DAYS + 1)
    window = loaded.between(since, end) if loaded else price_window.load(store, since, end)
    dividends, covered = price_window.dividends(store, window.prices, base, end) if total_return else (None, [])
    doubts = price_window.doubts(store, base, end)
    return Market(base, end, band, window.prices, window.splits, _sectors(store), dividends, covered, doubts)


def quarters_between(base: date, end: date) -> list[tuple[str, date, date]]:
    """Name, base and end of each calendar quarter between two days; the first and the last may be incomplete."""
    spans = []
    quarter, since = Quarter.of(base + timedelta(days=1)), base
    while since < end:
        until = min(quarter.end, end)
        spans.append((str(quarter), since, until))
        quarter, since = quarter.next, until
    return spans


def _dates(store: Store, base: date | None, end: date | None) -> tuple[date, date]:
    first, last = price_spans(store).select(pl.col("first_capped").min(), pl.col("last_capped").max()).row(0)
    if last is None:
        raise NotFoundError("no market caps are loaded: run `tracker prices import FILE` or `tracker prices fetch`")
    end = end or last
    base = base or date(end.year - 1, 12, 31)
    for option, day in (("--to", end), ("--from", min(base, end))):
        if not first <= day <= last + timedelta(days=selection.MAX_AGE_DAYS):
            raise NotFoundError(
                f"{option} {day}: market caps are loaded from {first} to {last}; import more or choose a day in between"
            )
    if base >= end:
        raise SettingError(f"--from {base} is not before --to {end}")
    return base, end


def _sectors(store: Store) -> pl.DataFrame:
    """The newest sector of each ticker from any source: columns ticker, sector."""
    spans = price_spans(store).drop_nulls("sector").sort("sector_on", "source")
    return spans.unique("ticker", keep="last", maintain_order=True).select("ticker", "sector")
