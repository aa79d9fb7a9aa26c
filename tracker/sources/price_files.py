"""Price files that the user brings: csv or parquet, one row a symbol and day, in dollars.

Needed columns: date, symbol (or ticker), close. Taken where present: market cap, volume, the day's change in percent,
exchange, name, sector, industry, country. Names are matched without regard to case, blanks, underscores, `%` and
other marks, so `Market Cap`, `market_cap_usd` and `MarketCap` are the same column; others are left alone.

Dates are `2025-01-03`, `20250103`, `2025-01-03T16:00:00` or American `01/03/2025`; in parquet also dates and times.
Text may write numbers as `$5.98`, `1,234.5`, `12.3%`, `1.2e6`. Closes are above zero. Empty optional cells, `NA`,
`N/A`, `-` and a market cap of zero are null. A csv file is UTF-8 (a byte order mark is fine), with commas, semicolons
or tabs; lines without any value are passed over.

A file is taken as a whole or not at all. Yahoo's `Adj Close` has dividends in it and is left alone.

Splits come as csv with ticker (or symbol), date (the first day at the new price) and ratio: new shares for one old
share as a number (0.1), or in words, `1-for-10`, `10-for-1`, `3:2` (new shares first). A ratio of 1 says that there
was no split, and settles a jump that is held back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

import polars as pl

from ..errors import InputError
from ..securities import tickers
from ..tables import PRICES, SPLITS
from .cells import exchange, is_empty, number

_NAMES = {
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
_SPLIT_NEEDED = ("date", "ticker", "ratio")
_SAID = {"ticker": "symbol (or ticker)"}
_CONSTANTS = {"symbol (or ticker)": "--symbol IWM", "date": "--on 2025-08-20"}
_HASH = 13  # kept files begin with 12 digits of their hash and a dash
_NUMBERS = ("close", "market_cap_usd", "volume", "pct_change")
_SHOWN = 5


def read(
    path: Path,
    source: str | None = None,
    *,
    is_adjusted: bool = False,
    symbol: str | None = None,
    day: date | None = None,
) -> pl.DataFrame:
    """Prices in the file at `path` (tables.PRICES, sorted by ticker and date).

    `source` names them, `file:` and the file's name by default. `is_adjusted` tells that its closes are adjusted
    for splits. `symbol` and `day` stand for a column that the file lacks. Same rows twice are taken once.

    Raises InputError for a file that is missing, unreadable, empty or without a needed column, and for rows with
    a bad date, no symbol, a number that is none, a close that is not above zero, or two closes of one symbol
    and day; it names the row (the line of a csv file, the row of a parquet file, from 1) and the column.
    """
    raw, first = _load(path)
    raw = _with_constants(path, raw, {"ticker": symbol, "date": day.isoformat() if day else None})
    columns = _find_columns(path, raw.columns)
    chosen = raw.lazy().select(pl.col(theirs).alias(ours) for ours, theirs in columns.items())
    read_as = {ours: _reading(ours, raw.schema[theirs]) for ours, theirs in columns.items()}
    checked = (
        chosen.with_row_index("row", first)
        .filter(~pl.all_horizontal(pl.col(*columns).is_null()))
        .with_columns(
            *(expression.alias(name) for name, (expression, _) in read_as.items()),
            *(bad.fill_null(True).alias(f"bad_{name}") for name, (_, bad) in read_as.items()),
        )
        .collect()
    )
    problems = checked.filter(pl.any_horizontal(pl.col(f"bad_{name}") for name in columns))
    if not problems.is_empty():
        shown = problems.head(_SHOWN)
        cells = []
        for row in shown.iter_rows(named=True):
            for name, theirs in columns.items():
                if row[f"bad_{name}"]:
                    cells.append(f"row {row['row']}, column {theirs!r}: {raw[row['row'] - first, theirs]!r}")
        raise _refusal(path, problems.height, cells)
    prices = PRICES.fit(
        checked.with_columns(
            pl.lit(source or f"file:{path.name}").alias("source"), pl.lit(is_adjusted).alias("is_adjusted")
        ).drop("row")
    )
    return _without_repeats(path, prices, checked["row"], raw, columns["close"], first)


def read_splits(path: Path) -> pl.DataFrame:
    """Splits in the file at `path` (tables.SPLITS without status, source `file:` and the file's name).

    Raises InputError as `read` does, and for a ratio that is none.
    """
    raw, first = _load(path)
    columns = _find_columns(path, raw.columns, {**_NAMES, "ratio": ("ratio", "split", "splitratio")}, _SPLIT_NEEDED)
    text = pl.col(columns["ratio"]).cast(pl.String).str.strip_chars().str.to_lowercase()
    words = text.str.extract_groups(r"^([0-9.]+)\s*(?:[:/]|-?\s*for\s*-?)\s*([0-9.]+)$")
    quotient = words.struct[0].cast(pl.Float64, strict=False) / words.struct[1].cast(pl.Float64, strict=False)
    day, _ = _reading("date", raw.schema[columns["date"]])
    found = raw.rename({columns["date"]: "date", columns["ticker"]: "ticker"}).select(
        tickers.normalise(pl.col("ticker").cast(pl.String)),
        day.alias("date"),
        ratio=pl.coalesce(text.cast(pl.Float64, strict=False), quotient),
        said=text,
    )
    wrong = found.with_row_index("row", first).filter(
        pl.col("ticker").is_null()
        | pl.col("date").is_null()
        | ~((pl.col("ratio") > 0) & (pl.col("ratio") < 1e6)).fill_null(False)
    )
    if wrong.height:
        cells = [f"row {row}: {raw.row(row - first)!r}" for row in wrong["row"].head(_SHOWN)]
        raise _refusal(path, wrong.height, cells)
    name = path.name[_HASH:] if re.match(r"[0-9a-f]{12}-", path.name) else path.name
    told = found.rechunk().with_columns(
        source=pl.lit(f"file:{name}"), evidence=pl.format("{} says {}", pl.lit(name), "said")
    )
    return SPLITS.fit(told).unique(SPLITS.key, keep="last", maintain_order=True)


def _with_constants(path: Path, raw: pl.DataFrame, given: dict[str, str | None]) -> pl.DataFrame:
    """`raw` with a column for each given constant; InputError where the file has that column itself."""
    for ours, value in given.items():
        if value is None:
            continue
        theirs = [name for name in raw.columns if _bare(name) in _NAMES[ours]]
        if theirs:
            option = {"ticker": "--symbol", "date": "--on"}[ours]
            raise InputError(f"{path}: it has a column {theirs[0]!r}; leave out {option}")
        raw = raw.with_columns(pl.lit(value).alias(ours))
    return raw


def _without_repeats(
    path: Path, prices: pl.DataFrame, row: pl.Series, raw: pl.DataFrame, close: str, first: int
) -> pl.DataFrame:
    """`prices` sorted, a (ticker, date) once; refuses two closes for one."""
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
            f"row {item['row']}, column {close!r}: {raw[item['row'] - first, close]!r} for {item['ticker']} on "
            f"{item['date']}, but {item['earlier_close']} in row {item['earlier']}"
            for item in clashes.head(_SHOWN).iter_rows(named=True)
        ]
        raise _refusal(path, clashes.height, cells)
    return ordered.drop("row").unique(["ticker", "date"], keep="first", maintain_order=True)


def _refusal(path: Path, count: int, cells: list[str]) -> InputError:
    rows = "1 row is" if count == 1 else f"{count:,} rows are"
    more = "; ..." if count > _SHOWN else ""
    return InputError(f"{path}: nothing was taken, {rows} unreadable: {'; '.join(cells)}{more}")


def _load(path: Path) -> tuple[pl.DataFrame, int]:
    """The file's columns (text, if it is csv), and the number of its first data row."""
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            frame, first = pl.read_parquet(path), 1
        elif path.suffix.lower() in (".csv", ".txt", ".tsv"):
            frame, first = _load_text(path), 2
        else:
            raise InputError(f"{path}: not a csv or parquet file; its name must end in .csv, .txt, .tsv or .parquet")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(f"{path}: not readable: {reason}") from None
    if frame.is_empty():
        raise InputError(f"{path}: there are no rows in it")
    return frame, first


def _load_text(path: Path) -> pl.DataFrame:
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    data.decode()  # polars would put marks in the place of bytes that are not UTF-8
    if not data.strip():
        raise InputError(f"{path}: the file is empty")
    header = data.split(b"\n", 1)[0]
    separator = max(",;\t", key=lambda mark: header.count(mark.encode()))
    return pl.read_csv(BytesIO(data), separator=separator, infer_schema=False)


def _bare(column: str) -> str:
    return "".join(mark for mark in column.lower().replace("%", "pct") if mark.isalnum())


def _find_columns(
    path: Path,
    columns: list[str],
    known: Mapping[str, Sequence[str]] = _NAMES,
    needed: Sequence[str] = _NEEDED,
) -> dict[str, str]:
    """Which of the file's `columns` is which of ours (`known`)."""
    bare = {column: _bare(column) for column in columns}
    found: dict[str, str] = {}
    for ours, names in known.items():
        matches = sorted((list(names).index(name), column) for column, name in bare.items() if name in names)
        best = [column for place, column in matches if place == matches[0][0]]
        if len(best) > 1:
            raise InputError(f"{path}: columns {best[0]!r} and {best[1]!r} both name the {ours}; keep one")
        if best:
            found[ours] = best[0]
    missing = [_SAID.get(name, name) for name in needed if name not in found]
    if missing:
        option = _CONSTANTS.get(missing[0]) if len(missing) == 1 and needed == _NEEDED else None
        raise InputError(
            f"{path}: no column {' and none '.join(missing)}; needed are date, symbol (or ticker) and {needed[-1]}, "
            f"the file has {', '.join(columns)}" + (f"; or say it with {option}" if option else "")
        )
    return found


def _reading(name: str, dtype: pl.DataType) -> tuple[pl.Expr, pl.Expr]:
    """How to read our column `name` from values of `dtype`, and when a value is unreadable."""
    given = pl.col(name)
    text = given.cast(pl.String) if dtype != pl.String else given
    if name == "date":
        value = given.cast(pl.Date) if dtype in (pl.Date, pl.Datetime) else _date(text.str.strip_chars())
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


def _date(text: pl.Expr) -> pl.Expr:
    return pl.coalesce(
        text.str.to_date("%Y-%m-%d", strict=False),
        pl.when(text.str.contains(r"^\d{8}$")).then(text.str.to_date("%Y%m%d", strict=False)),
        pl.when(text.str.contains(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:")).then(
            text.str.head(10).str.to_date("%Y-%m-%d", strict=False)
        ),
        text.str.to_date("%m/%d/%Y", strict=False),
    )
