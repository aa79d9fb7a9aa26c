"""Finviz Elite: an export of its screener, downloaded by hand or from the export address with a token.

Columns are found by name: those that the user did not choose are silently missing from the export. Market caps and
shares outstanding are in millions, average volume is in thousands, `Volume` in shares; percentages end in `%`; an empty
cell is a missing value; an ETF has no market cap. The export does not state its day: prices are those of the last
trade, so it is the day of the download (or, before the open, the session before).

    "No.","Ticker","Company","Sector","Industry","Country","Market Cap",...,"Volume","Price","Change"
    1,"A","Agilent Technologies Inc","Healthcare","Diagnostics & Research","USA",33834.95,...,5355,119.11,0.00%

https://elite.finviz.com/export.ashx needs a paid account's token (`FINVIZ_TOKEN`). Finviz's terms apply: for personal
use, not to be passed on.
"""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import polars as pl

from ..errors import IncompleteError, InputError, SettingError, SourceError
from ..securities import tickers
from ..settings import Settings
from ..tables import PRICES, PricesFrame
from . import fetch_log
from .cells import blank_to_null, exchange, number, with_numbers
from .http import Client
from .price_request import FetchedPrices, PriceRequest

SOURCE = "finviz"
# 1 ticker, 2 company, 3 sector, 4 industry, 5 country, 6 market cap, 47 performance YTD, 65 price, 66 change, 67 volume
COLUMNS = "1,2,3,4,5,6,47,65,66,67,129"
FILTER = "cap_micro"
URL = "https://elite.finviz.com/export.ashx"
_NEEDED = {"Ticker": "ticker", "Market Cap": "market_cap_usd", "Price": "close"}
_OPTIONAL = {
    "Company": "name",
    "Sector": "sector",
    "Industry": "industry",
    "Country": "country",
    "Exchange": "exchange",
    "Volume": "volume",
    "Change": "pct_change",
}
_NUMBERS = ("close", "market_cap_usd", "volume", "pct_change")
# Headings of the same column in exports of the classic screener and of the address.
PERFORMANCE = {
    "month": ("Performance (Month)", "Perf Month"),
    "quarter": ("Performance (Quarter)", "Perf Quart"),
    "year to date": ("Performance (YTD)", "Performance (Year To Date)", "Perf YTD"),
    "year": ("Performance (Year)", "Perf Year"),
}


def fetch_prices(request: PriceRequest) -> FetchedPrices:
    """Today's prices of the micro-caps. Raises as `fetch` does."""
    client = Client(request.settings, progress=request.progress)
    return FetchedPrices(read(fetch(client, request.settings, request.folder, request.day), request.day))


def fetch(client: Client, settings: Settings, folder: Path, day: date) -> Path:
    """Save today's export of the micro-caps, unedited, below `folder` as `<day>.csv`.

    Raises SettingError without a token; SourceError if the answer is not an export (with a wrong token it is a login
    page). The token appears neither in what is stored nor in messages.
    """
    token = settings.finviz_token
    if not token:
        raise SettingError("Finviz needs a token: set FINVIZ_TOKEN to that of your Elite account (Settings, API)")
    shown = f"{URL}?{urlencode({'v': 152, 'c': COLUMNS, 'f': FILTER})}"
    path = folder / f"{day.isoformat()}.csv"
    try:
        answer = client.ask(f"{shown}&{urlencode({'auth': token})}", check=_check)
    except SourceError as error:
        message = str(error).replace(token, "...").replace(urlencode({"": token})[1:], "...")
        hint = "; Finviz limits exports: try again in a few minutes" if "429" in message else ""
        raise type(error)(message + hint) from None
    fetch_log.keep(path, answer.body, source="finviz export", url=shown, fetched_at=answer.fetched_at)
    return path


def is_export(path: Path) -> bool:
    """Whether the file looks like an export: a csv with Finviz's headings and without a date."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            names = {name.strip().strip('"') for name in file.readline().split(",")}
    except (OSError, UnicodeDecodeError):
        return False
    return {"Ticker", "Price"} <= names and bool(names & {"No.", "Company", "Market Cap"}) and "Date" not in names


def read(path: Path, day: date, source: str = SOURCE) -> PricesFrame:
    """Prices in an export, dated `day`; rows without a price are left out.

    Raises InputError for a file that is not an export, lacks a column, or has a value that is not a number.
    """
    text = _text(path)
    absent = [name for name in _NEEDED if name not in text.columns]
    if absent:
        raise InputError(
            f"{path}: no column {' or '.join(repr(name) for name in absent)}; choose it in Finviz (view Custom) "
            f"and export again; the file has {', '.join(text.columns[:12])}"
        )
    renamed = {theirs: ours for theirs, ours in {**_NEEDED, **_OPTIONAL}.items() if theirs in text.columns}
    chosen = text.select(pl.col(theirs).alias(ours) for theirs, ours in renamed.items())
    issues, problem = with_numbers(chosen, _NUMBERS)
    if problem:
        raise InputError(f"{path}: {problem}; nothing was imported")
    cap = pl.col("market_cap_usd")
    prices = issues.filter(pl.col("close") > 0).with_columns(
        tickers.normalise(pl.col("ticker")),
        market_cap_usd=pl.when(cap > 0).then(cap * 1e6),
        date=pl.lit(day),
        is_adjusted=pl.lit(False),
        source=pl.lit(source),
    )
    if "exchange" in prices.columns:
        prices = prices.with_columns(exchange(pl.col("exchange")))
    return PRICES.fit(prices.filter(pl.col("ticker").is_not_null())).unique(
        ["ticker"], keep="first", maintain_order=True
    )


def read_performance(path: Path, window: str) -> pl.DataFrame:
    """Finviz's own performance column of an export: columns ticker, finviz_pct.

    `window` is one of PERFORMANCE. Those of a quarter and longer are not adjusted for every split. Raises InputError if
    the export lacks the column.
    """
    text = _text(path)
    names = [name for name in PERFORMANCE[window] if name in text.columns]
    if not names:
        raise InputError(f"{path}: no column {' or '.join(PERFORMANCE[window])}; choose it in Finviz and export again")
    return text.select(
        tickers.normalise(pl.col("Ticker")).alias("ticker"), number(pl.col(names[0])).alias("finviz_pct")
    )


def _text(path: Path) -> pl.DataFrame:
    try:
        data = path.read_bytes()
        _check(data)
        text = pl.read_csv(io.BytesIO(data.removeprefix(b"\xef\xbb\xbf")), infer_schema=False)
    except SourceError as error:
        raise InputError(f"{path}: {error}") from None
    except (OSError, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{path}: not readable: {str(error).splitlines()[0]}") from None
    # polars adds a suffix to a repeated name, so the first of two columns counts
    return blank_to_null(text)


def _check(body: bytes) -> None:
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if not start:
        raise IncompleteError("Finviz's answer is empty; try again later")
    if start.startswith(b"<"):
        raise IncompleteError("Finviz answered with an HTML page instead of an export: is the token right, and Elite?")
    if b"ticker" not in start:
        raise IncompleteError("this is not an export of Finviz: its first line has no Ticker")
