"""What a signal day's state was found out from, as digests: a state holds as long as its sources are the same.

A refresh adds filings, pairs and prices after the day, which change nothing that was known then; a digest of the whole
store would take every state for outdated. Sources are left in rather than out where in doubt: prices count by the year
of their files, table lines by the period.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from ..pipeline.digests import digest
from ..securities import ticker_map
from ..store import VERSION, Store
from ..store.layout import year_of
from ..store.prepared import digest_of
from ..store.session_dates import LATEST
from ..tables import OTHER_MANAGERS, PRICE_DAYS, SecuritiesFrame
from . import known_tickers
from .known_reports import known_on
from .known_state import Archive
from .signal_days import SignalDay

_NOTHING = pl.DataFrame(schema={"accession_number": pl.String, "row": pl.UInt64})


@dataclass(frozen=True)
class _PricedYear:
    """Tickers and sources with prices in a year, and the state of the file that has them."""

    tickers: pl.Series
    sources: list[str]
    files: list[tuple[object, ...]]


class StateSources:
    """Digests of all that the states of a store's signal days depend on."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self._store, self._archive = store, archive
        self._years: dict[int, _PricedYear] = {}

    def digest(self, signal: SignalDay) -> str:
        """Another text whenever the state of the signal day may be another."""
        day, quarter, archive = signal.day, signal.quarter, self._archive
        periods = [quarter.previous.previous, quarter.previous, quarter, quarter.next]
        years = range(min(quarter.start.year, day.year - 1), (day + LATEST).year + 1)
        priced = [self._year(year) for year in years]
        tickers = pl.concat([year.tickers for year in priced]).unique()
        sources = {source for year in priced for source in year.sources}
        return digest_of(
            VERSION,
            digest(*(rows.filter(pl.col("known_on") <= day) for rows in (self._filings, self._named))),
            [self._store.line_file(period.end) for period in periods],
            [year.files for year in priced],
            [source for source in archive.prices.precedence if source in sources],
            digest(self._store.read(PRICE_DAYS), archive.prices.splits.filter(pl.col("date") <= day)),
            digest(*_pairs(archive.securities, tickers, day)),
            archive.funds.sources_by(day),
        )

    @cached_property
    def _filings(self) -> pl.DataFrame:
        """Columns known_on, row: a number for each row of FILINGS."""
        filings = self._archive.reports.filings
        return filings.select(known_on.alias("known_on"), row=filings.hash_rows(seed=1))

    @cached_property
    def _named(self) -> pl.DataFrame:
        """As `_filings`, of OTHER_MANAGERS."""
        named = self._store.read(OTHER_MANAGERS)
        days = self._archive.reports.filings.select("accession_number", known_on.alias("known_on"))
        rows = named.select("accession_number", row=named.hash_rows(seed=1)) if named.height else _NOTHING
        return rows.join(days, on="accession_number", validate="m:1", maintain_order="left").select("known_on", "row")

    def _year(self, year: int) -> _PricedYear:
        if year not in self._years:
            prices = self._store.supplied_prices(date(year, 1, 1), date(year, 12, 31))
            found = prices.select(pl.col("ticker").unique().sort().implode(), pl.col("source").unique().implode())
            row = found.collect()
            paths = [path for path in self._store.price_paths() if year_of(path) == year]
            self._years[year] = _PricedYear(
                row["ticker"].explode(), row["source"].explode().to_list(), self._store.files.states(paths)
            )
        return self._years[year]


def _pairs(securities: SecuritiesFrame, tickers: pl.Series, day: date) -> list[pl.DataFrame]:
    """What `known_tickers` and `ticker_map.moves` look at: pairs seen by the day, and moves; pairs first seen later
    count for CUSIPs that had not been seen, if their tickers had prices."""
    seen = known_tickers.seen_by(securities, day)
    later = securities.filter(pl.col("first_seen") > day, pl.col("ticker").is_in(tickers.implode()))
    later = later.join(seen, on="cusip", how="anti")
    looked_at = pl.concat([seen, later]).select("cusip", "ticker", "first_seen")
    return [looked_at, ticker_map.moves(seen, day).sort(pl.all())]
