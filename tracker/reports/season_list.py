"""The list of a season: stocks of the band, ranked by hedge funds that hold them or are awaited with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from ..errors import NotFoundError
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
    """The stocks of the list: columns security (ticker of the quarter, or CUSIP), ticker, name, exchange, rank,

    market_cap_usd, holders, holders_carried (null if the quarter before is not loaded), change, and pct_of_a_share,
    the percentage of the company that one share is, as filed. Without `parameters` it is not known, and `unknown`
    states why.
    """

    stocks: pl.DataFrame
    parameters: Parameters | None = None
    unknown: str = ""

    @property
    def listed(self) -> pl.Series:
        """The securities on it."""
        return self.stocks["security"]


def season_request(request: ListRequest, store: Store, seen: View) -> ListRequest:
    """`request` ranked by holders, with the awaited where these are known, at prices up to the day of the view."""
    spans = price_spans(store)
    last = spans.select(pl.coalesce(pl.col("last_capped").max(), pl.col("last_date").max())).item()
    is_past = isinstance(last, date) and seen.known_on < last
    return replace(
        request,
        quarter=seen.quarter,
        by=By.holders,
        rank_carried=seen.reporting.expected > 0,
        end_date=request.end_date or (seen.known_on if is_past else None),
    )


def list_stocks(store: Store, request: ListRequest, seen: View) -> SeasonList:
    """The list of the view; empty, with the reason, if the prices that it needs are not loaded.

    `request` comes from `season_request`.
    """
    try:
        ranked_list = rank_list(store, request, seen)
    except NotFoundError as problem:
        return SeasonList(pl.DataFrame(schema=_SCHEMA), unknown=str(problem))
    securities = seen.counts.select("cusip", SECURITY)
    stocks = ranked_list.ranking.rows.join(securities, on="cusip", how="inner", validate="1:1").with_columns(
        pl.when(pl.col("shares") > 0).then(pl.col("ownership_pct") / pl.col("shares")).alias("pct_of_a_share")
    )
    return SeasonList(stocks.select(*_SCHEMA), ranked_list.parameters)
