"""The tables in PostgreSQL: made from their declarations, with keys, indexes and comments.

A table is known to be ours by the last sentence of its comment. No other is ever dropped, emptied or written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from ..errors import ExportError
from ..tables import DATE, FLAG, INT, PRICES, REAL, TEXT, TIME, Table
from ..tables.indexed import INDEXES
from .parts import QUARTERLY, Part, digest_of

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

    from .postgresql_connection import Connection

EXPORTED = Table(
    "exported",
    "Which parts of which tables the last export wrote: a part is replaced if its fingerprint is another.",
    ("table_name", "part"),
    {
        "table_name": (TEXT, "the table"),
        "part": (TEXT, "a quarter, a year or `all`; `columns` for the table itself"),
        "fingerprint": (TEXT, "a digest of the rows, or of what they were made from"),
        "row_count": (INT, "rows in the part"),
        "exported_at": (TIME, "when, in UTC"),
    },
)
DEFINITION = "columns"  # the part that stands for the table itself
_OURS = "Written by `tracker export`, which replaces what has changed."
_TYPES: dict[pl.DataType, str] = {
    TEXT: "text", INT: "bigint", REAL: "double precision", FLAG: "boolean", DATE: "date", TIME: "timestamp",
}  # fmt: skip
_IS_OURS = """
select obj_description(c.oid, 'pg_class') like %s
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = %s and c.relname = %s
"""


class Tables:
    """The tables of one schema of a database."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self.connection, self.schema = connection, schema

    def prepare(self, tables: Iterable[Table]) -> None:
        """Make what is not there: the schema, EXPORTED and `tables`; those whose columns have changed are made anew.

        A description that reads differently is only written again.

        Raises ExportError for a table of somebody else with one of the names.
        """
        with self.connection.transaction():
            if not self.connection.execute("select 1 from pg_namespace where nspname = %s", [self.schema]).fetchone():
                self._run("create schema {schema}")
                self._run("comment on schema {schema} is {about}", about="SEC Form 13F, by `tracker export`")
            if not self.is_ours(EXPORTED.name):
                self._create(EXPORTED)
            fingerprints = self.fingerprints()
            for table in tables:
                shape = digest_of(table.schema, table.key, INDEXES.get(table.name), _partition_of(table))
                definition = f"{shape} {digest_of(table.about, table.columns)}"
                is_there = self.is_ours(table.name)
                noted = fingerprints.get((table.name, DEFINITION), "")
                if is_there and noted == definition:
                    continue
                if is_there and noted.startswith(shape):
                    self._comment(table)
                else:
                    if is_there:
                        self._run("drop table {table}", table=table.name)
                    self._create(table)
                    self._run("delete from {table} where table_name = %s", [table.name], table=EXPORTED.name)
                self.note(table.name, DEFINITION, definition, 0)

    def is_ours(self, name: str) -> bool:
        """Whether a table or partition is there. Raises ExportError if it is somebody else's."""
        row = self.connection.execute(_IS_OURS, [f"%{_OURS}", self.schema, name]).fetchone()
        if row and not row[0]:
            raise ExportError(
                f"schema {self.schema} has a {name} that no export made, and that is left alone: "
                "choose another with --schema, or rename it"
            )
        return row is not None

    def drop(self, table: Table) -> bool:
        """Drop a table that an export made; returns whether it was there."""
        if not self.is_ours(table.name):
            return False
        with self.connection.transaction():
            self._run("drop table {table}", table=table.name)
            self._run("delete from {table} where table_name = %s", [table.name], table=EXPORTED.name)
        return True

    # ---- what was exported ----------------------------------------------------------------------------------

    def fingerprints(self) -> dict[tuple[str, str], str]:
        """The fingerprints of all parts there, by table and part."""
        rows = self._run("select table_name, part, fingerprint from {table}", table=EXPORTED.name)
        return {(name, part): fingerprint for name, part, fingerprint in rows.fetchall()}

    def note(self, name: str, part: str, fingerprint: str, row_count: int) -> None:
        """Note that a part is there now."""
        values = [name, part, fingerprint, row_count]
        self._run("delete from {table} where table_name = %s and part = %s", values[:2], table=EXPORTED.name)
        self._run("insert into {table} values (%s, %s, %s, %s, now() at time zone 'utc')", values, table=EXPORTED.name)

    # ---- partitions -----------------------------------------------------------------------------------------

    def add_incoming(self, part: Part) -> str:
        """Make an empty table like the part's, to be filled and then put in place; returns its name."""
        name = f"{_partition_name(part.table.name, part.label)}_incoming"
        if self.is_ours(name):
            self._run("drop table {table}", table=name)
        self._run("create table {table} (like {parent})", table=name, parent=part.table.name)
        self._run("comment on table {table} is {about}", table=name, about=f"{part.label}. {_OURS}")
        return name

    def put_in_place(self, part: Part, incoming: str) -> None:
        """Index a filled table and make it the part of its table, instead of the one that is there."""
        name, (column, values) = _partition_name(part.table.name, part.label), _bounds(part)
        self._run(f"alter table {{table}} add primary key ({{key}}), add constraint of_part check ({values[0]})",
                  table=incoming, key=part.table.key, column=column)  # fmt: skip
        for column_name in INDEXES.get(part.table.name, ()):
            self._run("create index on {table} ({key})", table=incoming, key=[column_name])
        self._run("analyze {table}", table=incoming)
        # only now do readers wait, and only for a moment
        self._run("set local lock_timeout = '60s'")
        self.drop_partition(part.table.name, part.label)
        self._run("alter table {table} rename to {name}", table=incoming, name=name)
        self._run(f"alter table {{parent}} attach partition {{table}} {values[1]}", parent=part.table.name, table=name)
        self._run("alter table {table} drop constraint of_part", table=name)

    def drop_partition(self, name: str, label: str) -> None:
        """Drop a part of a table, if it is there."""
        if self.is_ours(_partition_name(name, label)):
            self._run("drop table {table}", table=_partition_name(name, label))

    def remove(self, name: str, label: str) -> None:
        """Remove a part that is no longer: its partition, if it is one, and the note of it."""
        self.drop_partition(name, label)
        self._run("delete from {table} where table_name = %s and part = %s", [name, label], table=EXPORTED.name)

    # ---- statements -----------------------------------------------------------------------------------------

    def copy_statement(self, name: str, table: Table, *, is_new: bool) -> sql.Composed:
        """The statement that takes rows of `table` as CSV into the table `name`."""
        # rows of a table made in the same transaction need no vacuum later
        return self._composed(
            f"copy {{table}} ({{columns}}) from stdin (format csv{', freeze' if is_new else ''})",
            table=name,
            columns=list(table.columns),
        )

    def empty(self, name: str) -> None:
        """Delete all rows."""
        self._run("delete from {table}", table=name)

    def _create(self, table: Table) -> None:
        names = {f"column_{number}": name for number, name in enumerate(table.columns)}
        columns = ", ".join(f"{{{place}}} {_TYPES[table.schema[name]]}" for place, name in names.items())
        whole = f"create table {{table}} ({columns}, primary key ({{key}})){_partition_of(table)}"
        self._run(whole, table=table.name, key=table.key, **names)
        for column_name in INDEXES.get(table.name, ()):
            self._run("create index on {table} ({key})", table=table.name, key=[column_name])
        self._comment(table)

    def _comment(self, table: Table) -> None:
        self._run("comment on table {table} is {about}", table=table.name, about=f"{table.about} {_OURS}")
        for name, (_, about) in table.columns.items():
            self._run("comment on column {table}.{column} is {about}", table=table.name, column=name, about=about)

    def _run(
        self, statement: str, values: Sequence[object] = (), **names: str | Sequence[str]
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        return self.connection.execute(self._composed(statement, **names), values or None)

    def _composed(self, statement: str, **names: str | Sequence[str]) -> sql.Composed:
        """A statement with its names quoted: tables get their schema, `about` is a text."""
        from psycopg import sql

        parts: dict[str, sql.Composable] = {"schema": sql.Identifier(self.schema)}
        for place, name in names.items():
            if place == "about":
                parts[place] = sql.Literal(name)
            elif not isinstance(name, str):
                parts[place] = sql.SQL(", ").join(map(sql.Identifier, name))
            else:
                parts[place] = sql.Identifier(*([self.schema] if place in ("table", "parent") else []), name)
        return sql.SQL(statement).format(**parts)


def is_partitioned(table: Table) -> bool:
    """Whether a part of the table is a partition of its own."""
    return table is PRICES or table in QUARTERLY


def _partition_of(table: Table) -> str:
    if table is PRICES:
        return " partition by range (date)"
    return " partition by list (period_of_report)" if is_partitioned(table) else ""


def _partition_name(name: str, label: str) -> str:
    return f"{name}_{label.lower()}"


def _bounds(part: Part) -> tuple[str, tuple[str, str]]:
    """A partition's column; what is true of its rows, and what an `attach` says of them."""
    assert part.end is not None
    if part.table is PRICES:
        first, after = f"'{part.end.year}-01-01'", f"'{part.end.year + 1}-01-01'"
        return "date", (f"{{column}} >= {first} and {{column}} < {after}", f"for values from ({first}) to ({after})")
    day = f"'{part.end.isoformat()}'"
    return "period_of_report", (f"{{column}} = {day}", f"for values in ({day})")
