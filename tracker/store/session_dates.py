"""Prices under the sessions that they are of: the rows are stored as supplied, and dated when they are read."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from ..tables import PRICES, PriceDaysFrame

LATEST = timedelta(days=10)
"""how much later than its session a day may be dated, weekends and holidays included"""


def dated(supplied: pl.LazyFrame, days: PriceDaysFrame) -> pl.LazyFrame:
    """`supplied` (PRICES as their sources date them) with the rows of `days` under their sessions, or left out.

    Where a session has rows of its own for a ticker, those count.
    """
    moved = days.lazy().select("source", pl.col("exchange").alias("_exchange"), "supplied_date", session="date")
    by = ["source", "_exchange", "supplied_date"]
    rows = supplied.with_columns(_exchange=pl.col("exchange").fill_null(""), supplied_date="date")
    others = rows.join(moved, on=by, how="anti").select(PRICES.columns)
    redated = rows.join(moved.filter(pl.col("session").is_not_null()), on=by).with_columns(date="session")
    own = others.join(moved.select("source", date="session"), on=["source", "date"], how="semi").select(PRICES.key)
    # a ticker may be listed on two exchanges of which one is redated
    return pl.concat(
        [others, redated.select(PRICES.columns).join(own, on=PRICES.key, how="anti").unique(PRICES.key, keep="first")]
    )
