"""What the browsable site needs beside the database: that it is sound, and the newest market caps."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from ..errors import NotFoundError
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store
from ..tables import PRICES
from . import price_window


def require_loaded(settings: Settings) -> list[Quarter]:
    """Quarters that are loaded, oldest first.

    Raises NotFoundError where there is no database, StoreError where it is damaged or of another version.
    """
    if not settings.database.is_file():
        raise NotFoundError(
            f"{settings.database} is not there: run `tracker refresh 2025Q3` first, or `tracker demo --keep DIR` to "
            "look around"
        )
    with Store(settings) as store:
        return store.quarters()


def market_caps(settings: Settings) -> pl.DataFrame:
    """Each ticker's newest market cap, at most 7 days older than the newest price: PRICES' columns ticker, date,
    close, market_cap_usd, exchange."""
    columns = ["ticker", "date", "close", "market_cap_usd", "exchange"]
    with Store(settings) as store:
        newest = store.prices().select(pl.col("date").max()).collect().item()
        prices = price_window.load(store, newest - timedelta(days=7), newest).prices if newest else PRICES.frame()
    known = prices.filter(pl.col("market_cap_usd") > 0).sort("ticker", "date")
    return known.unique("ticker", keep="last", maintain_order=True).select(columns)
