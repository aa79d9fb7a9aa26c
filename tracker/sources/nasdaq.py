"""Nasdaq's stock screener: the day's close and market cap of all issues on Nasdaq, NYSE and NYSE American.

One call per exchange, without a key, undocumented: it may change any day. It gives today's figures only, without ETFs,
and does not state their day. While the session is under way `lastsale` is a trade, not a close. All values are text:

    {"data": {"rows": [{"symbol": "BRK/A", "name": "...", "lastsale": "$5.98", "pctchange": "-3.079%",
      "volume": "10490", "marketCap": "50295538.00", "country": "", "industry": "", "sector": "", ...}]}}

Preferred series, units and warrants have a market cap of zero or none; issues that did not trade have no price.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from ..errors import IncompleteError, SourceError
from ..json_text import parse_json
from ..output import plural
from ..securities import tickers
from ..tables import PRICES, PricesFrame
from . import fetch_log
from .cells import blank_to_null, exchange, with_numbers
from .http import Client
from .price_request import FetchedPrices, PriceRequest

SOURCE = "nasdaq"
EXCHANGES = ("nasdaq", "nyse", "amex")
URL = "https://api.nasdaq.com/api/screener/stocks?tableonly=true&limit=25&offset=0&exchange={}&download=true"
# The host does not answer programs that it does not know.
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
_NUMBERS = ("close", "pct_change", "volume", "market_cap_usd")


@dataclass(frozen=True)
class Screen:
    """The `prices` in answers, and how many rows had no price and were left out."""

    prices: PricesFrame
    without_price: int


def fetch_prices(request: PriceRequest) -> FetchedPrices:
    """Today's prices. Raises SourceError as `fetch` and `read` do."""
    if request.is_under_way:
        request.progress.note(
            "note: the session is under way; these are last prices, not closes: fetch again after 16:00 in New York"
        )
    client = Client(request.settings, progress=request.progress)
    screen = read_screen(fetch(client, request.folder, request.day))
    return FetchedPrices(
        screen.prices, f"{plural(screen.without_price, 'security', 'securities')} without a price left out"
    )


def fetch(client: Client, folder: Path, day: date) -> list[Path]:
    """Save today's answers for the three exchanges, unedited, below `folder` as `<day>/<exchange>.json`.

    `day` is the day that the prices are from; earlier answers for it are replaced. Raises SourceError (IncompleteError
    for an answer that is not the screener's, such as an HTML page).
    """
    paths = []
    for name in EXCHANGES:
        path, url = folder / day.isoformat() / f"{name}.json", URL.format(name)
        answer = client.ask(url, headers=HEADERS, check=partial(_check, name=name))
        fetch_log.keep(path, answer.body, source="nasdaq screener", url=url, fetched_at=answer.fetched_at)
        paths.append(path)
    return paths


def read(paths: Iterable[Path]) -> PricesFrame:
    """Prices in saved answers, as `read_screen` reads them."""
    return read_screen(paths).prices


def read_screen(paths: Iterable[Path]) -> Screen:
    """Prices in saved answers, `<day>/<exchange>.json`; the day and the exchange are read from the path.

    Of a ticker that two exchanges list on one day the row of the first path is used. Raises SourceError for an answer
    that is not the screener's, lacks a column, or has a value that is not a number.
    """
    parts, without_price = [PRICES.frame()], 0
    for path in paths:
        prices, dropped = _read(path)
        parts.append(prices)
        without_price += dropped
    prices = pl.concat(parts).unique(["ticker", "date"], keep="first", maintain_order=True)
    return Screen(prices.sort("ticker", "date"), without_price)


def _read(path: Path) -> tuple[PricesFrame, int]:
    """The prices in one answer, and how many rows had none."""
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
        raise SourceError(f"{path}: the screener's answer has no {', '.join(missing)}; its form seems to have changed")
    try:
        schema = dict.fromkeys(_COLUMNS, pl.String())
        text = pl.DataFrame([[row.get(name) for row in rows] for name in _COLUMNS], schema=schema, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"{path}: the screener's answer has a value that is not text: {error}") from None
    issues, problem = with_numbers(blank_to_null(text.rename(_COLUMNS)), _NUMBERS)
    if problem:
        raise SourceError(f"{path}: {problem}")
    prices = issues.filter(pl.col("close") > 0, pl.col("ticker").is_not_null()).with_columns(
        tickers.normalise(pl.col("ticker")),
        exchange(pl.lit(path.stem)).alias("exchange"),
        market_cap_usd=pl.when(pl.col("market_cap_usd") > 0).then(pl.col("market_cap_usd")),
        date=pl.lit(day),
        is_adjusted=pl.lit(False),
        source=pl.lit(SOURCE),
    )
    return PRICES.fit(prices), issues.height - prices.height


def _check(body: bytes, name: str) -> None:
    try:
        _rows(body, name)
    except SourceError as error:
        raise IncompleteError(str(error)) from None


def _rows(body: bytes, name: str) -> list[dict[str, str | None]]:
    """The rows of an answer; SourceError describes what it is instead."""
    start = body.lstrip()[:1]
    if start == b"<":
        raise SourceError(f"{name}: the screener answered with an HTML page; try again later")
    if not start:
        raise SourceError(f"{name}: the screener's answer is empty; try again later")
    try:
        content = parse_json(body)
    except ValueError as error:
        raise SourceError(f"{name}: the screener's answer is cut off or not JSON: {error}") from None
    data = content.get("data") if isinstance(content, dict) else None
    rows = data.get("rows") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        message = content.get("message") or content.get("status") if isinstance(content, dict) else None
        raise SourceError(f"{name}: the screener's answer has no data.rows" + (f": {message}" if message else ""))
    if not rows:
        raise SourceError(f"{name}: the screener's answer has no rows")
    return rows
