"""Whole tables of SQLite, and what all prices are in short, as `prepared` frames: rows need not be read one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import polars as pl

from .. import __version__
from ..tables import (
    CONTESTED_TICKERS,
    PRICE_DAYS,
    PRICE_SPANS,
    SECURITIES,
    ContestedTickersFrame,
    PriceSpansFrame,
    SecuritiesFrame,
    Table,
)
from . import layout, prepared
from .database import Store
from .shared_reads import shared


def read_securities(store: Store) -> SecuritiesFrame:
    """All SECURITIES, in key order, as `Store.read` has them."""
    return _read_whole(store, SECURITIES)


def read_contested_tickers(store: Store) -> ContestedTickersFrame:
    """The whole table CONTESTED_TICKERS."""
    return _read_whole(store, CONTESTED_TICKERS)


def price_spans(store: Store) -> PriceSpansFrame:
    """PRICE_SPANS of all loaded prices, under the sessions that they are of."""

    def read() -> PriceSpansFrame:
        digest = prepared.digest_of(store.price_files(), store.read(PRICE_DAYS).rows())
        path = store.settings.db / "prepared" / f"{PRICE_SPANS.name}.parquet"
        return prepared.frame(path, digest, PRICE_SPANS.schema, lambda: _spans(store))

    return shared(store.settings.db, ("prepared", PRICE_SPANS.name), read)


def prepared_facts(store: Store, table: Table, period: date, make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """What `make` finds from the table lines of a period and from SQLite, of the shape of `table`."""
    digest = prepared.digest_of(store.line_file(period), store.files.states([store.settings.database]))
    path = store.settings.db / "prepared" / f"{table.name}-{period}.parquet"
    return prepared.frame(path, digest, table.schema, make)


def facts_of_lines(
    store: Store, table: Table, periods: Sequence[date], sources: str, make: Callable[[], pl.DataFrame]
) -> pl.DataFrame:
    """What `make` finds from the table lines of `periods` and from `sources` (a digest), of the shape of `table`.

    It is kept under the first of the periods.
    """
    digest = prepared.digest_of([store.line_file(period) for period in periods], sources)
    path = store.settings.db / "prepared" / f"{table.name}-{periods[0]}.parquet"
    return prepared.frame(path, digest, table.schema, make)


def digest_of_all(store: Store) -> str:
    """Another text whenever anything in the store is another: lines, prices, or a table of SQLite."""
    lines = layout.line_paths(store.settings.db)
    return prepared.digest_of(
        store.files.states(lines), store.price_files(), store.files.states([store.settings.database])
    )


def facts_of_all(
    store: Store, name: str, schema: Mapping[str, pl.DataType], make: Callable[[], pl.DataFrame]
) -> pl.DataFrame:
    """What `make` finds in the whole store, kept under `name` as long as nothing in it changes."""
    if store.written[1] is None:  # the file does not say whether it was written to
        return make()
    return kept_frame(store, name, f"{__version__} {digest_of_all(store)}", schema, make)


def kept_frame(
    store: Store, name: str, digest: str, schema: Mapping[str, pl.DataType], make: Callable[[], pl.DataFrame]
) -> pl.DataFrame:
    """The frame that `make` returns, kept under `name` as long as what it is made from has the same digest."""
    return prepared.frame(store.settings.db / "prepared" / f"{name}.parquet", digest, schema, make)


def _spans(store: Store) -> PriceSpansFrame:
    day, has_cap = pl.col("date"), pl.col("market_cap_usd").is_not_null()
    dates = store.prices().group_by(PRICE_SPANS.key).agg(
        closes=pl.len(),
        first_date=day.min(),
        last_date=day.max(),
        first_capped=day.filter(has_cap).min(),
        last_capped=day.filter(has_cap).max(),
    )  # fmt: skip
    # one after the other: both at once take more than twice the memory
    sectors = store.prices().filter(pl.col("sector").is_not_null()).group_by(PRICE_SPANS.key).agg(
        sector=pl.col("sector").sort_by("date").last(), sector_on=day.max()
    )  # fmt: skip
    spans = dates.collect().join(sectors.collect(), on=PRICE_SPANS.key, how="left", validate="1:1")
    return PRICE_SPANS.check(PRICE_SPANS.fit(spans).sort(PRICE_SPANS.key))


def _read_whole(store: Store, table: Table) -> pl.DataFrame:
    if not store.settings.database.exists():
        return table.frame()

    def read() -> pl.DataFrame:
        _ = store.connection  # refuses a file of another version
        digest = prepared.digest_of(store.files.states([store.settings.database]))
        path = store.settings.db / "prepared" / f"{table.name}.parquet"
        return prepared.frame(path, digest, table.schema, lambda: store.read(table))

    return shared(store.settings.db, ("prepared", table.name), read)
