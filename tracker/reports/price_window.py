"""The prices that count between two days, and the dividends that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from ..errors import NotFoundError
from ..pipeline import price_sources
from ..prices import selection
from ..securities import ticker_map
from ..sources import yahoo
from ..store import Store
from ..tables import DIVIDENDS, SOURCES, SPLITS, DividendsFrame, PricesFrame, SecuritiesFrame, SplitsFrame


@dataclass(frozen=True)
class PriceWindow:
    """Prices between two days, both included (one row a ticker and day, from the source that wins), and all splits."""

    prices: PricesFrame
    splits: SplitsFrame

    def follow(self, securities: SecuritiesFrame, named_on: date) -> PriceWindow:
        """The window in which a renamed stock has all its prices under the ticker that it has on `named_on`."""
        return PriceWindow(
            ticker_map.follow(self.prices, securities, named_on), ticker_map.follow(self.splits, securities, named_on)
        )

    def between(self, since: date, until: date) -> PriceWindow:
        """A part of the window."""
        return PriceWindow(self.prices.filter(pl.col("date").is_between(since, until)), self.splits)


def load(store: Store, since: date | None = None, until: date | None = None) -> PriceWindow:
    """The prices in the store between two days; None leaves an end open."""
    prices = selection.preferred(
        store.prices(since, until).collect(), selection.precedence(store.read(SOURCES), price_sources.ranked_names())
    )
    return PriceWindow(prices, store.read(SPLITS))


def dividends(store: Store, prices: PricesFrame) -> tuple[DividendsFrame, list[str]]:
    """All dividends, and the tickers whose dividends are all known. Raises NotFoundError if none are loaded."""
    reporting = store.prices(prices["date"].min(), prices["date"].max()).filter(pl.col("source") == yahoo.SOURCE)  # type: ignore[arg-type]
    covered = reporting.select(pl.col("ticker").unique()).collect()["ticker"].to_list()
    if not covered:
        raise NotFoundError(
            "no dividends are loaded: run `tracker prices fetch --source yahoo --symbol DUOT`, or leave out "
            "--total-return"
        )
    return store.read(DIVIDENDS), covered
