"""Bring everything that is derived from filings, prices and choices up to date, offline.

A refresh, an import of prices and a choice of funds all end here. Each step compares what it makes with what the store
has: settling twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ..managers import book_shape, classification, fund_lists
from ..progress import Progress
from ..quarters import Quarter
from ..securities import ticker_map
from ..settings import Settings
from ..sources import advisers, company_tickers, fails_to_deliver, fetch_log, openfigi
from ..store import Store
from ..tables import (
    JUDGED_FILINGS,
    LINES,
    MANAGERS,
    SECURITIES,
    SOURCES,
    SPLITS,
    AdvisersFrame,
    BookShapesFrame,
    FundListFrame,
    JudgedFilingsFrame,
    ManagersFrame,
)
from . import update_price_days, update_splits
from .count_holders import count_holders


def settle(
    store: Store,
    progress: Progress,
    *,
    managers: ManagersFrame | None = None,
    quarters: Iterable[Quarter] = (),
    prices_changed: bool = False,
) -> bool:
    """Match tickers, store who is a hedge fund, find splits and count holders; returns whether anything changed.

    `managers` is a classification as `classify` makes it; without it the one of the last refresh or choice stays (also
    that of a list given for one run). `quarters` are counted beside those that are loaded. `prices_changed`: prices or
    splits came in since the last time.
    """
    # splits depend on which price file is the newest
    store.replace(SOURCES, fetch_log.read_sources(store.settings))
    # where the database was rebuilt, prices are still there
    is_due = prices_changed or store.read(SPLITS).is_empty()
    changed = update_price_days.renew(store) if is_due else False
    changed |= update_splits.renew(store) if is_due else False
    changed |= identify(store, progress)
    if managers is not None:
        changed |= store.replace(MANAGERS, managers)
    loaded = {*quarters, *store.quarters()}
    if count_holders(store, loaded, progress):
        changed = True
        # holders' shares give the ratio of unclear splits, which changes some counts in turn
        if update_splits.renew(store):
            count_holders(store, loaded, progress)
    return changed


def identify(store: Store, progress: Progress) -> bool:
    """Match CUSIPs with tickers, from the reference files on disk; returns whether anything changed."""
    settings = store.settings
    cusip_symbols = fails_to_deliver.read(fails_to_deliver.on_disk(settings), progress)
    tickers = company_tickers.read(company_tickers.on_disk(settings))
    cusip_figis = openfigi.read(openfigi.on_disk(settings))
    return store.replace(SECURITIES, ticker_map.match(cusip_symbols, tickers, store.priced(), cusip_figis))


def read_roster(settings: Settings, progress: Progress) -> AdvisersFrame:
    """SEC's adviser roster from the files on disk."""
    return advisers.read(advisers.on_disk(settings), progress)


def classify(store: Store, roster: AdvisersFrame, only: FundListFrame | None = None) -> ManagersFrame:
    """Decide for every filer in the store whether it is a hedge fund, by `only` if it is given; nothing is stored."""
    filings, choices = store.read(JUDGED_FILINGS), fund_lists.read_choices(store.settings.home)
    return classification.classify(filings, roster, only, choices=choices, shapes=shapes(store, filings))


def shapes(store: Store, filings: JudgedFilingsFrame) -> BookShapesFrame:
    """Columns cik, top_ten_share, option_share of the longest reports, a period's lines at a time."""
    large = book_shape.large_reports(filings)
    parts = [
        book_shape.measure(reports, store.lines(period, book_shape.LINE_COLUMNS, reports["accession_number"]))
        for (period,), reports in large.partition_by("period_of_report", as_dict=True).items()
    ]
    return pl.concat(parts) if parts else book_shape.measure(large, LINES.frame())
