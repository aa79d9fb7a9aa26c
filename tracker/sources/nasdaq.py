"""Nasdaq's stock screener: the day's close and market cap of all issues on Nasdaq, NYSE and NYSE American.

One call an exchange, without a key, undocumented: it can change any day. It answers today's figures only, no ETFs, and
does not say which day they are from; `trading_day` does. Before 16:00 in New York `lastsale` is a trade, not a close:
fetch after it. All values are text:

    {"data": {"rows": [{"symbol": "BRK/A", "name": "...", "lastsale": "$5.98", "pctchange": "-3.079%",
      "volume": "10490", "marketCap": "50295538.00", "country": "", "industry": "", "sector": "", ...}]}}

Preferred series, units and warrants have a market cap of 0 or none; issues without a trade have no price.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import polars as pl

from .. import symbols
from ..errors import IncompleteError, SourceError
from ..settings import Settings
from ..tables import PRICES
from .price_files import exchange, is_empty, number

SOURCE = "nasdaq"
EXCHANGES = ("nasdaq", "nyse", "amex")
URL = "https://api.nasdaq.com/api/screener/stocks?tableonly=true&limit=25&offset=0&exchange={}&download=true"
# The host leaves requests of unknown programs without an answer.
HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
    "Accept": "application/json, text/plain, */*",
    "Accept-Language": "en-US,en;q=0.9",
}
_CLOSE = time(16)
_COLUMNS = {
    "symbol": "ticker",
    "name": "name",
    "lastsale": "close",
    "pctchange": "pct_change",
    "volume": "volume",
    "marketCap": "market_cap_usd",
    "country": "country",
    "industry": "industry",
    "sector": "sector",
}


class _Saver(Protocol):
    """The part of `http.Client` that is used here."""

    def get(self, url: str, *, headers: dict[str, str]) -> bytes: ...


@dataclass(frozen=True)
class Screen:
    """What answers say: `prices` (tables.PRICES), and how many rows had no price and were left out."""

    prices: pl.DataFrame
    without_price: int
