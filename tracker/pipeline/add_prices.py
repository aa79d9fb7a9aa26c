"""Add prices, splits and dividends to the store: from files of the user's, or from a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from functools import partial
from pathlib import Path

import polars as pl

from ..errors import InputError, SettingError
from ..output import plural
from ..prices import calendar, cohort, selection
from ..progress import Progress
from ..settings import Settings
from ..sources import dividend_files, fetch_log, finviz, price_files, split_files, user_files
from ..sources.price_request import PriceRequest
from ..sources.written_days import DayOrder
from ..store import Store
from ..tables import PRICE_DAYS, PricesFrame
from . import price_sources, update_price_days
from .settle import settle


class Actions(Enum):
    """What a company did with its shares, as a file of the user's states it: the noun for one of them."""

    SPLITS = "split"
    DIVIDENDS = "dividend"


_READ: Mapping[Actions, Callable[[Path], pl.DataFrame]] = {
    Actions.SPLITS: partial(split_files.read, is_new=True),
    Actions.DIVIDENDS: partial(dividend_files.read, is_new=True),
}
_FOLDERS: Mapping[Actions, Callable[[Settings], Path]] = {
    Actions.SPLITS: user_files.split_folder,
    Actions.DIVIDENDS: user_files.dividend_folder,
}


@dataclass(frozen=True)
class Imported:
    """What became of a file: `done` is what was stored of it, in a sentence; `error` why nothing was."""

    file: Path
    done: str = ""
    error: InputError | None = None


@dataclass(frozen=True)
class FileReading:
    """What price files do not say of themselves.

    `is_adjusted`: closes are adjusted for splits. `symbol` (or the file's name, with `is_symbol_the_name`) and `day`
    stand in for columns that are not there; an export of Finviz needs the day. `order` is how days such as 03/01/2025
    are meant; None if the file's other days show it.
    """

    is_adjusted: bool = False
    symbol: str | None = None
    is_symbol_the_name: bool = False
    day: date | None = None
    order: DayOrder | None = None


def import_files(
    settings: Settings, files: Sequence[Path], progress: Progress, reading: FileReading = FileReading()
) -> list[Imported]:
    """Store the prices of csv or parquet files, each all or nothing, and the files themselves below `filings/prices`.

    Of two files with a close for one ticker and day the later one wins. Counts are brought up to date once, at the end.
    A file with anything unreadable in it is left out; nothing is created if all are.
    """
    if reading.day and reading.day > date.today():
        raise SettingError(f"--on {reading.day} is a day to come; name the day of the closes")
    imported: list[Imported] = []
    with ExitStack() as stack:
        store: Store | None = None
        for file in files:
            try:
                prices = _read(file, reading, progress)
            except InputError as error:
                imported.append(Imported(file, error=error))
                continue
            store = store or _write_to(settings, stack)
            user_files.keep(file, user_files.price_folder(settings), selection.PRICE_FILE)
            imported.append(Imported(file, done=_store(store, prices)))
        if store:
            settle(store, progress)
            imported = [
                replace(each, done=_with_days(store, each.done, [price_files.source_of(each.file)]))
                if each.done
                else each
                for each in imported
            ]
    return imported


def import_file(
    settings: Settings,
    file: Path,
    progress: Progress,
    *,
    is_adjusted: bool = False,
    symbol: str | None = None,
    day: date | None = None,
    order: DayOrder | None = None,
) -> str:
    """As `import_files`, of one file: what was done, in a sentence. Raises InputError; then nothing is stored."""
    return only(import_files(settings, [file], progress, FileReading(is_adjusted, symbol, day=day, order=order)))


def import_actions(settings: Settings, files: Sequence[Path], kind: Actions, progress: Progress) -> list[Imported]:
    """Keep files of splits or dividends, and recount once with them: they override what prices and sources show.

    A file with anything unreadable in it is left out; nothing is created if all are.
    """
    imported: list[Imported] = []
    read, folder = _READ[kind], _FOLDERS[kind](settings)
    with ExitStack() as stack:
        store: Store | None = None
        for file in files:
            try:
                actions = read(file)
            except InputError as error:
                imported.append(Imported(file, error=error))
                continue
            store = store or _write_to(settings, stack)
            user_files.keep(file, folder, f"{kind.value} file")
            names = plural(actions["ticker"].n_unique(), "ticker")
            imported.append(Imported(file, done=f"{plural(actions.height, kind.value)} of {names} from {file.name}"))
        if store:
            settle(store, progress)
    return imported


def import_splits(settings: Settings, file: Path, progress: Progress) -> str:
    """As `import_actions`, of one file of splits: what was done, in a sentence. Raises InputError."""
    return only(import_actions(settings, [file], Actions.SPLITS, progress))


def only(imported: Sequence[Imported]) -> str:
    """What was done with the only file, in a sentence. Raises its InputError."""
    (one,) = imported
    if one.error:
        raise one.error
    return one.done


def fetch(
    settings: Settings,
    name: str,
    now: datetime,
    progress: Progress,
    tickers: Sequence[str] = (),
    since: date | None = None,
) -> str:
    """Store what the price source called `name` gives at `now` (with a zone). Returns what was done, in a sentence.

    `tickers` are for a source that is asked for single tickers (by default the index funds that `tracker market`
    compares with), `since` is the first day wanted of one that has history. Raises SettingError for an unknown source,
    for tickers to one that covers the whole market, or for a day to one that has no history.
    """
    source = price_sources.find(name)
    if tickers and not source.takes_tickers:
        others = " or ".join(f"--source {other.name}" for other in price_sources.PRICE_SOURCES if other.takes_tickers)
        raise SettingError(f"{name} covers the whole market: leave out --symbol, or choose {others}")
    if since and not source.has_history:
        others = " or ".join(f"--source {other.name}" for other in price_sources.PRICE_SOURCES if other.has_history)
        raise SettingError(f"{name} cannot be asked for a day: leave out --since, or choose {others}")
    request = PriceRequest(
        settings=settings,
        folder=price_sources.folder_of(settings, name),
        now=now,
        day=calendar.trading_day(now),
        is_under_way=calendar.is_under_way(now),
        tickers=(tickers or cohort.BENCHMARKS) if source.takes_tickers else (),
        progress=progress,
        since=since,
        until=calendar.trading_day(now - timedelta(days=calendar.is_under_way(now))),
    )
    with ExitStack() as stack:
        store = _write_to(settings, stack)
        fetched = source.fetch(request)
        done = _add(store, fetched.prices, progress)
    return f"{done}; {fetched.remark}" if fetched.remark else done


def _read(file: Path, reading: FileReading, progress: Progress) -> PricesFrame:
    """The prices in a file. Raises InputError."""
    progress.start(f"reading {file.name}")
    if finviz.is_export(file):
        if reading.day is None:
            raise InputError(
                f"{file} is an export of Finviz, which does not state its day: give it with --on 2025-08-20"
            )
        prices = finviz.read(file, reading.day, price_files.source_of(file))
    else:
        symbol = file.stem if reading.is_symbol_the_name else reading.symbol
        prices = price_files.read(
            file, is_adjusted=reading.is_adjusted, symbol=symbol, day=reading.day, order=reading.order
        )
    progress.advance(prices.height)
    progress.end()
    if prices.is_empty():
        raise InputError(f"{file} has no rows")
    return prices


def _write_to(settings: Settings, stack: ExitStack) -> Store:
    store = stack.enter_context(Store(settings))
    stack.enter_context(store.writing())
    fetch_log.sweep(settings)
    return store


def _add(store: Store, prices: PricesFrame, progress: Progress) -> str:
    """Store `prices` and bring the counts up to date; what was done, in a sentence."""
    done = _store(store, prices)
    settle(store, progress)
    return _with_days(store, done, prices["source"].unique().to_list())


def _store(store: Store, prices: PricesFrame) -> str:
    """Store `prices`; what was done, in a sentence."""
    changed = store.add_prices(prices)
    if prices.is_empty():
        return "no prices"
    rows, names = plural(prices.height, "price"), plural(prices["ticker"].n_unique(), "ticker")
    return f"{rows} of {names}, {prices['date'].min()} to {prices['date'].max()}: {changed:,} new or corrected"


def _with_days(store: Store, done: str, sources: list[str]) -> str:
    """The sentence, and what was found of days that these sources misdate."""
    days = store.read(PRICE_DAYS, source=sources)
    return f"{done}; {update_price_days.sentence(days)}" if days.height else done
