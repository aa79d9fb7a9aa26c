"""Where the Parquet files lie: every engine finds the period and the year, and a home of the first layout is moved."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.store.helpers import Q3, keep, positions
from tests.submissions import accession
from tracker.errors import StoreError
from tracker.store import Store
from tracker.store.layout import counted_path, folders, line_paths, lines_path, move_flat_files, prices_path
from tracker.tables import LINES, PRICES

PERIODS = (date(2025, 6, 30), date(2025, 9, 30))


def load(store: Store) -> Path:
    """Two periods of lines, two years of prices and a count; returns `db/`."""
    for place, period in enumerate(PERIODS, start=1):
        lines = LINES.frame(
            {"accession_number": accession(place), "line_number": at, "cusip": "A"} for at in range(place)
        )
        store.add_lines(period, lines)
    closes = ({"ticker": "ABC", "date": date(year, 5, 2), "close": 2.0, "source": "file"} for year in (2024, 2025))
    store.add_prices(PRICES.frame(closes))
    keep(store, "one", positions({"a": 1.0}))
    return store.settings.db


def flatten(db: Path) -> None:
    """The files of `load` as the first layout had them."""
    for period in PERIODS:
        lines_path(db, period).rename(db / "lines" / f"period={period}.parquet")
        lines_path(db, period).parent.rmdir()
    for year in (2024, 2025):
        prices_path(db, year).rename(db / "prices" / f"year={year}.parquet")
        prices_path(db, year).parent.rmdir()
    old = db / "counted" / f"period={Q3.end}"
    old.mkdir(parents=True)
    for table in ("holdings", "positions", "holder_counts"):
        counted_path(db, table, Q3.end, "one").rename(old / f"{table}-one.parquet")
        (db / table / f"period={Q3.end}").rmdir()


def test_a_reader_of_folders_finds_the_period_of_each_line_and_the_year_of_each_price(store: Store) -> None:
    db = load(store)
    half = lines_path(db, PERIODS[0]).with_name(f".incoming-{os.getpid()}-0-part-0.parquet")
    half.write_bytes(b"being written")
    lines = pl.scan_parquet(f"{db}/lines/period=*/part-*.parquet", hive_partitioning=True)
    assert sorted(lines.group_by("period").len().collect().rows()) == [(PERIODS[0], 1), (PERIODS[1], 2)]
    with duckdb.connect() as engine:
        sql = "select {0}, count(*) from read_parquet(?, hive_partitioning = true) group by 1 order by 1"
        by_period = engine.execute(sql.format("period"), [f"{db}/lines/period=*/part-*.parquet"]).fetchall()
        by_year = engine.execute(sql.format("year"), [f"{db}/prices/year=*/part-*.parquet"]).fetchall()
    assert by_period == [(PERIODS[0], 1), (PERIODS[1], 2)] and by_year == [(2024, 1), (2025, 1)]


def test_columns_and_types_are_the_declared_ones_in_every_file(store: Store) -> None:
    for path in line_paths(load(store)):
        assert list(pl.read_parquet_schema(path).items()) == list(LINES.schema.items())


def test_a_home_of_the_first_layout_is_moved_once_and_says_the_same(store: Store) -> None:
    db = load(store)
    asked = [store.lines(period) for period in PERIODS], store.prices().collect(), store.positions(Q3)
    flatten(db)
    assert move_flat_files(db) == 7
    again = [store.lines(period) for period in PERIODS], store.prices().collect(), store.positions(Q3)
    assert [one.equals(other) for one, other in zip(asked[0], again[0], strict=True)] == [True, True]
    assert asked[1].equals(again[1]) and asked[2].equals(again[2])
    assert move_flat_files(db) == 0 and not (db / "counted").exists()


def test_a_file_written_since_stays_and_a_half_moved_home_is_moved_on(store: Store) -> None:
    db = load(store)
    newer = store.lines(PERIODS[1])
    flatten(db)
    lines_path(db, PERIODS[1]).parent.mkdir()
    newer.write_parquet(lines_path(db, PERIODS[1]))
    (db / "lines" / f"period={PERIODS[1]}.parquet").write_bytes(b"older")
    assert move_flat_files(db) == 7
    assert store.lines(PERIODS[1]).equals(newer) and store.lines(PERIODS[0]).height == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="every user may write there")
def test_a_folder_that_cannot_be_written_is_told(store: Store) -> None:
    db = load(store)
    flatten(db)
    for folder in (db / "lines", db / "prices", db / "counted"):
        folder.chmod(0o500)
    try:
        with pytest.raises(StoreError, match=r"cannot be moved .*: run any command once as a user who may write there"):
            move_flat_files(db)
    finally:
        for folder in (db / "lines", db / "prices", db / "counted"):
            folder.chmod(0o700)


def test_folders_name_every_place_that_is_written_to(store: Store) -> None:
    db = load(store)
    written = {path.parent for path in db.rglob("*.parquet")} - {db / "prepared"}
    assert written <= set(folders(db))
