"""Files that the user handed in, kept unedited below `filings/prices`, and tables read from csv or parquet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from .. import bounds
from ..errors import InputError
from ..output import plural
from ..settings import Settings
from . import fetch_log
from .written_days import in_range

SHOWN = 5  # unreadable cells that an error quotes
_SYMBOL_OR_TICKER = "symbol (or ticker)"
_OPTIONS = {"ticker": "--symbol IWM", "date": "--on 2025-08-20"}
_IN_PARTS = "divide it and import its parts"
_HASH_DIGITS = 12
_KEPT = re.compile(rf"[0-9a-f]{{{_HASH_DIGITS}}}-(?P<name>.+)", re.DOTALL)


# ---- files that are kept ------------------------------------------------------------------------------------------


def price_folder(settings: Settings) -> Path:
    """Where imported files of prices are kept."""
    return settings.filings / "prices"


def split_folder(settings: Settings) -> Path:
    """Where imported files of splits are kept."""
    return price_folder(settings) / "splits"


def dividend_folder(settings: Settings) -> Path:
    """Where imported files of dividends are kept."""
    return price_folder(settings) / "dividends"


def keep(file: Path, folder: Path, source: str) -> None:
    """Copy the user's `file` to `folder`, once; files with the same name and bytes are the same file.

    A file is later than all that are kept there, also after the clock was set back.
    """
    data = file.read_bytes()
    name = re.sub(r"[^A-Za-z0-9._-]", "_", file.name)[-80:]
    kept = folder / f"{hashlib.sha256(data).hexdigest()[:_HASH_DIGITS]}-{name}"
    if fetch_log.fetched_at(kept) is None:
        newest = max((handed_in for _, handed_in in _handed_in(folder)), default=datetime.min)
        handed_in = max(fetch_log.now(), newest + timedelta(microseconds=1))
        fetch_log.keep(kept, data, source=source, url=file.name, fetched_at=handed_in)


def given_name(path: Path) -> str:
    """The name that a file had before it was kept."""
    match = _KEPT.fullmatch(path.name)
    return match["name"] if match else path.name


def oldest_first(folder: Path) -> list[Path]:
    """The files kept in `folder`, in the order in which they were handed in.

    A copy without a note is of an import that was stopped, and is left out.
    """
    return [path for path, _ in sorted(_handed_in(folder), key=lambda each: (each[1], each[0].name))]


def _handed_in(folder: Path) -> Iterator[tuple[Path, datetime]]:
    """The files kept in `folder`, and when each was handed in."""
    for path in folder.glob("*"):
        if not path.name.endswith(fetch_log.SUFFIX) and (handed_in := fetch_log.fetched_at(path)):
            yield path, handed_in


# ---- tables -------------------------------------------------------------------------------------------------------


def load(path: Path) -> tuple[pl.DataFrame, int]:
    """The file's columns (text, if it is csv), and the number of its first data row.

    Raises InputError for a file that is missing, unreadable or empty.
    """
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            table, first = _with_sensible_days(_load_parquet(path)), 1
        elif path.suffix.lower() in (".csv", ".txt", ".tsv"):
            table, first = _load_text(path), 2
        else:
            raise InputError(f"{path}: not a csv or parquet file; its name must end in .csv, .txt, .tsv or .parquet")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(f"{path}: not readable: {reason}") from None
    if table.is_empty():
        raise InputError(f"{path}: it has no rows")
    return table, first


def _with_sensible_days(table: pl.DataFrame) -> pl.DataFrame:
    """Days and times that cannot be meant are null: Python has no such dates to quote in an error."""
    columns = (pl.col(name) for name, dtype in table.schema.items() if dtype in (pl.Date, pl.Datetime))
    return table.with_columns(pl.when(in_range(each.cast(pl.Date)).is_not_null()).then(each) for each in columns)


def _load_text(path: Path) -> pl.DataFrame:
    data, beyond = bounds.read_file(path, bounds.USER_TABLE)
    if beyond:
        raise InputError(f"{path}: it {beyond}; {_IN_PARTS}")
    data = data.removeprefix(b"\xef\xbb\xbf")
    data.decode()  # polars would replace bytes that are not UTF-8 by marks
    if not data.strip():
        raise InputError(f"{path}: the file is empty")
    header = data.split(b"\n", 1)[0]
    separator = max(",;\t", key=lambda mark: header.count(mark.encode()))
    return pl.read_csv(data, separator=separator, infer_schema=False)


def _load_parquet(path: Path) -> pl.DataFrame:
    """The rows are counted before they are read: a few bytes of Parquet can stand for millions of them."""
    table = pl.scan_parquet(path)
    rows = table.select(pl.len()).collect().item()
    if path.stat().st_size > bounds.USER_TABLE.most_bytes or rows > (bounds.USER_TABLE.most_lines or rows):
        raise InputError(f"{path}: it has {rows:,} rows, more than are read at once; {_IN_PARTS}")
    return table.collect()


def find_columns(
    path: Path, columns: Sequence[str], names: Mapping[str, Sequence[str]], needed: Sequence[str], *, options: bool
) -> dict[str, str]:
    """Which of the file's `columns` is which of ours; `names` maps ours to the bare names it goes by, best first.

    Raises InputError if a `needed` column is missing or two columns are the same. With `options` the error names the
    option that stands in for a missing column.
    """
    bare = {column: bare_name(column) for column in columns}
    ours: dict[str, str] = {}
    for name, spellings in names.items():
        matches = sorted((list(spellings).index(text), column) for column, text in bare.items() if text in spellings)
        best = [column for place, column in matches if place == matches[0][0]]
        if len(best) > 1:
            raise InputError(f"{path}: columns {best[0]!r} and {best[1]!r} both name the {name}; keep one")
        if best:
            ours[name] = best[0]
    missing = [name for name in needed if name not in ours]
    if missing:
        shown = [_SYMBOL_OR_TICKER if name == "ticker" else name for name in missing]
        option = _OPTIONS.get(missing[0]) if len(missing) == 1 and options else None
        raise InputError(
            f"{path}: no column {' or '.join(shown)}; needed are date, {_SYMBOL_OR_TICKER} and {needed[-1]}, "
            f"the file has {', '.join(columns)}" + (f"; or give it with {option}" if option else "")
        )
    return ours


def with_constants(
    path: Path, table: pl.DataFrame, names: Mapping[str, Sequence[str]], given: Mapping[str, str | None]
) -> pl.DataFrame:
    """`table` with a column for each given constant; InputError if the file has that column itself."""
    for ours, value in given.items():
        if value is None:
            continue
        theirs = [column for column in table.columns if bare_name(column) in names[ours]]
        if theirs:
            option = _OPTIONS[ours].split()[0]
            raise InputError(f"{path}: it has a column {theirs[0]!r}; leave out {option}")
        table = table.with_columns(pl.lit(value).alias(ours))
    return table


def bare_name(column: str) -> str:
    """A column's name without regard to case and marks: `Market Cap` is `marketcap`."""
    return "".join(mark for mark in column.lower().replace("%", "pct") if mark.isalnum())


def shown(cell: object) -> str:
    """An unreadable cell as an error quotes it."""
    return "empty" if cell is None else repr(cell)


def refusal(path: Path, count: int, cells: Sequence[str]) -> InputError:
    """The error for `count` unreadable rows, of which `cells` describes the first few."""
    more = "; ..." if count > SHOWN else ""
    verb = "is" if count == 1 else "are"
    return InputError(
        f"{path}: nothing was imported, {plural(count, 'row')} {verb} unreadable: {'; '.join(cells)}{more}"
    )
