"""The prices that count between two days, and the dividends that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ..errors import NotFoundError
from ..output import plural
from ..pipeline import price_sources
from ..prices import calendar, selection
from ..prices import dividends as settled_dividends
from ..securities import ticker_map
from ..store import Store, price_spans
from ..tables import (
    DIVIDENDS,
    PRICE_DAYS,
    PRICES,
    SOURCES,
    SPLITS,
    DayStatus,
    DividendsFrame,
    PricesFrame,
    SplitsFrame,
)

_LONGEST_CLOSURE = timedelta(days=30)  # since 1914; the next longest was a week
_DESCRIBING = ("sector", "industry", "country", "pct_change")  # a year of them is most of its memory
_SHOWN = 5  # days that a sentence names


@dataclass(frozen=True)
class PriceWindow:
    """Prices between two days, both included (one row a ticker and day, from the source that wins), and all splits.

    `prices` has the columns of PRICES without sector, industry, country and pct_change, unless asked for: see `latest`.
    """

    prices: PricesFrame
    splits: SplitsFrame

    def follow(self, moves: pl.DataFrame) -> PriceWindow:
        """The window in which a renamed stock has all its prices under one ticker: see `ticker_map.moves`."""
        return PriceWindow(ticker_map.move(self.prices, moves), ticker_map.move(self.splits, moves))

    def between(self, since: date, until: date) -> PriceWindow:
        """A part of the window."""
        return PriceWindow(self.prices.filter(pl.col("date").is_between(since, until)), self.splits)


def load(
    store: Store,
    since: date | None = None,
    until: date | None = None,
    *,
    is_described: bool = False,
    tickers: Sequence[str] | None = None,
) -> PriceWindow:
    """The prices in the store between two days, of all tickers or some; None leaves an end open.

    With `is_described` they have all columns.
    """
    chosen = [name for name in PRICES.columns if is_described or name not in _DESCRIBING]
    prices = store.prices(since, until).select(chosen)
    if tickers is not None:
        prices = prices.filter(pl.col("ticker").is_in(list(tickers)))
    return PriceWindow(selection.preferred(prices.collect(), _precedence(store)), store.read(SPLITS))


def latest(store: Store, loaded: PriceWindow, moves: pl.DataFrame, day: date) -> PricesFrame:
    """The last row of each ticker on or before `day`, with all columns, under the tickers that `moves` give.

    `loaded` is a window around the day, before it followed them: a stock's history is whose its sources say there.
    """
    near = store.prices(day - timedelta(days=selection.MAX_AGE_DAYS), day).collect()
    described = ticker_map.move(selection.preferred(near, _precedence(store)), moves, loaded.prices)
    return selection.latest(described, day)


def with_sectors(store: Store, caps: PricesFrame, moves: pl.DataFrame, *, with_countries: bool = False) -> PricesFrame:
    """`caps` with the newest sector that any source gives, on whatever day, for rows without one.

    Sources of daily prices have none, and a company's sector hardly ever changes. Countries, which take a whole read to
    find, likewise `with_countries`.
    """
    spans = price_spans(store).select("ticker", "source", "sector", date="sector_on")
    caps = _completed(caps, spans, "sector", moves)
    if with_countries:
        stated = store.prices().filter(pl.col("country").is_not_null())
        caps = _completed(caps, stated.select("ticker", "source", "country", "date").collect(), "country", moves)
    return caps


def _completed(caps: PricesFrame, stated: pl.DataFrame, name: str, moves: pl.DataFrame) -> PricesFrame:
    """`caps` with the newest value of column `name` in `stated` (ticker, source, date and that) where it is null."""
    newest = ticker_map.move(stated.drop_nulls(name), moves).sort("date", "source")
    newest = newest.unique("ticker", keep="last", maintain_order=True).select("ticker", _stated=name)
    joined = caps.join(newest, on="ticker", how="left", validate="m:1", maintain_order="left")
    return joined.with_columns(pl.coalesce(name, "_stated").alias(name)).drop("_stated")


def _precedence(store: Store) -> list[str]:
    return selection.precedence(store.read(SOURCES), price_sources.ranked_names())


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


def dividends(store: Store, prices: PricesFrame, since: date, until: date) -> tuple[DividendsFrame, list[str]]:
    """All dividends, and the tickers whose dividends between two days are all known; `prices` are of that window.

    Raises NotFoundError if none are loaded.
    """
    from ..sources import yahoo  # which loads what talks to the network

    paid = store.read(DIVIDENDS)
    reporting = store.prices(prices["date"].min(), prices["date"].max()).filter(pl.col("source") == yahoo.SOURCE)  # type: ignore[arg-type]
    covered = reporting.select(pl.col("ticker").unique()).collect()["ticker"].to_list()
    covered += settled_dividends.covered(paid.filter(pl.col("source") != yahoo.SOURCE), since, until)
    if not covered:
        raise NotFoundError(
            "no dividends are loaded: run `tracker prices fetch --source yahoo --symbol DUOT` or "
            "`tracker prices import --dividends FILE`, or leave out --total-return"
        )
    return paid, covered
