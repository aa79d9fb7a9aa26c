"""The splits that changes of positions since the quarter before are adjusted for."""

from __future__ import annotations

import polars as pl

from ..quarters import Quarter
from ..store import Store, price_spans
from ..tables import SPLITS, SplitRatiosFrame, SplitStatus


def ratios(store: Store, quarter: Quarter) -> SplitRatiosFrame:
    """As `Store.split_ratios`, of the tickers that had a split in the quarter; no prices are read.

    A ticker has prices in the quarter if its closes begin before the quarter's end and end after its start.
    """
    splits = store.read(SPLITS, status=SplitStatus.USED)
    splits = splits.filter(pl.col("date").is_between(quarter.start, quarter.end))
    if splits.is_empty():
        return splits.select("ticker", pl.col("ratio").alias("split_ratio"))
    spans = price_spans(store)
    priced = spans.filter(pl.col("first_date") <= quarter.end, pl.col("last_date") >= quarter.start)
    products = splits.group_by("ticker").agg(pl.col("ratio").product().alias("split_ratio"))
    return products.join(priced, on="ticker", how="semi")
