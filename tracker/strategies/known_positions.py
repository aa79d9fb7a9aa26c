"""What hedge funds held on a day, as far as candidates are made from it."""

from __future__ import annotations

import polars as pl

from ..securities import ticker_map
from ..tables import POSITIONS, HoldingsFrame, ManagersFrame, PositionsFrame, SecuritiesFrame


def held(holdings: HoldingsFrame, managers: ManagersFrame, securities: SecuritiesFrame) -> PositionsFrame:
    """POSITIONS of the hedge funds among `managers`, in the order of `holdings` and without their parts of the book.

    As `holder_counts.positions` makes them, whose sorting and sums take most of its time.
    """
    funds = managers.filter("is_hedge_fund").select("cik", "manager_name", "family")
    is_held = (pl.col("shares") > 0) | (pl.col("shares").is_null() & (pl.col("value_usd") > 0))
    held = holdings.filter(is_held).join(funds, on="cik", how="inner", validate="m:1", maintain_order="left")
    tickers = ticker_map.tickers(holdings, securities)
    return POSITIONS.fit(held.join(tickers, on="cusip", how="left", validate="m:1", maintain_order="left"))
