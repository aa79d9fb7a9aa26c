"""The list of a season: stocks of the band, ranked by hedge funds that hold them or are awaited with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from ..prices import selection
from ..rankings.measures import By
from ..rankings.parameters import ListRequest, Parameters
from ..rankings.quarter_changes import SECURITY
from ..store import Store, price_spans
from .as_of import View
from .ranked_list import rank_list

_SCHEMA = {
    "security": pl.String,
    "ticker": pl.String,
    "name": pl.String,
    "exchange": pl.String,
    "rank": pl.Int64,
    "market_cap_usd": pl.Float64,
    "holders": pl.Int64,
    "holders_carried": pl.Int64,
    "change": pl.Int64,
    "pct_of_a_share": pl.Float64,
}


@dataclass(frozen=True)
class SeasonList:
    """The stocks of the list, and its parameters; without them it is not known, and `unknown` states why.

    `stocks` has columns security (ticker of the quarter, or CUSIP), ticker, name, exchange, rank, market_cap_usd,
    holders, holders_carried (null if the quarter before is not loaded), change, and pct_of_a_share, the percentage of
    the company that one share is, as filed.
    """

    stocks: pl.DataFrame
    parameters: Parameters | None = None
    unknown: str = ""

    @property
    def listed(self) -> pl.Series:
        """The securities on it."""
        return self.stocks["security"]


@dataclass(frozen=True)
class SeasonPrices:
    """The day whose market caps make the list, and one shortly before it on which its stocks were quoted, too."""

    on: date
    base: date


def prices_by(store: Store, day: date) -> SeasonPrices | str:
    """The newest prices by `day`; a sentence without its full stop if there are none.

    No performance is shown, so a week of prices will do: a list can be made from the second day of prices on.
    """
    first, last = (
        price_spans(store)
        .select(
            pl.coalesce(pl.col("first_capped").min(), pl.col("first_date").min()),
            pl.coalesce(pl.col("last_capped").max(), pl.col("last_date").max()),
        )
        .row(0)
    )
    if last is None:
        return "no prices are loaded: run `tracker prices import FILE` or `tracker prices fetch`"
    on = min(day, last)
    if first >= on:
        return f"prices are loaded from {first} to {last}, and two days of them up to {day} are needed; import more"
    return SeasonPrices(on, max(first, on - timedelta(days=selection.MAX_AGE_DAYS)))


def list_stocks(store: Store, request: ListRequest, seen: View, prices: SeasonPrices | str) -> SeasonList:
    """The list of the view by holders, with the awaited where these are known, at prices that `prices_by` found."""
    if isinstance(prices, str):
        return SeasonList(pl.DataFrame(schema=_SCHEMA), unknown=prices)
    request = replace(
        request,
        quarter=seen.quarter,
        by=By.holders,
        rank_carried=seen.reporting.expected > 0,
        base_date=prices.base,
        end_date=prices.on,
    )
    ranked_list = rank_list(store, request, seen)
    securities = seen.counts.select("cusip", SECURITY)
    stocks = ranked_list.ranking.rows.join(securities, on="cusip", how="inner", validate="1:1").with_columns(
        pl.when(pl.col("shares") > 0).then(pl.col("ownership_pct") / pl.col("shares")).alias("pct_of_a_share")
    )
    return SeasonList(stocks.select(*_SCHEMA), ranked_list.parameters)
