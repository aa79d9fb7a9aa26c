"""Prices that are worked out from what is loaded: market caps from shares outstanding, closes implied by filings."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from ..errors import NotFoundError, NotPublishedError
from ..output import plural
from ..prices import selection
from ..prices.implied import implied_prices
from ..quarters import Quarter
from ..sources import company_tickers, shares_outstanding
from ..sources.http import Client
from ..sources.price_request import FetchedPrices, PriceRequest
from ..store import Store
from ..tables import JUDGED_FILINGS, PRICES, SOURCES, PricesFrame
from . import price_sources

_FEWEST_FILERS = 3


def fill_market_caps(request: PriceRequest) -> FetchedPrices:
    """Market caps, shares outstanding times close, for the newest closes that lack one.

    Raises NotFoundError if no closes or no tickers are loaded, SourceError if the SEC's numbers are not available.
    """
    closes = _newest_closes(request)
    listed = company_tickers.read(company_tickers.on_disk(request.settings))
    if listed.is_empty():
        raise NotFoundError("SEC's list of tickers is not loaded: run `tracker refresh` first")
    client, quarter = Client(request.settings, progress=request.progress), Quarter.of(request.now.date())
    paths = []
    for filed_in in (quarter.previous, quarter):
        try:
            paths.append(shares_outstanding.fetch_frame(client, request.folder, filed_in))
        except NotPublishedError as error:
            request.progress.note(f"note: {error}")
    newest = shares_outstanding.read(paths).sort("as_of").unique("cik", keep="last", maintain_order=True)
    lacking = closes.filter(pl.col("market_cap_usd").is_null())
    prices = shares_outstanding.market_caps(newest, listed, lacking).filter(pl.col("market_cap_usd").is_not_null())
    remark = f"{plural(lacking.height - prices.height, 'close')} still without a market cap"
    return FetchedPrices(PRICES.fit(prices.with_columns(source=pl.lit("sec"))), remark)


def _newest_closes(request: PriceRequest) -> PricesFrame:
    """The last close of each ticker on the newest day that is loaded."""
    with Store(request.settings) as store:
        day = store.prices().select(pl.col("date").max()).collect().item()
        if day is None:
            raise NotFoundError("no closes are loaded to multiply with: run `tracker prices import FILE` first")
        prices = store.prices(day - timedelta(days=selection.MAX_AGE_DAYS)).collect()
        precedence = selection.precedence(store.read(SOURCES), price_sources.ranked_names())
    return selection.latest(selection.preferred(prices, precedence), day)


def imply_closes(request: PriceRequest) -> FetchedPrices:
    """Closes at the ends of the loaded quarters as the filings imply them, for securities that hedge funds hold."""
    closes = [PRICES.frame()]
    with Store(request.settings) as store:
        for quarter in store.quarters():
            filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end)
            lines = store.lines(quarter.end, ("accession_number", "cusip", "value", "shares", "share_type", "put_call"))
            implied = implied_prices(lines, filings, fewest=_FEWEST_FILERS)
            held = store.positions(quarter).filter(pl.col("ticker").is_not_null()).select("cusip", "ticker").unique()
            by_filers = implied.join(held, on="cusip", validate="1:1").sort("filers", "cusip", descending=[True, False])
            prices = by_filers.unique("ticker", keep="first", maintain_order=True).with_columns(
                date=pl.lit(quarter.end), close="price_usd", is_adjusted=pl.lit(False), source=pl.lit("13f")
            )
            closes.append(PRICES.fit(prices.filter(pl.col("close") > 0)))
    return FetchedPrices(pl.concat(closes), f"the median of at least {_FEWEST_FILERS} filers each")
