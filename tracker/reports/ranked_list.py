"""The ranked list, with everything that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from .. import __version__
from ..output import plural
from ..prices import selection
from ..prices.returns import measure_returns
from ..rankings.measures import By
from ..rankings.parameters import ListRequest, Parameters
from ..rankings.ranking import Ranking, rank
from ..securities import company_names, ticker_map
from ..store import Store, price_spans, read_securities
from ..tables import HeldBack, HolderCountsFrame, PricesFrame, RankedFrame, ReturnsFrame, SplitStatus
from . import empty_lists, list_dates, open_quarter, price_window
from .as_of import CAVEATS, View, view
from .coverage import Coverage, measure
from .price_window import PriceWindow

_VOLUME_DAYS = 60  # of prices before the first date, for the typical volume

_BY_TITLES = {
    By.performance: "best performing",
    By.holders: "most held",
    By.change: "most bought",
    By.value: "most heavily held",
    By.ownership: "most closely held",
}


@dataclass(frozen=True)
class RankedList:
    """A ranking with all that it rests on.

    `view` is the quarter as known on the request's day; `no_longer_quoted` has columns ticker, name, holders, last_date
    of stocks of the band that hedge funds hold and that have no close on the end date. `loaded` has the prices under
    the tickers of their own days, `window` the same under the tickers of the cap date. `doubts` are sentences on days
    whose prices may be wrong. `values_there_are` has exchanges, sectors or countries where the request names one that
    no stock has.
    """

    request: ListRequest
    parameters: Parameters
    view: View
    ranking: Ranking
    coverage: Coverage
    no_longer_quoted: pl.DataFrame
    loaded: PriceWindow
    window: PriceWindow
    doubts: list[str]
    values_there_are: Mapping[str, Sequence[str]]

    @property
    def title(self) -> str:
        """What the list is: `9 best performing micro-cap stocks, 2025Q3`."""
        chosen = "chosen" if self.parameters.only else _BY_TITLES[self.parameters.by]
        what = f"{chosen} micro-cap stock"
        counted = ", with market makers" if self.parameters.with_market_makers else ""
        return f"{plural(self.ranking.rows.height, what)}{counted}, {self.view.quarter}"

    def rows(self) -> list[dict[str, Any]]:
        """The list: RANKED's columns, and `listing` (`NASDAQ:QNLR`)."""
        return _with_listing(self.ranking.rows)

    def band(self) -> list[dict[str, Any]]:
        """As `rows`, with every ranked stock of the band."""
        return _with_listing(self.ranking.band)

    def methodology(self) -> dict[str, Any]:
        """The parameters, and the data that they were applied to."""
        prices = self.window.prices
        return {
            **self.parameters.as_dict(),
            "period_of_report": self.view.quarter.end,
            "known_on": self.view.known_on,
            "hedge_funds_counted": self.view.funds - self.view.market_makers,
            "market_makers_counted": self.view.market_makers,
            "reporting": open_quarter.facts(self.view.quarter, self.view.reporting),
            "price_sources": sorted(prices["source"].unique()),
            "prices_from": prices["date"].min(),
            "prices_to": prices["date"].max(),
            "coverage": self.coverage.as_dict(),
            "splits": "as reported; detected if the ratio of two closes disagrees with the day's reported change",
            "ties": [*self.parameters.measures, "market_cap_usd", "ticker"],
            "removed": self.ranking.removed,
            "held_back": self.ranking.held_back.to_dicts(),
            "no_longer_quoted": self.no_longer_quoted.to_dicts(),
            "caveats": [*CAVEATS, *self.doubts],
            "version": __version__,
        }


def rank_list(store: Store, request: ListRequest, seen: View | None = None) -> RankedList:
    """Rank what the request asks for, in the view that it asks for, or in one that is at hand.

    Raises NotFoundError if the quarter or the prices are not loaded, SettingError if the request contradicts itself.
    """
    seen = seen or view(
        store,
        request.quarter,
        request.known_on,
        by_filer=request.by_filer,
        with_market_makers=request.with_market_makers,
    )
    parameters = list_dates.complete(store, seen.quarter, request)
    on = parameters.cap_date
    since = min(parameters.base_date, on) - timedelta(days=_VOLUME_DAYS)
    loaded = price_window.load(store, since, max(parameters.end_date, on))
    securities = read_securities(store)
    moves = ticker_map.moves(securities, on)
    window = loaded.follow(moves)
    pairs = ticker_map.newest(securities, on)
    caps = price_window.latest(store, loaded, moves, on)
    names = ticker_map.names(pairs, caps["ticker"]).rename({"name": "_name"})
    caps = caps.with_columns(company_names.display(caps["name"]).alias("name")).join(
        names, on="ticker", how="left", validate="1:1"
    )
    caps = caps.with_columns(pl.coalesce("name", "_name", "ticker").alias("name")).drop("_name")
    caps = price_window.with_sectors(store, caps, moves, with_countries=bool(parameters.country))
    dividends, covered = (
        price_window.dividends(store, window.prices, parameters.base_date, parameters.end_date)
        if parameters.total_return
        else (None, [])
    )
    returns = measure_returns(
        window.prices,
        parameters.base_date,
        parameters.end_date,
        window.splits,
        from_low=parameters.from_low,
        dividends=dividends,
        covered=covered,
    )
    held = ticker_map.with_tickers_among(seen.counts, pairs).filter(pl.col("ticker").is_not_null())
    return RankedList(
        request=request,
        parameters=parameters,
        view=seen,
        ranking=rank(parameters, caps, returns, held, _details(store, parameters, window, moves, caps)),
        coverage=measure(store, seen.quarter, seen.counts, caps, parameters.band, on, pairs),
        no_longer_quoted=_no_longer_quoted(parameters, window, returns, held),
        loaded=loaded,
        window=window,
        doubts=price_window.doubts(store, min(parameters.base_date, on), max(parameters.end_date, on)),
        values_there_are=empty_lists.values_there_are(caps, parameters),
    )


def _details(
    store: Store, parameters: Parameters, window: PriceWindow, moves: pl.DataFrame, caps: PricesFrame
) -> pl.DataFrame:
    """What `rankings.rank` needs of each ticker beside its price: ticker, typical_volume, first_date, split_since.

    The typical volume is found for the tickers of `caps` that are in the band.
    """
    on = parameters.cap_date
    in_band = caps.filter(pl.col("market_cap_usd").is_between(*parameters.band))
    volumes = selection.typical_volume(window.prices, on, in_band["ticker"])
    first = price_spans(store).select("ticker", "source", date="first_date")
    first = ticker_map.move(first, moves)  # a new name is not a new listing
    first = first.group_by("ticker").agg(pl.col("date").min().alias("first_date"))
    is_since = pl.col("date").is_between(parameters.quarter.end, on, "right")
    splits = window.splits.filter(pl.col("status") == SplitStatus.USED, is_since)
    splits = splits.group_by("ticker").agg(pl.col("ratio").product().alias("split_since"))
    return first.join(volumes, on="ticker", how="left", validate="1:1").join(
        splits, on="ticker", how="left", validate="1:1"
    )


def _no_longer_quoted(
    parameters: Parameters, window: PriceWindow, returns: ReturnsFrame, held: HolderCountsFrame
) -> pl.DataFrame:
    """Stocks held by hedge funds, without a close on the end date, whose last market cap is in the band."""
    gone = returns.filter(pl.col("held_back_kind") == HeldBack.GONE).select("ticker")
    prices = window.prices.join(gone, on="ticker", how="semi")
    last = prices.sort("date").group_by("ticker", maintain_order=True).last()
    in_band = last.filter(pl.col("market_cap_usd").is_between(*parameters.band))
    counted = pl.col(parameters.holders)
    held = held.filter(counted >= parameters.min_holders, pl.col("kind").is_in(parameters.kind))
    stocks = in_band.join(held, on="ticker", how="inner", validate="1:1")
    return stocks.select("ticker", "name", counted.alias("holders"), pl.col("date").alias("last_date")).sort("ticker")


def _with_listing(ranked: RankedFrame) -> list[dict[str, Any]]:
    return [{**row, "listing": f"{row['exchange'] or '?'}:{row['ticker']}"} for row in ranked.to_dicts()]
