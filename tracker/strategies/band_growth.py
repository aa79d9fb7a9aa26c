"""What each candidate made between signal days, and all of them together: the ground that a rule stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import polars as pl

from ..pipeline.digests import digest
from ..securities import ticker_map
from ..tables import DelistedStocksFrame, SecuritiesFrame
from .kept_growth import KeptGrowth, Stretch
from .known_prices import PriceArchive
from .known_state import KnownState
from .listing_ends import ENDS
from .trading_market import adjusted_prices, final_tickers, open_market, renamed_by, with_moves

START_USD = 1e6
_GROWTH = {"quarter": pl.String(), "ticker": pl.String(), "date": pl.Date(), "growth": pl.Float64()}


@dataclass(frozen=True)
class BandPath:
    """All candidates as one portfolio, without costs and limits: `daily` has columns date, value_usd."""

    daily: pl.DataFrame

    @property
    def total_return_pct(self) -> float:
        """From the first row to the last, in percent."""
        values = self.daily["value_usd"]
        return float(values[-1] / values[0] - 1) * 100


@dataclass(frozen=True)
class BandGrowth:
    """What a dollar in each candidate made from the close after a quarter's first signal day until the next quarter's.

    `growth` has columns quarter, ticker, date, growth (1 on the first day); what is no longer quoted stays at its last
    close until its end shows, and then at what it ends with. Candidates without a close on the first day are left out.
    `equal` holds all of them alike, `by_cap` by their market caps on the signal day, from quarter to quarter.
    """

    growth: pl.DataFrame
    equal: BandPath
    by_cap: BandPath


def band_growth(
    states: Sequence[KnownState],
    prices: PriceArchive,
    securities: SecuritiesFrame,
    delistings: DelistedStocksFrame | None,
    sessions: Sequence[date],
    kept: KeptGrowth,
) -> BandGrowth:
    """The growth of the candidates of `states` until the last of the market's `sessions`."""
    firsts, horizon = _of_quarters(states), sessions[-1]
    moves, renamed = ticker_map.moves(securities, horizon), renamed_by(prices, securities, horizon)
    stocks = [
        final_tickers(state.candidates, renamed, state.signal.day)
        .select("market_cap_usd", ticker="traded_as")
        .unique("ticker")
        for state in firsts
    ]
    tickers, days = pl.concat(stocks)["ticker"].unique().sort(), (states[0].signal.day, horizon)
    known = [moves.sort(pl.all()), *([] if delistings is None else [delistings])]
    asked = digest(tickers.to_frame(), *known, seed=f"{days}")
    ends = kept.ends(asked, ENDS, lambda: _ends(tickers, prices, securities, days, delistings))
    starts = [next((day for day in sessions if day > state.signal.day), None) for state in firsts]
    parts = []
    equal, by_cap = ([pl.DataFrame({"date": [states[0].signal.day], "value_usd": [START_USD]})] for _ in range(2))
    for state, names, start, until in zip(firsts, stocks, starts, [*starts[1:], None], strict=True):
        if start is None:
            continue
        span, listed = (start, until or horizon), names["ticker"].to_list()
        stretch = Stretch(
            state.signal.quarter, names, span, with_moves(listed, moves)[1], ends.filter(pl.col("ticker").is_in(listed))
        )
        grown = kept.of(stretch, partial(_grow, prices, moves, stretch))
        cap = pl.col("market_cap_usd")
        means = {"equal": pl.col("growth").mean(), "by_cap": (pl.col("growth") * cap).sum() / cap.sum()}
        levels = grown.group_by("date").agg(**means).sort("date")
        if levels.is_empty():
            continue
        for path, name in ((equal, "equal"), (by_cap, "by_cap")):
            path.append(levels.select("date", value_usd=pl.col(name) * path[-1]["value_usd"][-1]))
        parts.append(grown.select(pl.lit(str(state.signal.quarter)).alias("quarter"), "ticker", "date", "growth"))
    return BandGrowth(pl.concat([pl.DataFrame(schema=_GROWTH), *parts]), _joined(equal), _joined(by_cap))


def _grow(prices: PriceArchive, moves: pl.DataFrame, stretch: Stretch) -> pl.DataFrame:
    """Columns ticker, date, growth, market_cap_usd of the stocks with a close on the first day, for each day."""
    names, start = stretch.stocks, stretch.days[0]
    closes, _ = adjusted_prices(prices, moves, names["ticker"].to_list(), stretch.days)
    near = closes.select("ticker", "date", "adjusted")
    first = near.filter(pl.col("date") == start).select("ticker", base="adjusted").join(names, on="ticker")
    days = near.select(pl.col("date").unique().sort())
    grid = first.sort("ticker").join(days, how="cross", maintain_order="left_right")
    filled = grid.join(near, on=["ticker", "date"], how="left", validate="1:1", maintain_order="left")
    ended = filled.join(stretch.ends, on="ticker", how="left", validate="m:1", maintain_order="left")
    is_over = (pl.col("known_on") <= pl.col("date")).fill_null(False)
    left = pl.when(is_over).then(1 + pl.col("final_pct") / 100).otherwise(1.0)
    growth = pl.col("adjusted").forward_fill().over("ticker") / pl.col("base") * left
    return ended.select("ticker", "date", growth.alias("growth"), "market_cap_usd")


def _ends(
    tickers: pl.Series,
    prices: PriceArchive,
    securities: SecuritiesFrame,
    days: tuple[date, date],
    delistings: DelistedStocksFrame | None,
) -> pl.DataFrame:
    """How those of the tickers end that do (see `find_ends`)."""
    since, horizon = days
    last = prices.last_closes(tickers.to_list(), horizon, since)
    stopped = last.filter(pl.col("date") < horizon)["ticker"].to_list()
    return open_market(prices, securities, stopped, days, delistings).ends


def _joined(parts: list[pl.DataFrame]) -> BandPath:
    """A quarter's first day is the last one of the quarter before."""
    return BandPath(pl.concat(parts).unique("date", keep="first", maintain_order=True))


def _of_quarters(states: Sequence[KnownState]) -> list[KnownState]:
    """The first state of each quarter: with one a day, a quarter's stocks are those of its first reports."""
    firsts: dict[object, KnownState] = {}
    for state in states:
        firsts.setdefault(state.signal.quarter, state)
    return list(firsts.values())
