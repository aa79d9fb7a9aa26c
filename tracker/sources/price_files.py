"""Price files that the user brings: csv or parquet, one row per symbol and day, in dollars.

Needed columns: date, symbol (or ticker), close. Used if present: market cap, volume, the day's change in percent,
exchange, name, sector, industry, country. Case, blanks, underscores, `%` and other marks do not matter in names, so
`Market Cap`, `market_cap_usd` and `MarketCap` are the same column; other columns are ignored, among them Yahoo's
`Adj Close`, which includes dividends.

Dates are written as `written_days` states; in parquet they may be dates and times, too. None is after today.
Numbers as text may be `$5.98`, `1,234.5`, `12.3%`, `1.2e6`. Closes are above zero. Empty optional cells, `NA`, `N/A`,
`-` and a market cap of zero are null. A csv file is UTF-8 (with or without a byte order mark), separated by commas,
semicolons or tabs; lines without any value are ignored.

A file is imported all or nothing.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from ..securities import tickers
from ..tables import PRICES, PricesFrame
from . import user_files
from .cells import exchange, is_empty, number
from .written_days import DayOrder, order_of, parse_day, require_past

NAMES = {
    "date": ("date", "day", "tradingday", "tradedate", "timestamp"),
    "ticker": ("ticker", "symbol"),
    "close": ("close", "closeusd", "closingprice", "price", "priceusd", "lastsale"),
    "market_cap_usd": ("marketcap", "marketcapusd", "marketcapitalization", "mktcap", "cap"),
    "volume": ("volume", "vol"),
    "pct_change": ("pctchange", "pctchg", "percentchange", "changepct", "changepercent", "changeinpercent"),
    "exchange": ("exchange",),
    "name": ("name", "company", "companyname", "securityname"),
    "sector": ("sector",),
    "industry": ("industry",),
    "country": ("country",),
}
_NEEDED = ("date", "ticker", "close")
_NUMBERS = ("close", "market_cap_usd", "volume", "pct_change")


def source_of(path: Path) -> str:
    """The value of the column source for prices of a file that the user brings."""
    return f"file:{path.name}"


def read(
    path: Path,
    source: str | None = None,
    *,
    is_adjusted: bool = False,
    symbol: str | None = None,
    day: date | None = None,
    order: DayOrder | None = None,
    today: date | None = None,
) -> PricesFrame:
    """Prices in the file at `path`, sorted by ticker and date.

    `source` is their source, by default `file:` and the file's name. `is_adjusted` marks closes that are adjusted for
    splits. `symbol` and `day` stand in for a column that the file lacks. `order` is how
    days such as 03/01/2025 are meant, needed if the file does not show it; `today` is by default that of the clock. Of
    rows that appear twice one is used.

    Raises InputError for a file that is missing, unreadable, empty or without a needed column, and for rows with a bad
    date, no symbol, an unreadable number, a close that is not above zero, or two closes for one symbol and day; it
    names the row (the line of a csv file, the row of a parquet file, from 1) and the column.
    """
    raw, first = user_files.load(path)
    raw = user_files.with_constants(path, raw, NAMES, {"ticker": symbol, "date": day.isoformat() if day else None})
    columns = user_files.find_columns(path, raw.columns, NAMES, _NEEDED, options=True)
    chosen = raw.lazy().select(pl.col(theirs).alias(ours) for ours, theirs in columns.items())
    order = order_of(path, raw[columns["date"]], order)
    parsed = {ours: _parsed(ours, raw.schema[theirs], order) for ours, theirs in columns.items()}
    rows = (
        chosen.with_row_index("row", first)
        .filter(~pl.all_horizontal(pl.col(*columns).is_null()))
        .with_columns(
            *(expression.alias(name) for name, (expression, _) in parsed.items()),
            *(bad.fill_null(True).alias(f"bad_{name}") for name, (_, bad) in parsed.items()),
        )
        .collect()
    )
    wrong = rows.filter(pl.any_horizontal(pl.col(f"bad_{name}") for name in columns))
    if not wrong.is_empty():
        cells = [
            f"row {row['row']}, column {theirs!r}: {user_files.shown(raw[row['row'] - first, theirs])}"
            for row in wrong.head(user_files.SHOWN).iter_rows(named=True)
            for name, theirs in columns.items()
            if row[f"bad_{name}"]
        ]
        raise user_files.refusal(path, wrong.height, cells)
    require_past(path, rows, today or date.today())
    prices = PRICES.fit(
        rows.with_columns(
            pl.lit(source or source_of(path)).alias("source"), pl.lit(is_adjusted).alias("is_adjusted")
        ).drop("row")
    )
    return _without_repeats(path, prices, rows["row"], raw[columns["close"]], first)


def _without_repeats(path: Path, prices: PricesFrame, row: pl.Series, closes: pl.Series, first: int) -> PricesFrame:
    """`prices` sorted, one row per (ticker, date); refuses two closes for one. `closes` are the file's own cells."""
    ordered = prices.with_columns(row).sort("ticker", "date", "row")
    again = (pl.col("ticker") == pl.col("ticker").shift()) & (pl.col("date") == pl.col("date").shift())
    repeats = ordered.with_columns(
        again=again.fill_null(False), earlier_close=pl.col("close").shift(), earlier=pl.col("row").shift()
    ).filter("again")
    if repeats.is_empty():
        return prices if ordered["row"].is_sorted() else ordered.drop("row")
    clashes = repeats.filter(pl.col("close") != pl.col("earlier_close")).sort("row")
    if not clashes.is_empty():
        cells = [
            f"row {item['row']}, column {closes.name!r}: {closes[item['row'] - first]!r} for {item['ticker']} on "
            f"{item['date']}, but {item['earlier_close']} in row {item['earlier']}"
            for item in clashes.head(user_files.SHOWN).iter_rows(named=True)
        ]
        raise user_files.refusal(path, clashes.height, cells)
    return ordered.drop("row").unique(["ticker", "date"], keep="first", maintain_order=True)


def _parsed(name: str, dtype: pl.DataType, order: DayOrder) -> tuple[pl.Expr, pl.Expr]:
    """How to parse our column `name` from values of `dtype`, and when a value is unreadable."""
    given = pl.col(name)
    text = given.cast(pl.String) if dtype != pl.String else given
    if name == "date":
        value = parse_day(given, dtype, order)
        return value, value.is_null()
    if name == "ticker":
        value = tickers.normalise(text)
        return value, value.is_null()
    if name == "exchange":
        return exchange(text), pl.lit(False)
    if name not in _NUMBERS:
        stripped = text.str.strip_chars()
        return pl.when(stripped != "").then(stripped), pl.lit(False)
    if dtype.is_numeric():
        value, empty = given.cast(pl.Float64), given.is_null() | given.cast(pl.Float64).is_nan()
        value = pl.when(value.is_finite()).then(value)
    else:
        value, empty = number(text), text.is_null() | is_empty(text).fill_null(True)
    if name == "close":
        return value, value.is_null() | (value <= 0)
    bad = value.is_null() & ~empty
    if name == "market_cap_usd":
        return pl.when(value > 0).then(value), bad | (value.fill_null(0) < 0)
    if name == "volume":
        return value, bad | (value.fill_null(0) < 0)
    return value, bad
