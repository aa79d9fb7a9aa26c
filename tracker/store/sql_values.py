"""How rows and values are stored in SQLite: dates and times as ISO text, flags as 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import polars as pl

from ..tables import Table

if TYPE_CHECKING:
    import sqlite3

_TOGETHER = 100  # rows a statement: a quarter less time than with one; 39 columns of them are far from SQLite's limit


def insert(connection: sqlite3.Connection, table: Table, frame: pl.DataFrame) -> None:
    """Add the rows of `frame`, which has the columns of `table`, within the transaction that is open."""
    if frame.is_empty():
        return
    plain = frame.select(stored_form(name, dtype) for name, dtype in table.schema.items())
    names, places = ", ".join(f'"{name}"' for name in plain.columns), f"({', '.join('?' * plain.width)})"
    beginning = f'insert into "{table.name}" ({names}) values '  # noqa: S608 (names are declared)
    several = beginning + ", ".join([places] * _TOGETHER)
    rows = plain.iter_rows()
    for _ in range(plain.height // _TOGETHER):
        connection.execute(several, tuple(chain.from_iterable(islice(rows, _TOGETHER))))
    connection.executemany(beginning + places, rows)


def where(table: Table, wanted: Mapping[str, object]) -> tuple[str, list[Any]]:
    """A `where` clause (empty for no condition) and its parameters; ValueError for an undeclared column."""
    clauses: list[str] = []
    values: list[Any] = []
    for name, value in wanted.items():
        if name not in table.schema:
            raise ValueError(f"{table.name} has no column {name}")
        wanted_values = choices(value)
        given = [item for item in wanted_values if item is not None]
        among = f'"{name}" in ({", ".join("?" * len(given))})'
        clauses.append(among if len(given) == len(wanted_values) else f'({among} or "{name}" is null)')
        values += map(_stored_value, given)
    return (" where " + " and ".join(clauses)) if clauses else "", values


def choices(value: object) -> list[Any]:
    """The values that a condition allows: those of a collection, or the one."""
    return list(value) if isinstance(value, list | tuple | set | frozenset | pl.Series) else [value]


def _stored_value(value: object) -> object:
    """As `stored_form` writes it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def stored(dtype: pl.DataType) -> pl.DataType:
    """The type in which values of `dtype` are stored in SQLite."""
    if dtype in (pl.String(), pl.Date()) or isinstance(dtype, pl.Datetime):
        return pl.String()
    return pl.Int64() if dtype == pl.Boolean() else dtype


def stored_form(name: str, dtype: pl.DataType) -> pl.Expr:
    """Column `name` as it is stored: readable by Datasette and sqlite3 without conversion."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f")
    if dtype == pl.Date():
        return column.dt.to_string("%Y-%m-%d")
    return column.cast(pl.Int64) if dtype == pl.Boolean() else column


def read_back(name: str, dtype: pl.DataType) -> pl.Expr:
    """Column `name` as it was before it was stored."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return column.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f", time_unit="us")
    if dtype == pl.Date():
        return column.str.to_date("%Y-%m-%d")
    return column.cast(dtype)
