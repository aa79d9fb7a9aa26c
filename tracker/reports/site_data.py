"""What the browsable site needs besides the database file: proof that it is sound, and the newest market caps."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from ..errors import NotFoundError
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store, price_spans
from ..tables import PRICES
from . import price_window


def require_loaded(settings: Settings) -> list[Quarter]:
    """The loaded quarters, oldest first.

    Raises NotFoundError if there is no database, StoreError if it is damaged or of another version.
    """
    if settings.remote:
        settings.remote.fetch_below("editions")
    if not settings.database.is_file():
        raise NotFoundError(
            f"{settings.database} does not exist: run `tracker refresh 2025Q3` first, or `tracker demo --keep DIR` to "
            "look around"
        )
    with Store(settings) as store:
        return store.quarters()


def market_caps(settings: Settings) -> pl.DataFrame:
    """Each ticker's newest market cap, at most 7 days older than the newest of all.

    Columns of PRICES: ticker, date, close, market_cap_usd, exchange.
    """
    columns = ["ticker", "date", "close", "market_cap_usd", "exchange"]
    with Store(settings) as store:
        newest = price_spans(store)["last_capped"].max()  # index funds have none, and later prices
        prices = PRICES.frame()
        if isinstance(newest, date):
            prices = price_window.load(store, newest - timedelta(days=7), newest).prices
    prices = prices.filter(pl.col("market_cap_usd") > 0).sort("ticker", "date")
    return prices.unique("ticker", keep="last", maintain_order=True).select(columns)
