"""Prices under the sessions that they are of: the rows are stored as supplied, and dated when they are read."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from ..tables import PRICES, PriceDaysFrame

LATEST = timedelta(days=10)
"""how much later than its session a day may be dated, weekends and holidays included"""

_EXCHANGES = 3  # Nasdaq, NYSE and NYSE American


def dated(supplied: pl.LazyFrame, days: PriceDaysFrame) -> pl.LazyFrame:
    """`supplied` (PRICES as their sources date them) with the rows of `days` under their sessions, or left out.

    Where a session has several rows of one ticker and source, the first counts.
    """
    moved = days.lazy().select(
        "source", "supplied_date", pl.col("exchange").alias("_exchange"), session="date", is_moved=pl.lit(True)
    )
    rows = (
        supplied.with_columns(_exchange=pl.col("exchange").fill_null(""))
        .join(
            moved,
            left_on=["source", "_exchange", "date"],
            right_on=["source", "_exchange", "supplied_date"],
            how="left",
            maintain_order="left",
        )
        .with_columns(date=pl.when("is_moved").then("session").otherwise("date"))
        .filter(pl.col("date").is_not_null())
        .select(*PRICES.schema)
    )
    return rows if _is_alike(days) else rows.unique(PRICES.key, keep="first", maintain_order=True)


def _is_alike(days: PriceDaysFrame) -> bool:
    """Whether all exchanges of each source are redated alike; else a ticker that changes them may have two rows."""
    redated = days.filter(pl.col("date") != pl.col("supplied_date"))
    of_source = redated.group_by("source").agg(pl.col("exchange").unique())
    by_date = redated.group_by("source", "supplied_date").len().join(of_source, on="source")
    is_whole = (pl.col("exchange").list.len() >= _EXCHANGES) | (pl.col("exchange") == [""])
    return bool(by_date.select((is_whole & (pl.col("len") == pl.col("exchange").list.len())).all()).item())
