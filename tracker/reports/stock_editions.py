"""The published editions that a stock was in."""

from __future__ import annotations

from ..output import Answer, Column
from ..settings import Settings
from ..store import Store
from ..tables import EDITIONS, RANKINGS

_COLUMNS = (
    Column("as_of", "Date", "date"),
    Column("title", "Edition"),
    Column("rank", "Rank", "integer"),
    Column("return_pct", "Performance", "change"),
    Column("market_cap_usd", "Market cap", "usd"),
    Column("holders", "Hedge funds", "integer"),
)


def stock_editions(settings: Settings, ticker: str) -> Answer:
    """Each edition that lists `ticker`, the newest first: its slug, title and date, and what it said of the stock."""
    with Store(settings) as store:
        listed = store.read(RANKINGS, ticker=ticker)
        editions = store.read(EDITIONS, slug=listed["edition"].unique())
    named = editions.select("slug", "title", "as_of", "period_of_report")
    rows = (
        listed.join(named, left_on="edition", right_on="slug", how="inner", validate="m:1", coalesce=True)
        .rename({"edition": "slug"})
        .sort(["as_of", "slug", "rank"], descending=[True, False, False], nulls_last=True)
        .select("slug", *(column.key for column in _COLUMNS), "period_of_report")
    )
    return Answer(f"Editions with {ticker}", _COLUMNS, rows.to_dicts(), {"ticker": ticker, "editions": rows.height})
