"""What is exported under a fingerprint are the rows that it was taken of."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tests.export.helpers import NEWER
from tracker.errors import StoreError
from tracker.export.parts import LINES_OF_QUARTERS, Part, parts_of_prices, parts_of_quarters, whole_parts
from tracker.settings import Settings
from tracker.store import Store, layout
from tracker.tables import COUNTED_FROM, HOLDER_COUNTS, HOLDINGS, MANAGERS, POSITIONS, PRICES, Table


def part_of(store: Store, table: Table) -> Part:
    """One part of a table: of the newest quarter or the year that ends with it, or the whole."""
    parts = [*parts_of_quarters(store)[NEWER.end], *parts_of_prices(store), *whole_parts(store)]
    return next(part for part in parts if part.table is table and (not part.end or part.end.year == NEWER.end.year))


def add_lines(store: Store) -> None:
    store.add_lines(NEWER.end, store.lines(NEWER.end).with_columns(pl.col("shares") + 1))


def add_prices(store: Store) -> None:
    store.add_prices(store.supplied_prices(NEWER.start, NEWER.end).collect().with_columns(pl.col("close") + 1))


def count_again(store: Store) -> None:
    names = [name for name in COUNTED_FROM.columns if name != "period_of_report"]
    counted_from = store.read(COUNTED_FROM, period_of_report=NEWER.end).with_columns(pl.col(names) + "0")
    (holdings,) = store.counted_in(HOLDINGS, [NEWER]).values()
    store.store_count(counted_from, holdings, store.positions(NEWER), store.holder_counts(NEWER))


def drop_funds(store: Store) -> None:
    store.replace(MANAGERS, store.read(MANAGERS).with_columns(is_hedge_fund=pl.lit(False)))


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (LINES_OF_QUARTERS, add_lines),
        (PRICES, add_prices),
        (POSITIONS, count_again),
        (HOLDER_COUNTS, count_again),
        (MANAGERS, drop_funds),
    ],
    ids=lambda each: getattr(each, "name", ""),
)
def test_rows_that_changed_since_their_fingerprint_are_not_exported_under_it(
    own_market: Settings, table: Table, change: Callable[[Store], None]
) -> None:
    """A table that changes and changes back would else keep the rows in between for good."""
    with Store(own_market) as store:
        part = part_of(store, table)
        assert sum(rows.height for rows in part.read())
        with Store(own_market) as other, other.writing():
            change(other)
        with pytest.raises(StoreError, match=f"{table.name} of {part.label} were replaced while they were read"):
            list(part.read())
        if part.path:
            with pytest.raises(StoreError, match="were replaced"), part.unchanged():
                part.path.stat()
        assert part_of(store, table).fingerprint != part.fingerprint


@pytest.mark.parametrize("kept", [0, 1])
def test_lines_that_are_lost_are_not_exported_as_fewer(own_market: Settings, kept: int) -> None:
    path = layout.lines_path(own_market.db, NEWER.end)
    lines = pl.read_parquet(path, hive_partitioning=False)
    path.unlink()
    if kept:
        lines.head(kept).write_parquet(path)
    with Store(own_market) as store, pytest.raises(StoreError, match=rf"has {kept} of {lines.height:,} lines"):
        parts_of_quarters(store)
