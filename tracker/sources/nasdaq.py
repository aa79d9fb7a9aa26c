"""Nasdaq's stock screener: the day's close and market cap of all issues on Nasdaq, NYSE and NYSE American.

One call an exchange, without a key, undocumented: it can change any day. It answers today's figures only, no ETFs, and
does not say which day they are from; `trading_day` does. Before 16:00 in New York `lastsale` is a trade, not a close:
fetch after it (`is_session`). All values are text:

    {"data": {"rows": [{"symbol": "BRK/A", "name": "...", "lastsale": "$5.98", "pctchange": "-3.079%",
      "volume": "10490", "marketCap": "50295538.00", "country": "", "industry": "", "sector": "", ...}]}}

Preferred series, units and warrants have a market cap of 0 or none; issues without a trade have no price.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from ..errors import IncompleteError, SourceError
from ..securities import tickers
from ..settings import Settings
from ..tables import PRICES
from . import fetch_log
from .cells import exchange, is_empty, number
from .http import Client

SOURCE = "nasdaq"
EXCHANGES = ("nasdaq", "nyse", "amex")
URL = "https://api.nasdaq.com/api/screener/stocks?tableonly=true&limit=25&offset=0&exchange={}&download=true"
# The host leaves requests of unknown programs without an answer.
HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
    "Accept": "application/json, text/plain, */*",
    "Accept-Language": "en-US,en;q=0.9",
}
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


@dataclass(frozen=True)
class Screen:
    """What answers say: `prices` (tables.PRICES), and how many rows had no price and were left out."""

    prices: pl.DataFrame
    without_price: int


def fetch(client: Client, settings: Settings, day: date) -> list[Path]:
    """Save today's answers for the three exchanges, unedited, as `filings/nasdaq/<day>/<exchange>.json`.

    `day` is what `trading_day` says; answers of the same day are replaced. Raises SourceError (IncompleteError for
    an answer that is not the screener's, such as an HTML page).
    """
    paths = []
    for name in EXCHANGES:
        path, url = settings.filings / "nasdaq" / day.isoformat() / f"{name}.json", URL.format(name)
        client.save(url, path, headers=HEADERS, check=partial(_check, name=name))
        fetch_log.record(path, source="nasdaq screener", url=url)
        paths.append(path)
    return paths


def read(paths: Iterable[Path]) -> pl.DataFrame:
    """Prices in saved answers (tables.PRICES, source `nasdaq`), as `read_screen` tells."""
    return read_screen(paths).prices


def read_screen(paths: Iterable[Path]) -> Screen:
    """Prices in saved answers, `<day>/<exchange>.json`: the day and the exchange are read from the path.

    Raises SourceError for an answer that is not the screener's, lacks a column, or holds a value that is no number.
    A ticker that two exchanges answer on one day is taken once, from the first path.
    """
    frames, without_price = [PRICES.frame()], 0
    for path in paths:
        frame, dropped = _read(path)
        frames.append(frame)
        without_price += dropped
    prices = pl.concat(frames).unique(["ticker", "date"], keep="first", maintain_order=True)
    return Screen(prices.sort("ticker", "date"), without_price)


def _read(path: Path) -> tuple[pl.DataFrame, int]:
    try:
        day = date.fromisoformat(path.parent.name)
    except ValueError:
        raise SourceError(f"{path}: its folder is not named after a day") from None
    try:
        rows = _rows(path.read_bytes(), path.name)
    except OSError as error:
        raise SourceError(f"{path}: not readable: {error.strerror}") from None
    missing = sorted(set(_COLUMNS) - set(rows[0]))
    if missing:
        raise SourceError(f"{path}: the screener's answer has no {', '.join(missing)}; it seems to have changed")
    try:
        schema = dict.fromkeys(_COLUMNS, pl.String())
        text = pl.DataFrame([[row.get(name) for row in rows] for name in _COLUMNS], schema=schema, strict=True)
    except (TypeError, AttributeError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"{path}: the screener's answer holds a value that is no text: {error}") from None
    text = text.rename(_COLUMNS).with_columns(pl.col(pl.String).str.strip_chars()).with_columns(
        pl.when(~is_empty(pl.col(pl.String))).then(pl.col(pl.String)).name.keep()
    )  # fmt: skip
    numbers = ("close", "pct_change", "volume", "market_cap_usd")
    prices = text.with_columns(number(pl.col(name)) for name in numbers)
    for name in numbers:
        wrong = text.filter(prices[name].is_null() & text[name].is_not_null())
        if not wrong.is_empty():
            shown = ", ".join(f"{row['ticker']}: {row[name]!r}" for row in wrong.head(3).iter_rows(named=True))
            raise SourceError(f"{path}: {wrong.height} values of {name} are no numbers ({shown})")
    priced = prices.filter(pl.col("close") > 0, pl.col("ticker").is_not_null())
    frame = priced.with_columns(
        tickers.normalise(pl.col("ticker")),
        exchange(pl.lit(path.stem)).alias("exchange"),
        market_cap_usd=pl.when(pl.col("market_cap_usd") > 0).then(pl.col("market_cap_usd")),
        date=pl.lit(day),
        is_adjusted=pl.lit(False),
        source=pl.lit(SOURCE),
    )
    return PRICES.fit(frame), prices.height - priced.height


def _check(body: bytes, name: str) -> None:
    try:
        _rows(body, name)
    except SourceError as error:
        raise IncompleteError(str(error)) from None


def _rows(body: bytes, name: str) -> list[dict[str, str | None]]:
    """The rows of an answer; SourceError says what it is instead."""
    start = body.lstrip()[:1]
    if start == b"<":
        raise SourceError(f"{name}: the screener answered with an HTML page; try again later")
    if not start:
        raise SourceError(f"{name}: the screener's answer is empty; try again later")
    try:
        content = json.loads(body)
    except ValueError as error:
        raise SourceError(f"{name}: the screener's answer is not whole or not JSON: {error}") from None
    rows = (content.get("data") or {}).get("rows") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        said = content.get("message") or content.get("status") if isinstance(content, dict) else None
        raise SourceError(f"{name}: the screener's answer has no data.rows" + (f"; it says {said}" if said else ""))
    if not rows:
        raise SourceError(f"{name}: the screener's answer has no rows")
    return rows
