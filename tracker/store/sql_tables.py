"""The tables in SQLite: how they are made, read and replaced."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from ..errors import StoreError
from ..settings import Settings
from ..tables import (
    DATABASE,
    HOLDER_COUNTS,
    POSITIONS,
    Table,
)
from ..tables.indexed import INDEXES
from . import sql_values
from .disk_faults import REBUILD, told, unreadable
from .parquet import Bulk
from .pulled_homes import refuse_half_pulled
from .shared_reads import shared

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

# Increased whenever a schema in `tables`, or what the parser makes of a filing, changes.
VERSION = 8
_WRITE_AHEAD = 2  # of SQLite's file format versions
_WAIT_SECONDS = 30.0  # for another program that is using the database
_CACHE_KB = 65_536  # of a transaction: the pages of an index that rows of a quarter go to, so that each is written once
_ROWS_AT_ONCE = 50_000

_SQL_TYPES: dict[pl.DataType, str] = {pl.Int64(): "INTEGER", pl.Float64(): "REAL", pl.Boolean(): "INTEGER"}
_LONGEST = (POSITIONS, HOLDER_COUNTS)


class SqlTables(Bulk):
    """The SQLite half of the store."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._connection: sqlite3.Connection | None = None
        # whole tables as they were read; they hold until they are written to, here or by another program
        self._kept: dict[str, tuple[int, pl.DataFrame]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def database(self) -> Database:
        """The SQLite file as sqlite-utils sees it; not used here otherwise, as its import may take half a second."""
        from sqlite_utils import Database

        return Database(self.connection)

    @property
    def connection(self) -> sqlite3.Connection:
        """The SQLite file, created on first use. Raises StoreError if it is of another version or damaged."""
        if self._connection is None:
            import sqlite3

            path = self.settings.database
            refuse_half_pulled(self.settings.db)
            is_new = not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            with told(path):
                connection = sqlite3.connect(path, timeout=_WAIT_SECONDS)
            try:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if is_new or (version == 0 and not connection.execute("select 1 from sqlite_master").fetchone()):
                    _create(connection)
                elif version != VERSION:
                    raise StoreError(
                        f"{path} was made by another version (schema {version}, this is {VERSION}): {REBUILD}"
                    )
            except sqlite3.DatabaseError as error:
                connection.close()
                raise unreadable(path, error) from None
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    @property
    def written(self) -> tuple[int, int | None]:
        """Which database this is (a random number; 0 if there is none), and how often it has been written to.

        The latter is null in write-ahead mode, which a user may have set: there the file does not say.
        """
        if not self.settings.database.exists():
            return 0, None
        made = self.connection.execute("PRAGMA application_id").fetchone()[0]
        with self.settings.database.open("rb") as file:
            header = file.read(28)
        is_ahead = header[18] == _WRITE_AHEAD
        return made, None if is_ahead else int.from_bytes(header[24:28], "big")  # the file change counter

    def gather(self) -> None:
        """Have all that was ever committed in the one file: also what a kill or the write-ahead mode left beside it.

        Raises StoreError if another program keeps it from that.
        """
        import sqlite3

        try:
            is_busy = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise unreadable(self.settings.database, error) from None
        if is_busy:
            raise unreadable(self.settings.database, sqlite3.OperationalError("database is locked"))

    def read(self, table: Table, **where: object) -> pl.DataFrame:
        """Rows of `table` whose columns equal the given values (a list: any of them), in key order."""
        if not self.settings.database.exists():
            return table.frame()
        if where or table in _LONGEST:
            values = _hashable(where)
            if values is None:
                return self._read(table, where)
            return shared(self.settings.db, (table.name, values), lambda: self._read(table, where))
        return shared(self.settings.db, table.name, lambda: self._read_whole(table))

    def _read_whole(self, table: Table) -> pl.DataFrame:
        version, frame = self._kept.get(table.name, (None, table.frame()))
        if version != self._others_writes():
            # asked for before, so that what is written meanwhile is not missed
            version = self._others_writes()
            frame = self._read(table, {})
            self._kept[table.name] = version, frame
        return frame

    def read_numbers(self, table: Table, **where: object) -> set[str]:
        """The accession numbers of those rows, without reading the rows."""
        if not self.settings.database.exists():
            return set()
        clauses, values = sql_values.where(table, where)
        sql = f'select accession_number from "{table.name}"{clauses}'  # noqa: S608 (names are declared)
        return {number for (number,) in self._execute(sql, values)}

    def _execute(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        import sqlite3

        try:
            return self.connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise unreadable(self.settings.database, error) from None

    def _others_writes(self) -> int:
        """A number that changes when another program has written."""
        import sqlite3

        try:
            return int(self.connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.DatabaseError as error:
            raise unreadable(self.settings.database, error) from None

    def _read(self, table: Table, where: Mapping[str, object], columns: Sequence[str] = ()) -> pl.DataFrame:
        clauses, values = sql_values.where(table, where)
        return self._select(table, clauses, values, columns)

    def _select(
        self, table: Table, clauses: str, values: Sequence[object], columns: Sequence[str] = ()
    ) -> pl.DataFrame:
        schema = {name: table.schema[name] for name in columns or table.schema}
        names = ", ".join(f'"{name}"' for name in schema)
        order = ", ".join(f'"{name}"' for name in table.key)
        sql = f'select {names} from "{table.name}"{clauses} order by {order}'  # noqa: S608 (names are declared)
        stored = {name: sql_values.stored(dtype) for name, dtype in schema.items()}
        parts = [
            pl.DataFrame(rows, schema=stored, orient="row", strict=False, infer_schema_length=None)
            for rows in self._pieces(sql, values)
        ]
        if not parts:
            return table.frame().select(list(schema))
        return pl.concat(parts).select(sql_values.read_back(name, dtype) for name, dtype in schema.items())

    def _pieces(self, sql: str, values: Sequence[object]) -> Iterator[list[Any]]:
        """The rows of a query, some at a time, as each takes far more room than it does in a frame."""
        import sqlite3

        try:
            cursor = self.connection.execute(sql, values)
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield rows
        except sqlite3.DatabaseError as error:
            raise unreadable(self.settings.database, error) from None

    def replace(self, table: Table, frame: pl.DataFrame, **where: object) -> bool:
        """Make `frame` the rows of `table` that meet `where`, in one transaction; returns whether they differed.

        If they do not, the file is left untouched.
        """
        frame = table.check(table.fit(frame)).sort(table.key)
        before = self.read(table, **where)
        if frame.equals(before):
            return False
        self._forget(table, before, frame)
        clauses, values = sql_values.where(table, where)
        with self._transaction():
            self._kept.pop(table.name, None)
            self.connection.execute(f'delete from "{table.name}"{clauses}', values)  # noqa: S608
            sql_values.insert(self.connection, table, frame)
        return True

    def replace_together(self, changes: Sequence[tuple[Table, pl.DataFrame, Mapping[str, object]]]) -> bool:
        """Several `replace` calls (table, frame, where) in one transaction; returns whether anything differed."""
        with self._transaction():
            differed = [self.replace(table, frame, **where) for table, frame, where in changes]
        return any(differed)

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Add rows whose keys are new."""
        frame = table.check(table.fit(frame))
        self._forget(table, frame)
        with self._transaction():
            self._kept.pop(table.name, None)
            sql_values.insert(self.connection, table, frame)

    def _forget(self, table: Table, *frames: pl.DataFrame) -> None:
        """These rows of a table are about to go or to come."""

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; within another one, a part of that."""
        if self.connection.in_transaction:
            yield
            return
        import sqlite3

        with told(self.settings.database):
            self.connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
            self.connection.execute("begin")
        try:
            with told(self.settings.database):
                yield
                self.connection.commit()
        except BaseException:
            self._kept.clear()
            with suppress(sqlite3.OperationalError):  # on a disk that fails; the next to open the file rolls it back
                self.connection.rollback()
            raise

    @contextmanager
    def _indexed_afterwards(self, table: Table) -> Iterator[None]:
        """Within a transaction: while rows are added to an empty table, it has no index.

        An index costs a quarter as much a row if it is made of all of them in their order. With another quarter in the
        table that would be its rows again, and more with each that is loaded.
        """
        is_empty = not self.connection.execute(f'select 1 from "{table.name}" limit 1').fetchone()  # noqa: S608
        indexes = "select name, sql from sqlite_master where type = 'index' and tbl_name = ? and sql is not null"
        made = self.connection.execute(indexes, [table.name]).fetchall() if is_empty else []
        for name, _ in made:
            self.connection.execute(f'drop index "{name.replace(chr(34), chr(34) * 2)}"')
        yield
        for _, sql in made:
            self.connection.execute(sql)

    def _replace_changed(self, table: Table, frame: pl.DataFrame, old: pl.DataFrame | None, period: date) -> None:
        """Make `frame` the rows of a period, of which `old` are there (None: not known), within a transaction."""
        gone = None if old is None else old.join(frame, on=list(table.columns), how="anti", nulls_equal=True)
        if old is None or gone is None or gone.height > old.height // 2:
            clauses, values = sql_values.where(table, {"period_of_report": period})
            self.connection.execute(f'delete from "{table.name}"{clauses}', values)  # noqa: S608
            with self._indexed_afterwards(table):
                sql_values.insert(self.connection, table, frame)
            return
        self._replace_rows(table, gone, frame.join(old, on=list(table.columns), how="anti", nulls_equal=True))

    def _replace_rows(self, table: Table, old: pl.DataFrame, new: pl.DataFrame) -> None:
        """Replace `old` rows, which are there, by `new` ones, within a transaction; those in both stay as they are."""
        columns = list(table.columns)
        gone = old.join(new, on=columns, how="anti", nulls_equal=True)
        keys = " and ".join(f'"{name}" is ?' for name in table.key)
        plain = gone.select(sql_values.stored_form(name, table.schema[name]) for name in table.key)
        self.connection.executemany(f'delete from "{table.name}" where {keys}', plain.iter_rows())  # noqa: S608
        sql_values.insert(self.connection, table, new.join(old, on=columns, how="anti", nulls_equal=True))


def _hashable(where: Mapping[str, object]) -> tuple[tuple[str, object], ...] | None:
    """`where` as a key of what is shared; None if it names many values."""
    if any(isinstance(value, Collection) and not isinstance(value, str) for value in where.values()):
        return None
    return tuple(where.items())


def _create(connection: sqlite3.Connection) -> None:
    """Make the tables as sqlite-utils would, whose import takes longer than a small refresh."""
    connection.execute("begin")
    try:
        for table in DATABASE:
            is_alone = len(table.key) == 1  # a whole number is then the rowid itself
            columns = [
                f'"{name}" {_SQL_TYPES.get(dtype, "TEXT")}{" PRIMARY KEY" if is_alone and name in table.key else ""}'
                for name, dtype in table.schema.items()
            ]
            key = ", ".join(f'"{name}"' for name in table.key)
            parts = ",\n   ".join([*columns, *([f"PRIMARY KEY ({key})"] if len(table.key) > 1 else [])])
            connection.execute(f'CREATE TABLE "{table.name}" (\n   {parts}\n)')
            for column in INDEXES.get(table.name, ()):
                connection.execute(f'CREATE INDEX "idx_{table.name}_{column}"\n    ON "{table.name}" ("{column}")')
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute(f"PRAGMA application_id = {secrets.randbelow(2**31 - 1) + 1}")
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
