"""The prices that count between two days, and the dividends that go with them."""

from __future__ import annotations

from datetime import date

import polars as pl

from ..errors import NotFoundError
from ..pipeline import price_sources
from ..prices import selection
from ..store import Store
from ..tables import DIVIDENDS, SOURCES


def load(store: Store, since: date | None = None, until: date | None = None) -> pl.DataFrame:
    """PRICES between two days, both in: one row a ticker and day, the winner's."""
    order = selection.precedence(store.read(SOURCES), price_sources.ranked_names())
    return selection.preferred(store.prices(since, until).collect(), order)


def dividends(store: Store, prices: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """DIVIDENDS, and the tickers of which every dividend is known. Raises NotFoundError where none are loaded."""
    known = store.read(DIVIDENDS)
    reporting = store.prices(prices["date"].min(), prices["date"].max()).filter(pl.col("source") == "yahoo")  # type: ignore[arg-type]
    covered = reporting.select(pl.col("ticker").unique()).collect()["ticker"].to_list()
    if not covered:
        raise NotFoundError(
            "no dividends are loaded: run `tracker prices fetch --source yahoo --symbol DUOT`, or leave out "
            "--total-return"
        )
    return known, covered
