"""The prices that count between two days, and the dividends that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ..errors import NotFoundError
from ..output import plural
from ..pipeline import price_sources
from ..prices import calendar, selection
from ..securities import ticker_map
from ..store import Store
from ..tables import (
    DIVIDENDS,
    PRICE_DAYS,
    SOURCES,
    SPLITS,
    DayStatus,
    DividendsFrame,
    PricesFrame,
    SplitsFrame,
)

_LONGEST_CLOSURE = timedelta(days=30)  # since 1914; the next longest was a week
_SHOWN = 5  # days that a sentence names


@dataclass(frozen=True)
class PriceWindow:
    """Prices between two days, both included (one row a ticker and day, from the source that wins), and all splits."""

    prices: PricesFrame
    splits: SplitsFrame

    def follow(self, moves: pl.DataFrame) -> PriceWindow:
        """The window in which a renamed stock has all its prices under one ticker: see `ticker_map.moves`."""
        return PriceWindow(ticker_map.move(self.prices, moves), ticker_map.move(self.splits, moves))

    def between(self, since: date, until: date) -> PriceWindow:
        """A part of the window."""
        return PriceWindow(self.prices.filter(pl.col("date").is_between(since, until)), self.splits)


def load(store: Store, since: date | None = None, until: date | None = None) -> PriceWindow:
    """The prices in the store between two days; None leaves an end open."""
    prices = selection.preferred(
        store.prices(since, until).collect(), selection.precedence(store.read(SOURCES), price_sources.ranked_names())
    )
    return PriceWindow(prices, store.read(SPLITS))


def doubts(store: Store, since: date, until: date) -> list[str]:
    """A sentence for each source with days between the two, both included, whose dates or closes are in doubt."""
    days = store.read(PRICE_DAYS, status=DayStatus.DOUBTFUL).with_columns(day=pl.coalesce("date", "supplied_date"))
    days = days.filter(pl.col("day").is_between(since - _LONGEST_CLOSURE, until))
    if (days["day"] < since).any():  # the calendar takes a while to import
        while not calendar.is_session(since):  # the close on such a day is that of the session before
            since -= timedelta(days=1)
    days = days.filter(pl.col("day") >= since)
    said = []
    for (source,), part in days.partition_by("source", as_dict=True, maintain_order=True).items():
        dates = [str(day) for day in part["day"].unique().sort()]
        more = f" and {plural(len(dates) - _SHOWN, 'other day')}" if len(dates) > _SHOWN else ""
        label = price_sources.label_of(str(source))
        said.append(
            f"Prices in doubt: closes of {label} on {', '.join(dates[:_SHOWN])}{more} and the changes that it reports "
            "contradict each other; figures from, to or over such a day may be wrong."
        )
    return said


def dividends(store: Store, prices: PricesFrame) -> tuple[DividendsFrame, list[str]]:
    """All dividends, and the tickers whose dividends are all known. Raises NotFoundError if none are loaded."""
    from ..sources import yahoo  # which loads what talks to the network

    reporting = store.prices(prices["date"].min(), prices["date"].max()).filter(pl.col("source") == yahoo.SOURCE)  # type: ignore[arg-type]
    covered = reporting.select(pl.col("ticker").unique()).collect()["ticker"].to_list()
    if not covered:
        raise NotFoundError(
            "no dividends are loaded: run `tracker prices fetch --source yahoo --symbol DUOT`, or leave out "
            "--total-return"
        )
    return store.read(DIVIDENDS), covered
