"""Add prices and splits to the store: from a file of the user's, or from a source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from ..errors import InputError, SettingError
from ..output import plural
from ..prices import calendar, cohort, selection
from ..progress import Progress
from ..settings import Settings
from ..sources import finviz, price_files, split_files, user_files
from ..sources.price_request import PriceRequest
from ..sources.written_days import DayOrder
from ..store import Store
from ..tables import PRICE_DAYS, PricesFrame
from . import price_sources, update_price_days
from .settle import settle


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
    """Store the prices of a csv or parquet file, and the file itself below `filings/prices`, unedited.

    `is_adjusted`: its closes are adjusted for splits. `symbol` and `day` stand in for columns that it lacks; an export
    of Finviz needs the day. `order` is how days such as 03/01/2025 are meant. Returns what was done, in a sentence.
    Raises InputError if anything in the file is unreadable; then nothing is stored.
    """
    if day and day > date.today():
        raise SettingError(f"--on {day} is a day to come; name the day of the closes")
    progress.start(f"reading {file.name}")
    if finviz.is_export(file):
        if day is None:
            raise InputError(
                f"{file} is an export of Finviz, which does not state its day: give it with --on 2025-08-20"
            )
        prices = finviz.read(file, day, f"file:{file.name}")
    else:
        prices = price_files.read(file, is_adjusted=is_adjusted, symbol=symbol, day=day, order=order)
    progress.advance(prices.height)
    progress.end()
    if prices.is_empty():
        raise InputError(f"{file} has no rows")
    with Store(settings) as store, store.writing():
        user_files.keep(file, user_files.price_folder(settings), selection.PRICE_FILE)
        return _add(store, prices, progress)


def import_splits(settings: Settings, file: Path, progress: Progress) -> str:
    """Keep a user's file of splits and recount with it: it overrides what prices show. Returns what was done.

    Raises InputError if anything in the file is unreadable; then nothing is kept.
    """
    splits = split_files.read(file, is_new=True)
    with Store(settings) as store, store.writing():
        user_files.keep(file, user_files.split_folder(settings), "split file")
        settle(store, progress)
    return f"{plural(splits.height, 'split')} of {plural(splits['ticker'].n_unique(), 'ticker')} from {file.name}"


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
    with Store(settings) as store, store.writing():
        fetched = source.fetch(request)
        done = _add(store, fetched.prices, progress)
    return f"{done}; {fetched.remark}" if fetched.remark else done


def _add(store: Store, prices: PricesFrame, progress: Progress) -> str:
    """Store `prices`; what was done, in a sentence."""
    changed = store.add_prices(prices)
    settle(store, progress)
    if prices.is_empty():
        return "no prices"
    rows, names = plural(prices.height, "price"), plural(prices["ticker"].n_unique(), "ticker")
    done = f"{rows} of {names}, {prices['date'].min()} to {prices['date'].max()}: {changed:,} new or corrected"
    days = store.read(PRICE_DAYS, source=prices["source"].unique().to_list())
    return f"{done}; {update_price_days.sentence(days)}" if days.height else done
