"""Take prices in: from a file the user has, or from a source. Part of the corridor, as `pipeline`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import polars as pl

from . import pipeline, quotes
from .errors import InputError, SettingError
from .files import write_atomic
from .progress import Progress
from .settings import Settings
from .sources import finviz, ledger, nasdaq, price_files, yahoo
from .sources.http import Client
from .store import Store


def import_file(
    settings: Settings,
    file: Path,
    progress: Progress,
    *,
    is_adjusted: bool = False,
    symbol: str | None = None,
    day: date | None = None,
) -> str:
    """Store the prices of a csv or parquet file, and the file itself below `filings/prices`, unedited.

    `is_adjusted`: its closes are adjusted for splits. `symbol` and `day` stand for columns that it lacks; an export of
    Finviz needs the day. Returns what was done, in a sentence. Raises InputError where anything in it cannot be read:
    then nothing is stored.
    """
    progress.start(f"reading {file.name}")
    if finviz.is_export(file):
        if day is None:
            raise InputError(f"{file} is an export of Finviz, which tells no day: say it with --on 2025-08-20")
        prices = finviz.read(file, day, f"file:{file.name}")
    else:
        prices = price_files.read(file, is_adjusted=is_adjusted, symbol=symbol, day=day)
    progress.advance(prices.height)
    progress.end()
    if prices.is_empty():
        raise InputError(f"{file} has no rows")
    with Store(settings) as store, store.writing():
        _keep(file, settings.filings / "prices", "price file")
        changed = store.add_prices(prices)
        pipeline.renew(store, progress)
    return _told(prices, changed)


def import_splits(settings: Settings, file: Path, progress: Progress) -> str:
    """Keep a user's file of splits and count with it: it goes before what prices show. Returns what was done.

    Raises InputError where anything in it cannot be read: then nothing is kept.
    """
    given = price_files.read_splits(file)
    with Store(settings) as store, store.writing():
        _keep(file, quotes.split_folder(settings), "split file")
        pipeline.renew(store, progress)
    return f"{given.height:,} splits of {given['ticker'].n_unique():,} tickers from {file.name}"


def fetch(settings: Settings, source: str, now: datetime, progress: Progress, tickers: Sequence[str] = ()) -> str:
    """Store what a source (a key of SOURCES) says today. Returns what was done, in a sentence.

    `tickers` are those to ask Yahoo for (default: the index funds that `tracker market` compares with).
    """
    if source not in SOURCES:
        raise SettingError(f"{source!r} is no source of prices; choose one of {', '.join(SOURCES)}")
    with Store(settings) as store, store.writing():
        prices, also = SOURCES[source](settings, now, progress, tickers)
        changed = store.add_prices(prices)
        pipeline.renew(store, progress)
    return f"{_told(prices, changed)}{also}"


def _fetch_nasdaq(
    settings: Settings, now: datetime, progress: Progress, tickers: Sequence[str]
) -> tuple[pl.DataFrame, str]:
    _refuse_tickers(tickers, "nasdaq")
    day = nasdaq.trading_day(now)
    if nasdaq.is_session(now):
        progress.note("note: trading goes on; these are last prices, not closes: fetch again after 16:00 in New York")
    screen = nasdaq.read_screen(nasdaq.fetch(Client(settings, progress=progress), settings, day))
    return screen.prices, f"; {screen.without_price:,} securities without a price left out"


def _fetch_finviz(
    settings: Settings, now: datetime, progress: Progress, tickers: Sequence[str]
) -> tuple[pl.DataFrame, str]:
    _refuse_tickers(tickers, "finviz")
    day = nasdaq.trading_day(now)
    (path,) = finviz.fetch(Client(settings, progress=progress), settings, day)
    return finviz.read(path, day), ""


def _fetch_yahoo(
    settings: Settings, now: datetime, progress: Progress, tickers: Sequence[str]
) -> tuple[pl.DataFrame, str]:
    since = date(now.year - 2, 12, 1)
    paths = yahoo.fetch(settings, tickers or yahoo.BENCHMARKS, since, progress=progress)
    prices = yahoo.read(paths)
    if nasdaq.is_session(now):  # the last row is a trade, not a close
        prices = prices.filter(pl.col("date") < nasdaq.trading_day(now))
    actions = yahoo.read_actions(paths)
    return prices, f"; {actions.splits.height:,} splits and {actions.dividends.height:,} dividends"


# One line a source: how its prices (tables.PRICES) are fetched, and what else there is to tell.
SOURCES: Mapping[str, Callable[[Settings, datetime, Progress, Sequence[str]], tuple[pl.DataFrame, str]]] = {
    "nasdaq": _fetch_nasdaq,
    "finviz": _fetch_finviz,
    "yahoo": _fetch_yahoo,
}


def _refuse_tickers(tickers: Sequence[str], source: str) -> None:
    if tickers:
        raise SettingError(f"{source} answers for the whole market: leave out --symbol, or choose --source yahoo")


def _keep(file: Path, folder: Path, source: str) -> None:
    """Keep the user's file below `filings/`, once; a file of the same bytes is the same file."""
    data = file.read_bytes()
    name = re.sub(r"[^A-Za-z0-9._-]", "_", file.name)[-80:]
    kept = folder / f"{hashlib.sha256(data).hexdigest()[:12]}-{name}"
    if not kept.exists():
        write_atomic(kept, data)
        ledger.record(kept, source=source, url=file.name)


def _told(prices: pl.DataFrame, changed: int) -> str:
    return (
        f"{prices.height:,} prices of {prices['ticker'].n_unique():,} tickers, {prices['date'].min()} to "
        f"{prices['date'].max()}: {changed:,} new or corrected"
    )
