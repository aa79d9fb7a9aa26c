"""What was fetched when: a small `.meta.json` beside each reference file below `filings/`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from .. import files, tables
from ..settings import Settings
from .http import Check, Client

SUFFIX = ".meta.json"
# Read for `sources`; the filings themselves are thousands of folders, and each is named in `filings` anyway.
_FOLDERS = ("form-index", "reference", "nasdaq", "finviz", "yahoo", "shares", "prices", "data-sets", "openfigi")


def now() -> datetime:
    """The time in UTC, without a zone, as `tables` wants it."""
    return datetime.now(UTC).replace(tzinfo=None)


def save(
    client: Client,
    url: str,
    path: Path,
    *,
    source: str,
    check: Check | None = None,
    refusals: int | None = None,
) -> Path:
    """Save the document at `url` to `path`, unedited, and note the fact beside it. Raises as `Client.get` does."""
    fetched_at = now()
    client.save(url, path, check=check, refusals=refusals)
    record(path, source=source, url=url, fetched_at=fetched_at)
    return path


def record(path: Path, *, source: str, url: str, fetched_at: datetime | None = None) -> None:
    """Note beside `path` where it came from; `fetched_at` is UTC without a zone."""
    entry = {"source": source, "url": url, "fetched_at": (fetched_at or now()).isoformat()}
    files.write_atomic(_beside(path), json.dumps(entry, indent=1).encode())


def fetched_at(path: Path) -> datetime | None:
    """When `path` was fetched (UTC); None where it, or the note beside it, is not there or not readable."""
    entry = _read(path)
    return datetime.fromisoformat(entry["fetched_at"]) if entry and path.is_file() else None


def is_fresh(path: Path, age: timedelta) -> bool:
    """Whether `path` is there and was fetched less than `age` ago."""
    fetched = fetched_at(path)
    return fetched is not None and timedelta(0) <= now() - fetched < age


def read_sources(settings: Settings) -> pl.DataFrame:
    """What is at hand: `tables.SOURCES`, one row a file that has a note beside it."""
    rows: list[dict[str, object]] = []
    for folder in _FOLDERS:
        for note in sorted((settings.filings / folder).rglob(f"*{SUFFIX}")):
            path = note.with_name(note.name.removesuffix(SUFFIX))
            entry = _read(path)
            if entry and path.is_file():
                rows.append(
                    {
                        "path": path.relative_to(settings.filings).as_posix(),
                        "source": entry["source"],
                        "url": entry["url"],
                        "fetched_at": datetime.fromisoformat(entry["fetched_at"]),
                        "bytes": path.stat().st_size,
                    }
                )
    return tables.SOURCES.check(tables.SOURCES.frame(rows))


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def _read(path: Path) -> dict[str, str] | None:
    try:
        entry = json.loads(_beside(path).read_bytes())
        datetime.fromisoformat(entry["fetched_at"])
        return {key: str(entry[key]) for key in ("source", "url", "fetched_at")}
    except (OSError, ValueError, KeyError, TypeError):
        return None
