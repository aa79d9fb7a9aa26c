"""What each candidate made between signal days, and all of them together: the ground that a rule stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from .known_state import KnownState
from .trading_market import Market

START_USD = 1e6


@dataclass(frozen=True)
class BandPath:
    """All candidates as one portfolio, without costs and limits: `daily` has columns date, value_usd."""

    daily: pl.DataFrame

    @property
    def total_return_pct(self) -> float:
        """From the first row to the last, in percent."""
        values = self.daily["value_usd"]
        return float(values[-1] / values[0] - 1) * 100


def band_growth(states: Sequence[KnownState], market: Market) -> pl.DataFrame:
    """What a dollar in each candidate made from the close after a quarter's first signal day until the next quarter's.

    Columns quarter, ticker, date, growth (1 on the first day), market_cap_usd (on the signal day); what is no longer
    quoted stays at its last close until its end shows, and then at what it ends with. Candidates without a close on the
    first day are left out.
    """
    firsts = _of_quarters(states)
    closes = market.closes.select("ticker", "date", "adjusted").sort("date")
    starts = [next((day for day in market.sessions if day > state.signal.day), None) for state in firsts]
    parts = []
    for state, start, until in zip(firsts, starts, [*starts[1:], None], strict=True):
        if start is None:
            continue
        last = until or market.sessions[-1]
        lower = closes["date"].search_sorted(start, side="left")
        near = closes.slice(lower, closes["date"].search_sorted(last, side="right") - lower)
        days = near.select(pl.col("date").unique(maintain_order=True))
        names = market.final_tickers(state.candidates).select("market_cap_usd", ticker="traded_as").unique("ticker")
        first = near.filter(pl.col("date") == start).select("ticker", base="adjusted").join(names, on="ticker")
        grid = first.sort("ticker").join(days, how="cross", maintain_order="left_right")
        filled = grid.join(near, on=["ticker", "date"], how="left", validate="1:1", maintain_order="left")
        ended = filled.join(market.ends, on="ticker", how="left", validate="m:1", maintain_order="left")
        is_over = (pl.col("known_on") <= pl.col("date")).fill_null(False)
        left = pl.when(is_over).then(1 + pl.col("final_pct") / 100).otherwise(1.0)
        growth = pl.col("adjusted").forward_fill().over("ticker") / pl.col("base") * left
        quarter = pl.lit(str(state.signal.quarter)).alias("quarter")
        parts.append(ended.select(quarter, "ticker", "date", growth.alias("growth"), "market_cap_usd"))
    return pl.concat([_NOTHING, *parts])


def band_path(states: Sequence[KnownState], growth: pl.DataFrame, *, is_cap_weighted: bool = False) -> BandPath:
    """The path of all candidates in `growth` (see `band_growth`), held alike or by market cap, quarter after quarter."""
    weight = pl.col("market_cap_usd") if is_cap_weighted else pl.lit(1.0)
    mean = (pl.col("growth") * weight).sum() / weight.filter(pl.col("growth").is_not_null()).sum()
    if not is_cap_weighted:
        mean = pl.col("growth").mean()
    means = growth.group_by("quarter", "date").agg(growth=mean).sort("quarter", "date")
    start = states[0].signal.day
    parts, level = [pl.DataFrame({"date": [start], "value_usd": [START_USD]}, schema=_PATH)], START_USD
    for part in means.partition_by("quarter", maintain_order=True):
        # a quarter's first day is the last one of the quarter before
        parts.append(part.select("date", value_usd=pl.col("growth") * level))
        level = float(parts[-1]["value_usd"][-1])
    return BandPath(pl.concat(parts).unique("date", keep="first", maintain_order=True))


_PATH = {"date": pl.Date(), "value_usd": pl.Float64()}
_NOTHING = pl.DataFrame(
    schema={
        "quarter": pl.String(), "ticker": pl.String(), "date": pl.Date(), "growth": pl.Float64(),
        "market_cap_usd": pl.Float64(),
    }
)  # fmt: skip


def _of_quarters(states: Sequence[KnownState]) -> list[KnownState]:
    """The first state of each quarter: with one a day, a quarter's stocks are those of its first reports."""
    firsts: dict[object, KnownState] = {}
    for state in states:
        firsts.setdefault(state.signal.quarter, state)
    return list(firsts.values())
