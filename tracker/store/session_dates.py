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
    sessions = {
        part: dict(rows.select("supplied_date", "date").iter_rows())
        for part, rows in days.partition_by("source", "exchange", as_dict=True).items()
    }
    given, session = pl.col("date"), pl.col("date")
    for (source, exchange), moved in sessions.items():
        is_here = (pl.col("source") == source) & (pl.col("exchange").fill_null("") == exchange)
        session = pl.when(is_here).then(given.replace(moved)).otherwise(session)
    rows = supplied.with_columns(date=session).filter(pl.col("date").is_not_null())
    # then a ticker that changes exchanges may have two rows for one session
    redated = days.filter(pl.col("date") != pl.col("supplied_date")).group_by("source", "supplied_date", "date").len()
    is_alike = redated.join(days.group_by("source").agg(pl.col("exchange").n_unique()), on="source")
    if (is_alike["len"] == is_alike["exchange"]).all():
        return rows
    return rows.unique(PRICES.key, keep="first")
