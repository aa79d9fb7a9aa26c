"""Bring everything that is derived from filings, prices and choices up to date, offline.

A refresh, an import of prices and a choice of funds all end here. A step whose inputs are those of the last time is
left out (see `settled_steps`), and each compares what it makes with what the store has: settling twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial

import polars as pl

from .. import __version__
from ..errors import SourceError
from ..managers import book_shape, classification, covers, family_links, fund_lists
from ..managers.evidence import Evidence
from ..progress import Progress
from ..quarters import Quarter
from ..securities import symbol_pairs, ticker_contests
from ..settings import Settings
from ..sources import (
    adv_filing_data,
    advisers,
    company_tickers,
    edgar_filers,
    fails_to_deliver,
    fetch_log,
    openfigi,
)
from ..store import Store, facts_of_lines
from ..tables import (
    BOOK_SHAPES,
    CONTESTED_TICKERS,
    FAMILY_LINKS,
    LINES,
    MANAGERS,
    SECURITIES,
    SOURCES,
    AdvisersFrame,
    BookShapesFrame,
    FundListFrame,
    JudgedFilingsFrame,
    ManagersFrame,
)
from . import settled_steps, ticker_evidence, update_price_days, update_splits
from .count_holders import count_holders
from .digests import digest, file_states

_IDENTIFY = "tickers"
# All of a filing that decides who its manager is: of each of fifty quarters no other column is read.
_CLASSIFIED_BY = sorted({*covers.FILING_COLUMNS, *family_links.FILING_COLUMNS, *book_shape.FILING_COLUMNS})


def settle(
    store: Store,
    progress: Progress,
    *,
    managers: ManagersFrame | None = None,
    quarters: Iterable[Quarter] = (),
    is_history: bool = False,
) -> bool:
    """Match tickers, store who is a hedge fund, find splits and count holders; returns whether anything changed.

    `managers` is a classification as `classify` makes it; without it the one of the last refresh or choice stays (also
    that of a list given for one run). `quarters` are counted beside those that are loaded, as a history or as one more.
    """
    # splits depend on which price file is the newest
    store.replace(SOURCES, fetch_log.read_sources(store.settings))
    changed = update_price_days.renew(store)
    changed |= update_splits.renew(store)
    loaded = {*quarters, *store.quarters()}
    changed |= identify(store, loaded, progress)
    if managers is not None:
        changed |= store.replace(MANAGERS, managers)
    if count_holders(store, loaded, progress, is_history=is_history):
        changed = True
        # holders' shares give the ratio of unclear splits, which changes some counts in turn
        if update_splits.renew(store):
            count_holders(store, loaded, progress)
    return changed


def identify(store: Store, quarters: Iterable[Quarter], progress: Progress) -> bool:
    """Match CUSIPs with tickers, from the reference files on disk; returns whether anything changed.

    Where a CUSIP has several, prices and the issuers' names in the filings of `quarters` decide.
    """
    settings = store.settings
    fails, listed = fails_to_deliver.on_disk(settings), company_tickers.on_disk(settings)
    figis, priced = openfigi.on_disk(settings), store.priced()
    known = f"{file_states([*fails, *listed, *figis], settings.home)} {digest(priced)}"
    # what decides on contested tickers is compared, not the prices and lines that it is gathered from
    evidence = ticker_evidence.gather(store, store.read(CONTESTED_TICKERS), quarters)
    if settled_steps.is_done(store, _IDENTIFY, f"{known} {digest(*evidence)}"):
        return False
    cusip_symbols, tickers = fails_to_deliver.read(fails, progress), company_tickers.read(listed)
    securities = symbol_pairs.match(cusip_symbols, tickers, priced, openfigi.read(figis))
    found = ticker_contests.find(securities)
    evidence = ticker_evidence.gather(store, found, quarters)
    issuers = ticker_evidence.with_descriptions(evidence.issuers, cusip_symbols)
    listed_names = symbol_pairs.listed_tickers(tickers, priced)
    contested = ticker_contests.judge(found, listed_names, issuers, evidence.quoted)
    changed = store.replace(SECURITIES, ticker_contests.decide(securities, contested))
    changed |= store.replace(CONTESTED_TICKERS, contested)
    evidence = ticker_evidence.gather(store, contested, quarters)
    settled_steps.note(store, _IDENTIFY, f"{known} {digest(*evidence)}")
    return changed


def read_roster(settings: Settings, progress: Progress) -> AdvisersFrame:
    """SEC's adviser rosters and Form ADV filing data from the files on disk; a file that cannot be read is noted."""
    rosters = []
    for path in advisers.on_disk(settings):
        try:
            rosters.append(advisers.read(path, progress))
        except SourceError as error:
            progress.note(f"note: managers are classified without {path.name}: {error}")
    filings = adv_filing_data.read(adv_filing_data.on_disk(settings), progress)
    return adv_filing_data.complete(advisers.merge(rosters), filings)


def classify(store: Store, roster: AdvisersFrame, only: FundListFrame | None = None) -> ManagersFrame:
    """Decide for every filer in the store whether it is a hedge fund, by `only` if it is given, and its family.

    The evidence on families (FAMILY_LINKS) is stored, the decisions are not.
    """
    filings = store.read_filings(_CLASSIFIED_BY)
    evidence = gather_evidence(store, roster, filings)
    store.replace(FAMILY_LINKS, evidence.links)
    return classification.classify(filings, evidence, only)


def gather_evidence(store: Store, roster: AdvisersFrame, filings: JudgedFilingsFrame) -> Evidence:
    """All that is known of the managers who filed `filings`."""
    return Evidence(
        advisers=roster,
        choices=fund_lists.read_choices(store.settings.home),
        shapes=shapes(store, filings),
        filers=covers.complete_filers(edgar_filers.read(store.settings), filings),
        links=family_links.find_links(filings, store.read_other_managers(), roster),
    )


def shapes(store: Store, filings: JudgedFilingsFrame) -> BookShapesFrame:
    """The shape of each manager's newest report, a period's lines at a time.

    A period whose reports, and whose lines and those of the quarter before, are the same as the last time is not
    measured again.
    """
    newest = book_shape.newest_reports(filings)
    parts = []
    for (period,), reports in newest.partition_by("period_of_report", as_dict=True).items():
        before = book_shape.reports_before(filings, reports)
        periods = [period, Quarter.of(period).previous.end]
        sources = digest(reports, before, seed=__version__)
        measure = partial(measure_books, store, periods, reports, before)
        parts.append(facts_of_lines(store, BOOK_SHAPES, periods, sources, measure))
    return pl.concat([BOOK_SHAPES.frame(), *parts])


def measure_books(
    store: Store, periods: Sequence[date], reports: pl.DataFrame, before: pl.DataFrame
) -> BookShapesFrame:
    """The shapes of the books of `reports`, which are of the first of two periods, `before` of the second."""
    period, period_before = periods
    lines = store.lines(period, book_shape.LINE_COLUMNS, reports["accession_number"])
    lines_before = (
        LINES.frame()
        if before.is_empty()
        else store.lines(period_before, book_shape.COLUMNS_BEFORE, before["accession_number"])
    )
    return book_shape.measure(reports, lines, before, lines_before)
