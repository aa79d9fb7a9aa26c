"""Take prices in: from a file the user has, or from the Nasdaq screener. Part of the corridor, as `pipeline`."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path

from . import pipeline
from .errors import InputError
from .files import write_atomic
from .progress import Progress
from .settings import Settings
from .sources import ledger, nasdaq, price_files
from .sources.http import Client
from .store import Store


def import_file(settings: Settings, file: Path, progress: Progress) -> str:
    """Store the prices of a csv or parquet file, and the file itself below `filings/prices`, unedited.

    Returns what was done, in a sentence. Raises InputError where anything in it cannot be read: then nothing is stored.
    """
    progress.start(f"reading {file.name}")
    prices = price_files.read(file)
    progress.advance(prices.height)
    progress.end()
    if prices.is_empty():
        raise InputError(f"{file} has no rows")
    with Store(settings) as store, store.writing():
        data = file.read_bytes()
        name = re.sub(r"[^A-Za-z0-9._-]", "_", file.name)[-80:]
        kept = settings.filings / "prices" / f"{hashlib.sha256(data).hexdigest()[:12]}-{name}"
        if not kept.exists():
            write_atomic(kept, data)
            ledger.record(kept, source="price file", url=file.name)
        changed = store.add_prices(prices)
        pipeline.renew(store, progress)
    return (
        f"{prices.height:,} prices of {prices['ticker'].n_unique():,} tickers, {prices['date'].min()} to "
        f"{prices['date'].max()}: {changed:,} new or corrected"
    )


def fetch_screener(settings: Settings, now: datetime, progress: Progress) -> str:
    """Store today's answer of the Nasdaq screener (three exchanges). Returns what was done, in a sentence."""
    day = nasdaq.trading_day(now)
    if nasdaq.is_session(now):
        progress.note("note: trading goes on; these are last prices, not closes: fetch again after 16:00 in New York")
    with Store(settings) as store, store.writing():
        paths = nasdaq.fetch(Client(settings, progress=progress), settings, day)
        screen = nasdaq.read_screen(paths)
        changed = store.add_prices(screen.prices)
        pipeline.renew(store, progress)
    return (
        f"{screen.prices.height:,} prices of {day} from the Nasdaq screener: {changed:,} new or corrected; "
        f"{screen.without_price:,} securities without a price left out"
    )
