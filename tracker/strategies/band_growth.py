"""What each candidate made between signal days: the ground for random portfolios of the same band and days."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from .known_state import KnownState
from .trading_market import Market


def band_growth(states: Sequence[KnownState], market: Market) -> pl.DataFrame:
    """What a dollar in each candidate made from the close after a signal day until the next: for random portfolios.

    Columns quarter, ticker, date, growth (1 on the first day); what is no longer quoted stays at its last close until
    its end shows, and then at what it ends with. Candidates without a close on the first day are left out.
    """
    sessions = market.sessions
    starts = [next((day for day in sessions if day > state.signal.day), None) for state in states]
    parts = []
    for state, start, until in zip(states, starts, [*starts[1:], None], strict=True):
        days = [day for day in sessions if start and start <= day <= (until or sessions[-1])]
        names = market.final_tickers(state.candidates).select(pl.col("traded_as").alias("ticker")).unique()
        closes = market.closes.filter(pl.col("date").is_in(days)).join(names, on="ticker", how="semi")
        first = closes.filter(pl.col("date") == start).select("ticker", base="adjusted")
        grid = first.join(pl.DataFrame({"date": days}, schema={"date": pl.Date}), how="cross")
        filled = grid.join(closes, on=["ticker", "date"], how="left", validate="1:1").sort("ticker", "date")
        ended = filled.join(market.ends, on="ticker", how="left", validate="m:1")
        is_over = (pl.col("known_on") <= pl.col("date")).fill_null(False)
        left = pl.when(is_over).then(1 + pl.col("final_pct") / 100).otherwise(1.0)
        growth = pl.col("adjusted").forward_fill().over("ticker") / pl.col("base") * left
        parts.append(ended.select(pl.lit(str(state.signal.quarter)).alias("quarter"), "ticker", "date", growth=growth))
    return pl.concat(parts)
