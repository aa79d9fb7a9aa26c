"""Every declared frame is sound, and SQLite's tables come from the declarations."""

from __future__ import annotations

import re
import sqlite3
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlite_utils

from tracker import tables
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import Table

DECLARED = [value for value in vars(tables).values() if isinstance(value, Table)]
ITEMS = Table(
    "items",
    "For these tests.",
    ("number",),
    {
        "number": (tables.INT, "its number"),
        "name": (tables.TEXT, "its name"),
        "value_usd": (tables.REAL, "its value"),
        "made_on": (tables.DATE, "its day"),
    },
)


def test_names_of_tables_are_distinct_and_in_snake_case() -> None:
    names = [table.name for table in DECLARED]
    assert len(names) > 10 and len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", name) for name in names)


@pytest.mark.parametrize("table", DECLARED, ids=lambda table: table.name)
def test_a_table_is_declared_in_full(table: Table) -> None:
    assert table.about.endswith(".")
    assert table.key and set(table.key) <= set(table.columns)
    for name, (dtype, about) in table.columns.items():
        assert re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", name), name
        assert isinstance(dtype, pl.DataType), name
        assert about and about.strip() == about, name


def test_the_same_name_has_the_same_type_everywhere() -> None:
    types: dict[str, set[pl.DataType]] = {}
    for table in DECLARED:
        for name, dtype in table.schema.items():
            types.setdefault(name, set()).add(dtype)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


def test_a_flag_is_named_as_one_and_nothing_else_is() -> None:
    for table in DECLARED:
        for name, dtype in table.schema.items():
            assert name.startswith(("is_", "has_")) == (dtype == pl.Boolean()), f"{table.name}.{name}"


@pytest.mark.parametrize("table", DECLARED, ids=lambda table: table.name)
def test_an_empty_frame_has_the_shape(table: Table) -> None:
    frame = table.frame()
    assert frame.height == 0
    assert table.check(frame) is frame
    assert list(frame.schema.items()) == list(table.schema.items())


def test_a_frame_is_made_from_rows_or_from_columns() -> None:
    rows = ITEMS.frame([{"number": 1, "value_usd": 2.5}, {"number": 2, "name": "two", "made_on": date(2025, 9, 30)}])
    columns = ITEMS.frame(
        {"made_on": [None, date(2025, 9, 30)], "number": [1, 2], "name": [None, "two"], "value_usd": [2.5, None]}
    )
    assert rows.equals(columns)
    assert rows.rows() == [(1, None, 2.5, None), (2, "two", None, date(2025, 9, 30))]
    assert ITEMS.check(rows) is rows


def test_a_frame_refuses_a_value_of_another_type() -> None:
    with pytest.raises((TypeError, pl.exceptions.PolarsError)):
        ITEMS.frame([{"number": "not a number"}])


def test_fit_orders_fills_drops_and_casts() -> None:
    given = pl.DataFrame({"value_usd": [1, 2], "more": ["x", "y"], "number": pl.Series([1, 2], dtype=pl.UInt32)})
    fitted = ITEMS.fit(given)
    assert dict(fitted.schema) == ITEMS.schema and fitted.columns == list(ITEMS.columns)
    assert fitted.rows() == [(1, None, 1.0, None), (2, None, 2.0, None)]
    assert ITEMS.fit(fitted).equals(fitted)


def test_fit_keeps_the_number_of_rows() -> None:
    assert ITEMS.fit(pl.DataFrame({"more": [1, 2, 3]})).height == 3
    assert ITEMS.fit(pl.DataFrame({"number": []})).height == 0


def test_fit_never_turns_a_bad_value_into_null() -> None:
    with pytest.raises(pl.exceptions.PolarsError):
        ITEMS.fit(pl.DataFrame({"number": ["one"]}))


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"number": [1]}),
        ITEMS.frame([{"number": 1}]).with_columns(pl.lit(1).alias("more")),
        ITEMS.frame([{"number": 1}]).with_columns(pl.col("number").cast(pl.Int32)),
    ],
)
def test_check_names_the_table_whose_shape_is_off(frame: pl.DataFrame) -> None:
    with pytest.raises(ValueError, match="items: columns are"):
        ITEMS.check(frame)


def test_check_refuses_a_key_that_is_not_unique() -> None:
    with pytest.raises(ValueError, match=r"items: the key \('number',\) is not unique"):
        ITEMS.check(ITEMS.frame([{"number": 1, "name": "a"}, {"number": 1, "name": "b"}]))


def test_sqlite_has_exactly_the_declared_tables(tmp_path: Path) -> None:
    declared = {pl.String(): "TEXT", pl.Int64(): "INTEGER", pl.Float64(): "REAL", pl.Boolean(): "INTEGER"}
    with Store(Settings(tmp_path)) as store:
        assert store.database.table_names()
    connection = sqlite3.connect(tmp_path / "db" / "tracker.db")
    made = {
        name: connection.execute(f'select name, type, pk from pragma_table_info("{name}")').fetchall()
        for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
    }
    connection.close()
    assert set(made) == {table.name for table in tables.DATABASE}
    for table in tables.DATABASE:
        columns = [(name, {"FLOAT": "REAL"}.get(dtype, dtype)) for name, dtype, _ in made[table.name]]
        assert columns == [(name, declared.get(dtype, "TEXT")) for name, dtype in table.schema.items()]
        key = sorted((place, name) for name, _, place in made[table.name] if place)
        assert tuple(name for _, name in key) == table.key


def test_what_is_stored_is_plain_for_other_readers(tmp_path: Path) -> None:
    source = {"path": "reference/x", "fetched_at": datetime(2025, 11, 14, 17, 30), "bytes": 7}
    manager = {"cik": 1, "is_hedge_fund": True, "period_of_report": date(2025, 9, 30), "value_usd": 1.5}
    with Store(Settings(tmp_path)) as store:
        store.replace(tables.SOURCES, tables.SOURCES.frame([source]))
        store.replace(tables.MANAGERS, tables.MANAGERS.frame([manager]))
    connection = sqlite3.connect(tmp_path / "db" / "tracker.db")
    assert connection.execute("select fetched_at, bytes, url from sources").fetchall() == [
        ("2025-11-14T17:30:00.000000", 7, None)
    ]
    assert connection.execute("select is_hedge_fund, period_of_report, value_usd from managers").fetchall() == [
        (1, "2025-09-30", 1.5)
    ]
    connection.close()


@pytest.mark.parametrize("keys", [[1, 1], [2, 1, 2], [None, None], [None, 1, None], [1, None, 1]])
def test_a_key_that_appears_twice_is_found_in_any_order(keys: list[int | None]) -> None:
    with pytest.raises(ValueError, match="not unique"):
        ITEMS.check(ITEMS.frame({"number": key} for key in keys))


@pytest.mark.parametrize("keys", [[], [None], [1, 2], [2, 1], [None, 1], [1, None]])
def test_a_key_that_appears_once_is_sound_in_any_order(keys: list[int | None]) -> None:
    frame = ITEMS.frame({"number": key} for key in keys)
    assert ITEMS.check(frame).height == len(keys)


def test_a_key_of_several_columns_is_compared_from_the_first_on() -> None:
    pairs = Table("pairs", "For this test.", ("a", "b"), {"a": (tables.TEXT, "one"), "b": (tables.INT, "other")})
    assert pairs.check(pairs.frame([{"a": "x", "b": 2}, {"a": "y", "b": 1}])).height == 2
    with pytest.raises(ValueError, match="not unique"):
        pairs.check(pairs.frame([{"a": "x", "b": 1}, {"a": "y", "b": 1}, {"a": "x", "b": 1}]))


def test_tables_are_made_as_sqlite_utils_makes_them(tmp_path: Path) -> None:
    types = {pl.Int64(): int, pl.Float64(): float, pl.Boolean(): int}
    with Store(Settings(tmp_path)) as store:
        statements = "select name, sql from sqlite_master where type = 'table'"
        made = dict(store.connection.execute(statements).fetchall())
    expected = sqlite_utils.Database(memory=True)
    for table in tables.DATABASE:
        expected.table(table.name).create(
            {name: types.get(dtype, str) for name, dtype in table.schema.items()}, pk=table.key
        )
    assert made == dict(expected.execute(statements).fetchall())
