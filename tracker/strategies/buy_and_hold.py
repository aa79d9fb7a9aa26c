"""What a dollar in each stock became from one rebalance to the next: what random portfolios are drawn from."""

from __future__ import annotations

import polars as pl

GROWTH = {"quarter": pl.String(), "ticker": pl.String(), "date": pl.Date(), "growth": pl.Float64()}


def buy_and_hold(
    candidates: pl.DataFrame, spans: pl.DataFrame, closes: pl.DataFrame, ends: pl.DataFrame
) -> pl.DataFrame:
    """The columns of GROWTH: a dollar put into each candidate at the close of its span's first session, day by day.

    `candidates` has quarter and ticker; `spans` has quarter, first and last: the session at whose close the quarter's
    picks are bought, and the one at whose close they are sold (the next quarter's first). `closes` has ticker, date and
    adjusted, in shares of one day. `ends` has ticker, last_date, known_on and final_pct: a stock whose closes have
    stopped is worth that much more or less than its last close from the session on which that shows, or else when it
    would have been sold.

    Candidates without a close on the first session could not be bought then, and are left out.
    """
    sessions = closes.select(pl.col("date").unique().sort())
    held = candidates.select("quarter", "ticker").unique().join(spans, on="quarter", validate="m:1")
    bought = closes.filter(pl.col("adjusted") > 0).select("ticker", first="date", buy_price="adjusted")
    held = held.join(bought, on=["ticker", "first"], validate="m:1")
    during = held.join(closes.select("ticker", "date", "adjusted"), on="ticker").filter(
        pl.col("date").is_between(pl.col("first"), pl.col("last"))
    )
    daily = during.with_columns(growth=pl.col("adjusted") / pl.col("buy_price"))
    ended = (
        held.join(ends.select("ticker", "last_date", "known_on", "final_pct"), on="ticker", validate="m:1")
        .filter(pl.col("last_date").is_between(pl.col("first"), pl.col("last"), closed="left"))
        .with_columns(
            shown=pl.min_horizontal(pl.max_horizontal("known_on", pl.col("last_date").dt.offset_by("1d")), "last")
        )
        .sort("shown")
        .join_asof(sessions, left_on="shown", right_on="date", strategy="forward", check_sortedness=False)
    )
    last_growth = daily.sort("date").group_by("quarter", "ticker").agg(pl.col("growth").last())
    final = ended.join(last_growth, on=["quarter", "ticker"], validate="1:1").select(
        "quarter", "ticker", "date", growth=pl.col("growth") * (1 + pl.col("final_pct") / 100)
    )
    return pl.concat([daily.select(*GROWTH), final.drop_nulls("date").select(*GROWTH)]).sort(
        "quarter", "ticker", "date"
    )
