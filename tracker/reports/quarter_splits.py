"""The splits that changes of positions since the quarter before are adjusted for."""

from __future__ import annotations

import polars as pl

from ..quarters import Quarter
from ..store import Store
from ..tables import SPLITS, SplitRatiosFrame, SplitStatus


def ratios(store: Store, quarter: Quarter) -> SplitRatiosFrame:
    """As `Store.split_ratios`, of the tickers that had a split in the quarter; of others no price is read."""
    splits = store.read(SPLITS, status=SplitStatus.USED)
    splits = splits.filter(pl.col("date").is_between(quarter.start, quarter.end))
    prices = store.prices(quarter.start, quarter.end).filter(pl.col("ticker").is_in(splits["ticker"].unique()))
    priced = prices.select(pl.col("ticker").unique()).collect()
    products = splits.group_by("ticker").agg(pl.col("ratio").product().alias("split_ratio"))
    return products.join(priced, on="ticker", how="semi")
