"""Finviz Elite: an export of its screener, downloaded by hand or from the export address with a token.

Columns are read by name: columns that a person did not choose are silently missing from the export. Market cap,
shares outstanding and average volume are in millions, millions and thousands; `Volume` is in shares; percentages carry
`%`; an empty cell is missing; an ETF has no market cap. The export does not say which day it is from: prices are the
last trade's, so the day is the one it was downloaded on (or, before the open, the session before).

    "No.","Ticker","Company","Sector","Industry","Country","Market Cap",...,"Volume","Price","Change"
    1,"A","Agilent Technologies Inc","Healthcare","Diagnostics & Research","USA",33834.95,...,5355,119.11,0.00%

https://elite.finviz.com/export.ashx needs a paid account's token (`FINVIZ_TOKEN`). Every tool of Finviz's terms holds:
for personal use, not to be passed on.
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
from ..tables import PRICES
from . import fetch_log
from .cells import exchange, is_empty, number
from .http import Client

SOURCE = "finviz"
# 1 ticker, 2 company, 3 sector, 4 industry, 5 country, 6 market cap, 47 performance YTD, 65 price, 66 change, 67 volume
COLUMNS = "1,2,3,4,5,6,47,65,66,67,129"
FILTER = "cap_micro"
URL = "https://elite.finviz.com/export.ashx"
_NEEDED = {"Ticker": "ticker", "Market Cap": "market_cap_usd", "Price": "close"}
_TAKEN = {
    "Company": "name",
    "Sector": "sector",
    "Industry": "industry",
    "Country": "country",
    "Exchange": "exchange",
    "Volume": "volume",
    "Change": "pct_change",
}
_NUMBERS = ("close", "market_cap_usd", "volume", "pct_change")
# Headings of the same column, in the export of the classic screener and in the one of the address.
PERFORMANCE = {
    "month": ("Performance (Month)", "Perf Month"),
    "quarter": ("Performance (Quarter)", "Perf Quart"),
    "year to date": ("Performance (YTD)", "Performance (Year To Date)", "Perf YTD"),
    "year": ("Performance (Year)", "Perf Year"),
}


def fetch(client: Client, settings: Settings, day: date) -> list[Path]:
    """Save today's export of the micro-caps, unedited, as `filings/finviz/<day>.csv`.

    Raises SettingError without a token; SourceError where the answer is none (a login page where the token is wrong).
    The token never stands in what is stored or told.
    """
    token = settings.finviz_token
    if not token:
        raise SettingError("Finviz needs a token: set FINVIZ_TOKEN to that of your Elite account (Settings, API)")
    shown = f"{URL}?{urlencode({'v': 152, 'c': COLUMNS, 'f': FILTER})}"
    path = settings.filings / "finviz" / f"{day.isoformat()}.csv"
    try:
        client.save(f"{shown}&{urlencode({'auth': token})}", path, check=_check)
    except SourceError as error:
        told = str(error).replace(token, "...").replace(urlencode({"": token})[1:], "...")
        hint = "; Finviz limits exports: try again in some minutes" if "429" in told else ""
        raise type(error)(told + hint) from None
    fetch_log.record(path, source="finviz export", url=shown)
    return [path]


def is_export(path: Path) -> bool:
    """Whether the file looks like an export: a csv with Finviz's headings and without a date."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            names = {name.strip().strip('"') for name in file.readline().split(",")}
    except (OSError, UnicodeDecodeError):
        return False
    return {"Ticker", "Price"} <= names and bool(names & {"No.", "Company", "Market Cap"}) and "Date" not in names


def read(path: Path, day: date, source: str = SOURCE) -> pl.DataFrame:
    """Prices in an export (tables.PRICES), dated `day`; rows without a price are left out.

    Raises InputError for a file that is no export, lacks a column, or holds a value that is no number.
    """
    text = _text(path)
    absent = [name for name in _NEEDED if name not in text.columns]
    if absent:
        raise InputError(
            f"{path}: no column {' and none '.join(repr(name) for name in absent)}; choose it in Finviz (view Custom) "
            f"and export again; the file has {', '.join(text.columns[:12])}"
        )
    renamed = {theirs: ours for theirs, ours in {**_NEEDED, **_TAKEN}.items() if theirs in text.columns}
    raw = text.select(pl.col(theirs).alias(ours) for theirs, ours in renamed.items())
    chosen = raw.with_columns(number(pl.col(name)).alias(name) for name in _NUMBERS if name in raw.columns)
    for name in _NUMBERS:
        wrong = raw.filter(chosen[name].is_null() & raw[name].is_not_null()) if name in raw.columns else raw.clear()
        if wrong.height:
            shown = ", ".join(f"{row['ticker']}: {row[name]!r}" for row in wrong.head(3).iter_rows(named=True))
            raise InputError(f"{path}: {wrong.height} values of {name} are no numbers ({shown}); nothing was taken")
    cap = pl.col("market_cap_usd")
    known = chosen.filter(pl.col("close") > 0).with_columns(
        tickers.normalise(pl.col("ticker")),
        market_cap_usd=pl.when(cap > 0).then(cap * 1e6),
        date=pl.lit(day),
        is_adjusted=pl.lit(False),
        source=pl.lit(source),
    )
    if "exchange" in known.columns:
        known = known.with_columns(exchange(pl.col("exchange")))
    return PRICES.fit(known.filter(pl.col("ticker").is_not_null())).unique(
        ["ticker"], keep="first", maintain_order=True
    )


def read_performance(path: Path, window: str) -> pl.DataFrame:
    """Finviz's own performance column of an export: columns ticker, finviz_pct.

    `window` is one of PERFORMANCE. The columns of a quarter and longer are not adjusted for every split. Raises
    InputError where the export does not have it.
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
    # two columns of one name would be told apart by a suffix: the first counts
    stripped = text.with_columns(pl.col(pl.String).str.strip_chars())
    return stripped.with_columns(pl.when(~is_empty(pl.col(pl.String))).then(pl.col(pl.String)).name.keep())


def _check(body: bytes) -> None:
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if not start:
        raise IncompleteError("Finviz's answer is empty; try again later")
    if start.startswith(b"<"):
        raise IncompleteError("Finviz answered with an HTML page instead of an export: is the token right, and Elite?")
    if b"ticker" not in start:
        raise IncompleteError("this is no export of Finviz: its first line does not name a Ticker")
