"""Take prices in: from a file the user has, or from a source. Part of the corridor, as `pipeline`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from ..errors import InputError, NotFoundError, NotPublishedError, SettingError
from ..files import write_atomic
from ..prices import calendar, cohort, selection
from ..prices.implied import implied_prices
from ..progress import Progress
from ..quarters import Quarter
from ..settings import Settings
from ..sources import company_tickers, fetch_log, finviz, nasdaq, price_files, shares_outstanding, yahoo
from ..sources.http import Client
from ..store import Store
from ..tables import JUDGED_FILINGS, PRICES, SOURCES
from . import update_splits
from .settle import settle


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
        settle(store, progress, prices_changed=True)
    return _told(prices, changed)


def import_splits(settings: Settings, file: Path, progress: Progress) -> str:
    """Keep a user's file of splits and count with it: it goes before what prices show. Returns what was done.

    Raises InputError where anything in it cannot be read: then nothing is kept.
    """
    given = price_files.read_splits(file)
    with Store(settings) as store, store.writing():
        _keep(file, update_splits.split_folder(settings), "split file")
        settle(store, progress, prices_changed=True)
    return f"{given.height:,} splits of {given['ticker'].n_unique():,} tickers from {file.name}"


def fetch(settings: Settings, source: str, now: datetime, progress: Progress, tickers: Sequence[str] = ()) -> str:
    """Store what a source (a key of PRICE_SOURCES) says today. Returns what was done, in a sentence.

    `tickers` are those to ask Yahoo for (default: the index funds that `tracker market` compares with).
    """
    if source not in PRICE_SOURCES:
        raise SettingError(f"{source!r} is no source of prices; choose one of {', '.join(PRICE_SOURCES)}")
    with Store(settings) as store, store.writing():
        prices, also = PRICE_SOURCES[source](settings, now, progress, tickers)
        changed = store.add_prices(prices)
        settle(store, progress, prices_changed=True)
    return f"{_told(prices, changed)}{also}"


def _fetch_nasdaq(
    settings: Settings, now: datetime, progress: Progress, tickers: Sequence[str]
) -> tuple[pl.DataFrame, str]:
    _refuse_tickers(tickers, "nasdaq")
    day = calendar.trading_day(now)
    if calendar.is_session(now):
        progress.note("note: trading goes on; these are last prices, not closes: fetch again after 16:00 in New York")
    screen = nasdaq.read_screen(nasdaq.fetch(Client(settings, progress=progress), settings, day))
    return screen.prices, f"; {screen.without_price:,} securities without a price left out"


def _fetch_finviz(
    settings: Settings, now: datetime, progress: Progress, tickers: Sequence[str]
) -> tuple[pl.DataFrame, str]:
    _refuse_tickers(tickers, "finviz")
    day = calendar.trading_day(now)
    (path,) = finviz.fetch(Client(settings, progress=progress), settings, day)
    return finviz.read(path, day), ""


def _fetch_yahoo(
    settings: Settings, now: datetime, progress: Progress, tickers: Sequence[str]
) -> tuple[pl.DataFrame, str]:
    since = date(now.year - 2, 12, 1)
    paths = yahoo.fetch(settings, tickers or cohort.BENCHMARKS, since, progress=progress)
    prices = yahoo.read(paths)
    if calendar.is_session(now):  # the last row is a trade, not a close
        prices = prices.filter(pl.col("date") < calendar.trading_day(now))
    actions = yahoo.read_actions(paths)
    return prices, f"; {actions.splits.height:,} splits and {actions.dividends.height:,} dividends"


def _fetch_sec(
    settings: Settings, now: datetime, progress: Progress, tickers: Sequence[str]
) -> tuple[pl.DataFrame, str]:
    """Market caps from shares outstanding, for the newest closes that have none."""
    _refuse_tickers(tickers, "sec")
    with Store(settings) as store:
        newest = store.prices().select(pl.col("date").max()).collect().item()
        if newest is None:
            raise NotFoundError("no closes are loaded to multiply with: run `tracker prices import FILE` first")
        closes = selection.latest(
            selection.preferred(
                store.prices(newest - timedelta(days=selection.MAX_AGE_DAYS)).collect(),
                selection.precedence(store.read(SOURCES)),
            ),
            newest,
        )
    listed = company_tickers.read(company_tickers.on_disk(settings))
    if listed.is_empty():
        raise NotFoundError("SEC's list of tickers is not loaded: run `tracker refresh` first")
    client, quarter = Client(settings, progress=progress), Quarter.of(now.date())
    paths = []
    for one in (quarter.previous, quarter):
        try:
            paths.append(shares_outstanding.fetch_frame(client, settings, one))
        except NotPublishedError as error:
            progress.note(f"note: {error}")
    told = shares_outstanding.read(paths).sort("as_of").unique("cik", keep="last", maintain_order=True)
    without = closes.filter(pl.col("market_cap_usd").is_null())
    filled = shares_outstanding.market_caps(told, listed, without).filter(pl.col("market_cap_usd").is_not_null())
    return PRICES.fit(
        filled.with_columns(source=pl.lit("sec"))
    ), f"; {without.height - filled.height:,} stay without one"


def _imply(settings: Settings, now: datetime, progress: Progress, tickers: Sequence[str]) -> tuple[pl.DataFrame, str]:
    """Closes at the ends of the loaded quarters as the filings imply them, for CUSIPs that hedge funds hold."""
    _refuse_tickers(tickers, "13f")
    found = [PRICES.frame()]
    with Store(settings) as store:
        for quarter in store.quarters():
            filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end)
            lines = store.lines(quarter.end, ("accession_number", "cusip", "value", "shares", "share_type", "put_call"))
            implied = implied_prices(lines, filings, fewest=3)
            held = store.positions(quarter).filter(pl.col("ticker").is_not_null()).select("cusip", "ticker").unique()
            known = implied.join(held, on="cusip", validate="1:1")
            best = known.sort("filers", "cusip", descending=[True, False])
            frame = best.unique("ticker", keep="first", maintain_order=True).with_columns(
                date=pl.lit(quarter.end), close="price_usd", is_adjusted=pl.lit(False), source=pl.lit("13f")
            )
            found.append(PRICES.fit(frame.filter(pl.col("close") > 0)))
    return pl.concat(found), "; the median of at least 3 filers each"


# One line a source: how its prices (tables.PRICES) are fetched, and what else there is to tell.
PRICE_SOURCES: Mapping[str, Callable[[Settings, datetime, Progress, Sequence[str]], tuple[pl.DataFrame, str]]] = {
    "nasdaq": _fetch_nasdaq,
    "finviz": _fetch_finviz,
    "yahoo": _fetch_yahoo,
    "sec": _fetch_sec,
    "13f": _imply,
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
        fetch_log.record(kept, source=source, url=file.name)


def _told(prices: pl.DataFrame, changed: int) -> str:
    if prices.is_empty():
        return "no prices"
    return (
        f"{prices.height:,} prices of {prices['ticker'].n_unique():,} tickers, {prices['date'].min()} to "
        f"{prices['date'].max()}: {changed:,} new or corrected"
    )
