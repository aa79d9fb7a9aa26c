"""What candidates made from quarter to quarter, kept in `db/prepared`: closes of years gone by hardly ever change.

A quarter's growth counts as long as its stocks, their closes, splits, changes of name and ends up to its last day are
the same; prices count by the year of their files. A quarter has few files: questions of other stocks take turns in
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from .. import __version__
from ..pipeline.digests import digest
from ..quarters import Quarter
from ..store import Store
from ..store.kept_tables import kept_frame
from ..store.layout import year_of
from ..store.prepared import digest_of
from ..store.session_dates import LATEST
from ..tables import PRICE_DAYS
from .known_prices import PriceArchive

GROWN = {"ticker": pl.String(), "date": pl.Date(), "growth": pl.Float64(), "market_cap_usd": pl.Float64()}
DAY_COUNTS = {"date": pl.Date(), "len": pl.UInt32()}
_VERSION = 1  # raised when growth is found otherwise
_FILES = 2  # that a quarter has at most


@dataclass(frozen=True)
class Stretch:
    """A quarter's stocks (columns ticker, market_cap_usd) between two days, with the moves and ends that touch them."""

    quarter: Quarter
    stocks: pl.DataFrame
    days: tuple[date, date]
    moves: pl.DataFrame
    ends: pl.DataFrame


class KeptGrowth:
    """The growth of a store's candidates, from the last time where nothing that it rests on has changed since."""

    def __init__(self, store: Store, prices: PriceArchive) -> None:
        self._store, self._prices = store, prices

    def of(self, stretch: Stretch, grow: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Columns `GROWN` of a quarter's stocks: as they were kept, else as `grow` finds them."""
        since, until = stretch.days
        stocks = digest(stretch.stocks.sort("ticker"))
        sources = digest_of(
            _VERSION,
            __version__,
            stretch.days,
            stocks,
            digest(stretch.moves.sort(pl.all())),
            digest(
                stretch.ends.filter(pl.col("known_on") <= until)
                .select("ticker", "known_on", "final_pct")
                .sort("ticker")
            ),
            self._closes(since, until),
            digest(self._prices.splits.filter(pl.col("date") <= until)),
        )
        return kept_frame(self._store, f"growth-{stretch.quarter}-{int(stocks, 16) % _FILES}", sources, GROWN, grow)

    def ends(self, asked: str, schema: Mapping[str, pl.DataType], find: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """How listings end, which `find` finds out from all prices and from what `asked` is a digest of."""
        sources = digest_of(_VERSION, __version__, asked, self._closes(), digest(self._prices.splits))
        return kept_frame(self._store, "band-ends", sources, schema, find)

    def day_counts(self, since: date) -> pl.DataFrame:
        """Columns `DAY_COUNTS`, as `PriceArchive.closes_by_day` finds them."""
        sources = digest_of(_VERSION, __version__, since, self._closes())
        return kept_frame(self._store, "closes-by-day", sources, DAY_COUNTS, lambda: self._prices.closes_by_day(since))

    def _closes(self, since: date | None = None, until: date | None = None) -> tuple[object, ...]:
        """What is another whenever a close between two days (default: any) may be another."""
        first, last = (since or date.min).year, ((until + LATEST) if until else date.max).year
        paths = [path for path in self._store.price_paths() if first <= year_of(path) <= last]
        return self._store.files.states(paths), digest(self._store.read(PRICE_DAYS)), self._prices.precedence
