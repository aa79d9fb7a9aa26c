"""What is wrong with a disk, or with a file on it, and the cure: one line for each kind of fault.

Python, SQLite and polars tell the same fault in three ways. Python gives the system's number, SQLite a code of its own
(https://sqlite.org/rescode.html), and polars, which is Rust, has the number in its text alone: `(os error 28)`, as the
standard library of Rust writes it. What is none of these is no fault of the disk, and stays as it was raised.
"""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from ..errors import DiskError, StoreError, TrackerError
from ..files import INCOMING

REBUILD = "delete db/tracker.db and db/lines and refresh again; filings on disk are not downloaded twice"
IMPORT_AGAIN = "delete it and import prices again; imported files are kept in filings/prices"
_AGAIN = "and run the same command again; what was stored before is kept"
_RUST_NUMBER = re.compile(r"\(os error (\d{1,4})\)")


class DiskFault(StrEnum):
    """The kinds of fault, each with a cure of its own."""

    FULL = "full"
    LIMITED = "limited"
    """a file would be larger than this user or disk allows"""
    READ_ONLY = "read_only"
    UNUSABLE = "unusable"
    """no permission, or a file where a folder should be"""
    FAILING = "failing"
    """the device reports an error"""
    BUSY = "busy"
    """another program is writing"""
    DAMAGED = "damaged"


_OF_SYSTEM = {
    errno.ENOSPC: DiskFault.FULL,
    errno.EDQUOT: DiskFault.FULL,
    errno.EFBIG: DiskFault.LIMITED,
    errno.EROFS: DiskFault.READ_ONLY,
    errno.EIO: DiskFault.FAILING,
    errno.EACCES: DiskFault.UNUSABLE,
    errno.EPERM: DiskFault.UNUSABLE,
    errno.ENOENT: DiskFault.UNUSABLE,
    errno.ENOTDIR: DiskFault.UNUSABLE,
    errno.EISDIR: DiskFault.UNUSABLE,
    errno.EEXIST: DiskFault.UNUSABLE,
}
_OF_SQLITE = {
    sqlite3.SQLITE_FULL: DiskFault.FULL,
    sqlite3.SQLITE_READONLY: DiskFault.UNUSABLE,
    sqlite3.SQLITE_CANTOPEN: DiskFault.UNUSABLE,
    sqlite3.SQLITE_PERM: DiskFault.UNUSABLE,
    sqlite3.SQLITE_IOERR: DiskFault.FAILING,
    sqlite3.SQLITE_BUSY: DiskFault.BUSY,
    sqlite3.SQLITE_LOCKED: DiskFault.BUSY,
    sqlite3.SQLITE_PROTOCOL: DiskFault.BUSY,
    sqlite3.SQLITE_CORRUPT: DiskFault.DAMAGED,
    sqlite3.SQLITE_NOTADB: DiskFault.DAMAGED,
}


def fault_of(error: BaseException) -> DiskFault | None:
    """The fault that an OSError, a sqlite3.Error or a PolarsError tells; None if the error is another."""
    if isinstance(error, sqlite3.Error):
        return _OF_SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)  # extended codes have a detail above
    if isinstance(error, OSError) or is_of_polars(error):
        return _OF_SYSTEM.get(_system_number(error))
    return None


def as_error(error: BaseException, path: Path | None = None) -> TrackerError | None:
    """The fault as an error of one line, with its cure; None as for `fault_of`.

    `path` is the file that was in use; left out, the one that the error names, if it names one.
    """
    fault = fault_of(error)
    if fault is None:
        return None
    named = getattr(error, "filename", None)
    file = path or (Path(os.fsdecode(named)) if isinstance(named, str | bytes) else None)
    if file and file.name.startswith(INCOMING):
        file = file.parent  # a name that nobody knows
    place = "" if file is None else str(file)
    problem, subject = _problem(error), place or "a file"
    match fault:
        case DiskFault.FULL:
            return DiskError(f"the disk of {place or 'the home folder'} is full: free some space {_AGAIN}")
        case DiskFault.LIMITED:
            return DiskError(f"{subject} would be larger than is allowed ({problem}): see `ulimit -f` {_AGAIN}")
        case DiskFault.READ_ONLY:
            return DiskError(f"{subject} is on a read-only disk: make it writable, or choose another with --home")
        case DiskFault.UNUSABLE:
            return DiskError(f"{subject} cannot be used ({problem}); make it so, or choose another folder with --home")
        case DiskFault.FAILING:
            return DiskError(f"the disk reports an error for {subject} ({problem}): check the disk {_AGAIN}")
        case DiskFault.BUSY:
            return StoreError(f"another program is writing to {subject}: run the same command again when it is done")
        case DiskFault.DAMAGED:
            return damaged(Path(subject), problem)


def unreadable(path: Path, error: Exception) -> TrackerError:
    """The error for a file of the store that was not read: the fault of its disk or, if there is none, damage."""
    if found := as_error(error, path):
        return found
    if isinstance(error, OSError):  # such as too many open files: nothing is damaged
        return DiskError(f"{path} cannot be read ({_problem(error)}): run the same command again when this is mended")
    return damaged(path, _problem(error))


def damaged(path: Path, problem: str) -> StoreError:
    """The error for a file of the store whose content is wrong, with the way to make it anew."""
    cure = IMPORT_AGAIN if "prices" in path.parts[-3:-1] else REBUILD
    return StoreError(f"{path} cannot be read ({problem}): {cure}")


def find_damage(db: Path) -> StoreError | None:
    """The first Parquet file below `db` that cannot be read to its end; None if all can.

    Rows are read where an answer needs them: whoever meets an error of polars there looks here for its cause.
    """
    import polars as pl

    for path in sorted(db.rglob("[!.]*.parquet")):
        try:
            pl.scan_parquet(path, hive_partitioning=False).select(pl.all().null_count()).collect(engine="streaming")
        except (OSError, pl.exceptions.PolarsError) as error:
            return damaged(path, _problem(error))
    return None


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Within it, a fault of the disk is raised as the error of `as_error`, and any other error as it is."""
    try:
        yield
    except TrackerError:
        raise
    except Exception as error:
        if found := as_error(error, path):
            raise found from None
        raise


def is_of_polars(error: BaseException) -> bool:
    """Whether polars raised it."""
    polars = sys.modules.get("polars")  # where it was not loaded, no error is its own
    return polars is not None and isinstance(error, polars.exceptions.PolarsError)


def _problem(error: BaseException) -> str:
    """What is wrong, in the first line of the error's own words, or in the system's."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    number = _system_number(error)
    return os.strerror(number) if number else str(error).partition("\n")[0]


def _system_number(error: BaseException) -> int:
    """The system's number for an error of Python or polars; 0 if it has none."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    if isinstance(error, sqlite3.Error):
        return 0
    match = _RUST_NUMBER.search(str(error))
    return int(match[1]) if match else 0
