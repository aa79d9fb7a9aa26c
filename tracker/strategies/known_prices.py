"""Prices as they were on a day, read as far as a question needs them: a history of all names does not fit in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from ..pipeline import price_sources
from ..prices import selection
from ..quarters import Quarter
from ..reports.price_window import PriceWindow
from ..store import Store
from ..tables import SOURCES, SPLITS, PricesFrame, SplitsFrame

_VOLUME_DAYS = timedelta(days=45)  # that show what is usually traded
QUOTED = ("ticker", "date", "close", "market_cap_usd", "exchange", "name", "sector", "country", "source")
_TRADED = ("ticker", "date", "close", "volume", "is_adjusted", "source")
_NEEDED = ("ticker", "date", "close", "pct_change", "is_adjusted", "source")


class PriceArchive:
    """The prices of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._years: dict[int, _Year] = {}

    @cached_property
    def splits(self) -> SplitsFrame:
        """All SPLITS."""
        return self._store.read(SPLITS)

    def quoted(self, day: date) -> PricesFrame:
        """The newest row of each ticker at the end of `day`, at most a week old, with the columns `QUOTED`."""
        since = day - timedelta(days=selection.MAX_AGE_DAYS)
        near = self._store.prices(since, day).select(QUOTED).collect()
        return selection.latest(selection.preferred(near, self.precedence), day)

    def known_by(self, day: date, quarter: Quarter, tickers: pl.Series, moves: pl.DataFrame) -> PriceWindow:
        """Prices of some tickers and all splits up to a day, followed through `moves`: nothing later is in them.

        Prices are those since the quarter began, or of the weeks that show volumes, and of the last week of the year
        before, from which returns are measured. Columns ticker, date, close, volume, is_adjusted, source.
        """
        base, since = date(day.year - 1, 12, 31), min(quarter.start, day - _VOLUME_DAYS)
        before = moves.filter(pl.col("_then").is_in(tickers.implode()))["ticker"]
        wanted = pl.concat([tickers, before]).unique()
        after = moves.filter(pl.col("ticker").is_in(wanted.implode()))["_then"].rename("ticker")
        wanted = pl.concat([wanted, after]).unique()
        spans = [(since, day)]
        if since > base:
            spans.insert(0, (base - timedelta(days=selection.MAX_AGE_DAYS), base))
        rows = [self._store.prices(first, last).select(_TRADED) for first, last in spans]
        chosen = pl.concat(rows).join(wanted.to_frame().lazy(), on="ticker", how="semi").collect()
        window = PriceWindow(selection.preferred(chosen, self.precedence), self.splits.filter(pl.col("date") <= day))
        window = window.follow(moves.filter(pl.col("ticker").is_in(wanted.implode())))
        return PriceWindow(window.prices.filter(pl.col("ticker").is_in(tickers.implode())), window.splits)

    @cached_property
    def precedence(self) -> list[str]:
        """The sources of prices, the one that wins first."""
        return selection.precedence(self._store.read(SOURCES), price_sources.ranked_names())

    def newest_cap(self) -> date | None:
        """The last day with a market cap."""
        capped = self._store.prices().filter(pl.col("market_cap_usd").is_not_null())
        newest: date | None = capped.select(pl.col("date").max()).collect().item()
        return newest

    def closes_by_day(self, since: date) -> pl.DataFrame:
        """Columns date, len: how many closes there are each day from `since` on, of the source that has most."""
        counts = self._store.prices(since).group_by("date", "source").len()
        return counts.group_by("date").agg(pl.col("len").max()).sort("date").collect(engine="streaming")

    def of(self, tickers: Sequence[str], since: date, until: date, columns: Sequence[str] = ()) -> PriceWindow:
        """Prices of some tickers between two days, one row a ticker and day, and all splits.

        Columns ticker, date, close, pct_change, is_adjusted, source and `columns`, others of PRICES.

        The rows of a ticker are in the order of their dates.
        """
        wanted = pl.Series("ticker", tickers, pl.String).unique()
        parts: list[PricesFrame] = []
        for first, last in _years(since, until):
            if not columns:
                parts.append(self._year(first.year).of(wanted, first, last))
                continue
            near = self._closes(first, last, columns)
            part = near.join(wanted.to_frame().lazy(), on="ticker", how="semi", maintain_order="left").collect()
            parts.append(_in_order(selection.preferred(part, self.precedence)))
        return PriceWindow(pl.concat(parts), self.splits)

    def _closes(self, first: date, last: date, columns: Sequence[str] = ()) -> pl.LazyFrame:
        return self._store.prices(first, last).select(*_NEEDED, *columns).filter(pl.col("close") > 0)

    def _year(self, year: int) -> _Year:
        """The closes of all tickers in a year: the quarters of a year ask for them one after the other."""
        if year not in self._years:
            for old in sorted(self._years)[:-1]:
                del self._years[old]
            closes = self._closes(date(year, 1, 1), date(year, 12, 31)).collect()
            self._years[year] = _Year(_in_order(selection.preferred(closes, self.precedence)))
        return self._years[year]

    def last_closes(self, tickers: Sequence[str], until: date, since: date | None = None) -> pl.DataFrame:
        """Columns ticker, date: the last close of each of the tickers that has one between the two days."""
        if not tickers:
            return pl.DataFrame(schema={"ticker": pl.String, "date": pl.Date})
        wanted = pl.LazyFrame({"ticker": tickers}, schema={"ticker": pl.String}).unique()
        quoted = self._store.prices(since, until).filter(pl.col("close") > 0).select("ticker", "date")
        last = quoted.join(wanted, on="ticker", how="semi").group_by("ticker").agg(pl.col("date").max())
        return last.sort("ticker").collect()

    def quoted_after(self, day: date, tickers: Sequence[str]) -> list[str]:
        """Those of the tickers that have a close after the day."""
        wanted = pl.LazyFrame({"ticker": tickers}, schema={"ticker": pl.String}).unique()
        later = self._store.prices(day + timedelta(days=1)).join(wanted, on="ticker", how="semi")
        return later.select(pl.col("ticker").unique().sort()).collect()["ticker"].to_list()


class _Year:
    """The closes of all tickers in a year, by ticker and date: those of some are found without comparing texts."""

    def __init__(self, closes: PricesFrame) -> None:
        runs = closes.select(pl.col("ticker").rle()).unnest("ticker")
        self._tickers = runs["value"]
        numbers = closes["ticker"].rle_id()
        self._closes = closes.insert_column(0, numbers.alias("_number"))

    def of(self, wanted: pl.Series, since: date, until: date) -> PricesFrame:
        """The closes of the tickers `wanted` between two days, both inclusive, in the same order."""
        is_wanted = self._tickers.is_in(wanted.implode())
        chosen = pl.col("date").is_between(since, until) & pl.lit(is_wanted).gather(pl.col("_number"))
        return self._closes.filter(chosen).drop("_number")


def _in_order(prices: PricesFrame) -> PricesFrame:
    """The rows by ticker and date: as price files have them, if nothing was joined."""
    same = pl.col("ticker") == pl.col("ticker").shift()
    is_wrong = (pl.col("ticker") < pl.col("ticker").shift()) | (same & (pl.col("date") < pl.col("date").shift()))
    return prices.sort("ticker", "date") if prices.select(is_wrong.any()).item() else prices


def _years(since: date, until: date) -> Iterator[tuple[date, date]]:
    """The parts of a span that are in one calendar year, as price files are."""
    for year in range(since.year, until.year + 1):
        yield max(since, date(year, 1, 1)), min(until, date(year, 12, 31))
