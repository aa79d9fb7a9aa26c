"""What a home has: rows of tables, and bytes of other files, without the times at which they were made."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import polars as pl

# Found anew whenever it is missing, or a matter of the moment.
_CACHES = re.compile(r"db/(prepared/.*|settled\.json|\w+\.lock)|filings/reference/.*\.zip\.parquet")
_LEFTOVER = re.compile(r"(^|/)\.(incoming|replaced)-|-(journal|wal|shm)$")
_TIMES = ("started_at", "seconds", "fetched_at", "published_at", "version")
_TIME = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?|\"seconds\": [\d.]+")
_TEXT = {".json", ".html", ".md", ".csv", ".atom", ".eml", ".toml", ".idx", ".txt", ".svg"}


def contents(home: Path) -> dict[str, str]:
    """A digest by table and by file."""
    found: dict[str, str] = {}
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if not path.is_file() or _CACHES.fullmatch(name) or _LEFTOVER.search(name):
            continue
        if path.suffix == ".db":
            found |= {f"{name}: {table}": digest for table, digest in _tables(path).items()}
        elif path.suffix == ".parquet" and name.startswith("db/"):
            frame = pl.read_parquet(path, hive_partitioning=False)
            found[name] = _digest(repr((frame.schema, frame.sort(frame.columns).rows())).encode())
        else:
            data = path.read_bytes()
            found[name] = _digest(_TIME.sub(b"TIME", data) if path.suffix in _TEXT else data)
    return found


def without_runs(home: Path) -> dict[str, str]:
    """As `contents`, but for the runs: each says how much it downloaded itself."""
    return {name: digest for name, digest in contents(home).items() if not name.endswith(": runs")}


def leftovers(home: Path) -> list[str]:
    """Temporary files that are still there."""
    names = (path.relative_to(home).as_posix() for path in sorted(home.rglob("*")))
    return [name for name in names if _LEFTOVER.search(name)]


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> str | None:
    """The names of what differs, some of them; None if nothing does."""
    names = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
    return f"{len(names)} differ: {', '.join(names[:6])}" if names else None


def _tables(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        found = {}
        for name in names:
            columns = [row[1] for row in connection.execute(f'pragma table_info("{name}")') if row[1] not in _TIMES]
            chosen = ", ".join(f'"{column}"' for column in columns)
            rows = connection.execute(f'select distinct {chosen} from "{name}"').fetchall()
            found[name] = _digest(repr(sorted(rows, key=repr)).encode())
        return found


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
