"""The site's connections to the database file: bounded in what a statement may take, and able to heal.

A statement may run for five seconds (`site`), and each connection has limits of its own beside: what a value, a
statement, an expression and an answer may be long, and what SQLite may hold in memory. No statement learns where the
file lies.

The file is open read-only. If a writer was killed within a commit it left a journal, which only a connection that may
write can roll back: one is opened for that moment. If the file was replaced by another, that one is opened instead.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasette.database import Database, QueryInterrupted
from datasette.utils.sqlite import sqlite3
from datasette.views.base import DatasetteError

from .reply import note_lack

MOST_ANSWERED = 16 * 2**20
"""characters and bytes in the rows of one answer"""
_MOST_HELD = 256 * 2**20  # bytes of all of SQLite's memory in this process
_WAIT_SECONDS = 5.0  # for a commit of another program
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 100_000,  # bytes of a value; CSV is read back in cells of this length
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 50_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 50,
    sqlite3.SQLITE_LIMIT_COLUMN: 500,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 50_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 2_000,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_HIDDEN = frozenset({"database_list"})  # the pragma that has the file's path
# What a connection that only reads meets at a journal that it may not roll back; SQLite's extended codes.
_NEEDS_WRITER = frozenset({sqlite3.SQLITE_READONLY_ROLLBACK, sqlite3.SQLITE_READONLY_RECOVERY, sqlite3.SQLITE_CANTOPEN})
_UNAVAILABLE = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT,
     sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FULL}
)  # fmt: skip


class UnavailableError(DatasetteError):  # type: ignore[misc]  # Datasette has no types
    """The database cannot be read now: it is locked, damaged or gone. The message has no path."""

    def __init__(self, message: str) -> None:
        super().__init__(message, title="The database cannot be read", status=503)


class _BoundedCursor(sqlite3.Cursor):  # type: ignore[misc]  # Datasette has no types
    """A cursor whose rows together are bounded, whatever fetches them."""

    _answered = 0

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        rows: list[Any] = []
        while len(rows) < (size or 1):
            more = super().fetchmany(min((size or 1) - len(rows), 50))
            if not more:
                break
            self._count(more)
            rows += more
        return rows

    def fetchall(self) -> list[Any]:
        rows: list[Any] = []
        while more := super().fetchmany(50):
            self._count(more)
            rows += more
        return rows

    def _count(self, rows: list[Any]) -> None:
        self._answered += sum(len(value) for row in rows for value in row if isinstance(value, str | bytes))
        if self._answered > MOST_ANSWERED:
            raise sqlite3.OperationalError(f"the answer is longer than {MOST_ANSWERED // 2**20} MB: ask for less")


class _BoundedConnection(sqlite3.Connection):  # type: ignore[misc]
    def cursor(self, factory: Any = _BoundedCursor) -> Any:
        return super().cursor(factory)

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        return self.cursor().execute(sql, parameters)


def limit(connection: sqlite3.Connection) -> None:
    """Put the limits on a connection, and hide where its file lies."""
    for name, most in _LIMITS.items():
        connection.setlimit(name, most)
    connection.execute(f"pragma hard_heap_limit = {_MOST_HELD}")  # of the process: said again, it changes nothing
    connection.set_authorizer(_authorize)


class HealingDatabase(Database):  # type: ignore[misc]  # Datasette has no types
    """The database file for Datasette; raises UnavailableError where it cannot be read."""

    def __init__(self, datasette: Any, path: str) -> None:
        super().__init__(datasette, path, is_mutable=True)
        self._of_thread = threading.local()

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A new connection that only reads."""
        if write:
            raise UnavailableError("the site writes nothing")
        connection = sqlite3.connect(
            f"{Path(self.path).as_uri()}?mode=ro",
            uri=True,
            timeout=_WAIT_SECONDS,
            check_same_thread=False,
            factory=_BoundedConnection,
        )
        self._all_file_connections.append(connection)
        return connection

    async def attached_databases(self) -> list[Any]:
        """None: nothing can be attached."""
        return []

    async def execute(self, sql: str, *values: Any, **options: Any) -> Any:
        """As Datasette does, but what is wrong with SQL is for its asker, not for the terminal.

        A page that goes on without what took too long is said to lack it.
        """
        try:
            return await super().execute(sql, *values, **{**options, "log_sql_errors": False})
        except QueryInterrupted:
            note_lack(sql)
            raise

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:
        """What `fn` makes of the connection of one of the threads that read."""
        return await asyncio.get_running_loop().run_in_executor(self.ds.executor, self._in_thread, fn)

    def _in_thread(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:
        try:
            try:
                return fn(self._connection())
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorcode", 0) not in _NEEDS_WRITER:
                    raise
                self._drop()
                roll_back(Path(self.path))
                return fn(self._connection())
        except MemoryError:
            raise sqlite3.OperationalError("this needs more memory than a statement may have: ask for less") from None
        except sqlite3.DatabaseError as error:
            if _code(error) in _UNAVAILABLE:
                self._drop()
                raise UnavailableError(_sentence(error)) from None
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise sqlite3.OperationalError(str(error)) from None  # the one kind that Datasette takes for the asker's

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection, to the file that is there now."""
        there = _identity(self.path)
        if getattr(self._of_thread, "file", None) != there:
            self._drop()
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self.connect()
            try:
                self.ds._prepare_connection(connection, self.name)
            except BaseException:
                connection.close()
                raise
            self._of_thread.connection, self._of_thread.file = connection, there
        return connection

    def _drop(self) -> None:
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is not None:
            self._of_thread.connection = None
            self._all_file_connections.remove(connection)
            connection.close()


def roll_back(path: Path) -> None:
    """Let SQLite undo what a dead writer left in the middle of a commit; a living writer is not disturbed.

    Raises sqlite3.OperationalError if the file cannot be written.
    """
    connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=_WAIT_SECONDS)
    try:
        connection.execute("select count(*) from sqlite_master").fetchone()
    finally:
        connection.close()


def _authorize(action: int, first: str | None, *_: Any) -> int:
    is_hidden = action == sqlite3.SQLITE_PRAGMA and (first or "").lower() in _HIDDEN
    return int(sqlite3.SQLITE_DENY if is_hidden else sqlite3.SQLITE_OK)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary code; 0 if the error is not SQLite's own."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _sentence(error: sqlite3.Error) -> str:
    if _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "the database is being written to: try again in a moment"
    if _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return "the database is damaged: run `tracker status`, which says the cure"
    return "the database cannot be read now: try again in a moment, or run `tracker status`"
