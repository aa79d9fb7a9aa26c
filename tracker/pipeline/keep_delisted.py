"""Keep the delistings that the form indexes on disk show, with the tickers that their companies have now.

SEC's list of tickers is of one day, and a company that was delisted is soon no longer on it: so a ticker that was found
stays, though a later list has it no more.
"""

from __future__ import annotations

import re

import polars as pl

from ..errors import SourceError
from ..progress import Progress
from ..quarters import Quarter
from ..sources import company_tickers, delistings
from ..store import Store
from ..store.kept_delistings import keep_delistings, kept_delistings, kept_digest
from ..tables import DELISTED_STOCKS, TICKERS, DelistedStocksFrame
from .digests import file_states

_NAME = re.compile(r"([0-9]{4})-QTR([1-4])")


def keep_delisted(store: Store, progress: Progress) -> None:
    """Read each index on disk that has not been read as it is. A list of tickers that is unreadable is as none."""
    settings = store.settings
    new = []
    for path in delistings.on_disk(settings):
        name, digest = _NAME.fullmatch(path.stem), file_states([path], settings.home)
        if name and kept_digest(settings, quarter := Quarter(int(name[1]), int(name[2]))) != digest:
            new.append((path, quarter, digest))
    if not new:
        return
    try:
        tickers = company_tickers.read(company_tickers.on_disk(settings))
    except SourceError as error:
        progress.note(f"note: delistings are kept without tickers: {error}")
        tickers = TICKERS.frame()
    before, _ = kept_delistings(settings)
    for path, quarter, digest in new:
        stocks = delistings.with_tickers(delistings.read([path], progress), tickers)
        keep_delistings(settings, quarter, _with_former(stocks, before), digest)


def _with_former(stocks: DelistedStocksFrame, before: DelistedStocksFrame) -> DelistedStocksFrame:
    """`stocks` with the tickers that were found `before` for the same forms."""
    former = before.drop_nulls("ticker").join(stocks, on=["accession_number", "cik"], how="semi")
    both = pl.concat([stocks, former]).unique(DELISTED_STOCKS.key, keep="first", maintain_order=True)
    has_ticker = pl.col("ticker").is_not_null().any().over("accession_number", "cik")
    return both.filter(pl.col("ticker").is_not_null() | ~has_ticker).sort("filing_date", *DELISTED_STOCKS.key)
