"""Names in the store that begin with what somebody has typed, for a shell to complete.

A shell waits for them at each press of a key: they are read from SQLite alone, read-only, a bounded number in a bounded
time, and without polars. Nothing is created or written, and whatever goes wrong, there are no names.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

MOST = 200  # names
_SECONDS = 0.5
_STEPS = 2_000  # of SQLite's machine, between two looks at the clock
_LAST = chr(0x10FFFF)


def tickers(database: Path, beginning: str) -> list[tuple[str, str]]:
    """(ticker, newest name) of securities whose ticker begins so, whatever the case; in order."""
    first = beginning.upper()
    return _rows(
        database,
        "SELECT ticker, name, MAX(last_seen) FROM securities WHERE ticker >= ? AND ticker < ? "
        "GROUP BY ticker ORDER BY ticker LIMIT ?",
        (first, first + _LAST, MOST),
    )


def managers(database: Path, beginning: str) -> list[tuple[str, str]]:
    """(CIK, name) of managers whose name begins so, whatever the case, or whose CIK does; the largest first."""
    return _rows(
        database,
        "SELECT CAST(cik AS TEXT) AS number, manager_name FROM managers "
        "WHERE SUBSTR(manager_name, 1, ?) = ? COLLATE NOCASE OR SUBSTR(number, 1, ?) = ? "
        "ORDER BY value_usd DESC, cik LIMIT ?",
        (len(beginning), beginning, len(beginning), beginning, MOST),
    )


def period_ends(database: Path) -> list[str]:
    """The last days of the quarters that a refresh has completed, as 2025-09-30, the newest first."""
    found = _rows(
        database, "SELECT DISTINCT period_of_report, '' FROM runs ORDER BY period_of_report DESC LIMIT ?", (MOST,)
    )
    return [day for day, _ in found]


def sectors(home_db: Path) -> list[str]:
    """The sectors of the prices loaded, as they were last prepared for an answer; none before one was."""
    import polars as pl

    path = home_db / "prepared" / "price_spans.parquet"
    with suppress(OSError, pl.exceptions.PolarsError):
        if path.is_file():
            column = pl.scan_parquet(path).select(pl.col("sector").drop_nulls().unique().sort().head(MOST)).collect()
            return [str(name) for name in column["sector"]]
    return []


def _rows(database: Path, query: str, values: Sequence[object]) -> list[tuple[str, str]]:
    """The first two columns of what `query` finds, as text; what was found in time, if time runs out."""
    found: list[tuple[str, str]] = []
    with suppress(sqlite3.Error, OSError, ValueError), _open(database) as connection:
        for row in connection.execute(query, values):
            found.append((str(row[0]), str(row[1] or "")))  # noqa: PERF401 - keeps what came before an interruption
    return found


@contextmanager
def _open(database: Path) -> Iterator[sqlite3.Connection]:
    until = time.monotonic() + _SECONDS
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=_SECONDS)) as connection:
        connection.set_progress_handler(lambda: int(time.monotonic() > until), _STEPS)
        yield connection
