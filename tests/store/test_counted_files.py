"""Positions and holder counts lie in Parquet and in SQLite: always the same rows, whatever happens in between."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import nullcontext

import polars as pl
import pytest

from tests.store.helpers import Q2, Q3, keep, positions
from tracker.store import SharedReads, Store, sharing
from tracker.store.layout import counted_paths
from tracker.tables import HOLDER_COUNTS, HOLDINGS, POSITIONS


def agree(store: Store) -> bool:
    both = [store.positions(Q3), store.holder_counts(Q3)]
    browsed = [store.read(table, period_of_report=Q3.end) for table in (POSITIONS, HOLDER_COUNTS)]
    return all(one.equals(other) for one, other in zip(both, browsed, strict=True))


@pytest.mark.parametrize(
    "after",
    [
        {"a": 1.0, "b": 2.0, "c": 3.0},
        {"a": 1.0, "b": 2.5, "c": None, "d": 4.0},
        {"a": 1.0, "b": 2.0, "d": 4.0},
        {"x": 1.0},
        {},
    ],
    ids=["same", "corrected", "one gone", "all others", "none"],
)
def test_what_is_counted_again_replaces_what_was_there(store: Store, after: dict[str, float | None]) -> None:
    keep(store, "one", positions({"a": 1.0, "b": 2.0, "c": None}))
    keep(store, "two", positions(after))
    assert store.positions(Q3).equals(positions(after)) and agree(store)
    files = {(path.parent.parent.name, path.name) for path in counted_paths(store.settings.db)}
    assert files == {(table, "part-two.parquet") for table in ("holdings", "positions", "holder_counts")}


def test_rows_that_stay_are_not_written_again(store: Store) -> None:
    keep(store, "one", positions({"a": 1.0, "b": 2.0, "c": 3.0}))
    before = store.connection.total_changes
    keep(store, "two", positions({"a": 1.0, "b": 2.0, "c": 4.0}))
    # the position deleted and inserted, and the fingerprints; the counts are the same
    assert store.connection.total_changes - before == 4


def test_rows_without_a_cusip_are_replaced_too(store: Store) -> None:
    def filed(shares: float) -> pl.DataFrame:
        held = positions({"a": 1.0, "b": 2.0, "c": 3.0, "?": shares})
        return held.with_columns(pl.col("cusip").replace("?", None)).sort(POSITIONS.key)

    keep(store, "one", filed(5.0))
    keep(store, "two", filed(6.0))
    assert store.positions(Q3, cusip=None)["shares"].to_list() == [6.0] and agree(store)


def test_positions_are_found_by_value_as_in_sqlite(store: Store) -> None:
    held = pl.concat([positions({"a": 1.0, "b": None}), positions({"a": 7.0}, cik=2)])
    keep(store, "one", held.sort(POSITIONS.key))
    many = [f"x{number}" for number in range(60)]
    for where in (
        {"cik": 2},
        {"cusip": ["a", "z"]},
        {"cusip": [*many, "b"]},
        {"ticker": None},
        {"cik": []},
        {"shares": None},
    ):
        assert store.positions(Q3, **where).equals(store.read(POSITIONS, **where)), where
    with pytest.raises(ValueError, match="positions has no column"):
        store.positions(Q3, no_such=1)


@pytest.mark.parametrize("is_shared", [False, True], ids=["one go", "shared"])
def test_several_quarters_are_read_as_each_of_them(store: Store, is_shared: bool) -> None:
    keep(store, "one", pl.concat([positions({"a": 1.0}), positions({"a": 7.0}, 2)]).sort(POSITIONS.key))
    keep(store, "one", positions({"a": 2.0, "b": None}, 2, Q2), Q2)
    asked = [Q3.next, Q3, Q2]  # of the first nothing is counted
    with sharing(SharedReads()) if is_shared else nullcontext():
        for cik in (1, 2, 3):
            found = store.counted_in(POSITIONS, asked, cik=cik)
            assert [*found] == [Q3, Q2]
            assert all(frame.equals(store.positions(quarter, cik=cik)) for quarter, frame in found.items())
        held = store.counted_in(HOLDINGS, asked, cik=2)
        assert {quarter: frame["shares"].to_list() for quarter, frame in held.items()} == {Q3: [7.0], Q2: [2.0, None]}
        assert store.counted_in(POSITIONS, []) == {}
        with pytest.raises(ValueError, match="positions has no column"):
            store.counted_in(POSITIONS, [Q3], no_such=1)


def test_of_several_quarters_one_whose_file_is_not_whole_is_left_out(store: Store) -> None:
    for quarter in (Q2, Q3):
        keep(store, "one", positions({"a": 1.0}, quarter=quarter), quarter)
    (path,) = (store.settings.db / "positions" / f"period={Q2.end}").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    assert [*store.counted_in(POSITIONS, [Q2, Q3])] == [Q3]


@pytest.mark.parametrize("content", [b"", b"PAR1 half", None], ids=["empty", "half", "gone"])
def test_a_file_that_is_not_whole_is_made_up_for_by_sqlite(store: Store, content: bytes | None) -> None:
    keep(store, "one", positions({"a": 1.0}))
    (path,) = (store.settings.db / "positions").rglob("*.parquet")
    path.unlink() if content is None else path.write_bytes(content)
    assert store.positions(Q3).equals(positions({"a": 1.0}))
    keep(store, "two", positions({"a": 2.0}))
    assert store.positions(Q3).equals(positions({"a": 2.0})) and agree(store)


def test_a_kill_before_the_commit_leaves_the_old_count(store: Store) -> None:
    keep(store, "one", positions({"a": 1.0}))
    script = """
import os, sys
from pathlib import Path
from tests.store.helpers import keep, positions
from tracker.settings import Settings
from tracker.store import Store, sql_values
store = Store(Settings(Path(sys.argv[1])))
sql_values.insert = lambda *_: os._exit(9)
keep(store, "two", positions({"a": 2.0, "b": 2.0}))
"""
    assert subprocess.run([sys.executable, "-c", script, store.settings.home]).returncode == 9
    assert store.positions(Q3).equals(positions({"a": 1.0})) and agree(store)
    with store.writing():
        assert {path.name for path in counted_paths(store.settings.db)} == {"part-one.parquet"}
    assert store.positions(Q3).equals(positions({"a": 1.0})) and agree(store)


def test_a_quarter_is_indexed_as_every_other_and_a_users_own_index_stays(store: Store) -> None:
    store.connection.execute('create index "the user\'s ""own""" on positions (family)')
    before = indexes(store)
    keep(store, "one", positions({"A": 1.0, "B": 2.0}))
    keep(store, "two", positions({"C": 1.0, "D": 2.0, "E": 3.0}))
    assert indexes(store) == before
    plan = store.connection.execute("explain query plan select * from positions where cik = 1").fetchall()
    assert "idx_positions_cik" in str(plan)
    assert store.connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert store.connection.execute("select cusip from positions where cik = 1").fetchall() == [("C",), ("D",), ("E",)]


def test_a_quarter_that_cannot_be_stored_leaves_rows_and_indexes_as_they_were(store: Store) -> None:
    keep(store, "one", positions({"A": 1.0, "B": 2.0}))
    before, held = indexes(store), store.read(POSITIONS)
    store.connection.execute(
        "create trigger full before insert on positions when new.cusip = 'D' begin select raise(abort, 'full'); end"
    )
    with pytest.raises(sqlite3.DatabaseError, match="full"):
        keep(store, "two", positions({"C": 1.0, "D": 2.0, "E": 3.0}))
    assert indexes(store) == before
    assert store.read(POSITIONS).equals(held)


def indexes(store: Store) -> list[tuple[object, ...]]:
    """Name and statement of each index of the positions."""
    sql = "select name, sql from sqlite_master where type = 'index' and tbl_name = 'positions' order by name"
    return store.connection.execute(sql).fetchall()
