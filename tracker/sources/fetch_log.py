"""What was fetched when: a small `.meta.json` beside each reference file below `filings/`, the file's note."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .. import files
from ..settings import Settings
from ..tables import SOURCES, SourcesFrame
from . import submission_files
from .http import Check, Client

SUFFIX = ".meta.json"


def now() -> datetime:
    """The time in UTC without a zone, as in `tables`."""
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
    """Save the document at `url` to `path`, unedited, with a note beside it. Raises as `Client.get` does."""
    fetched_at = now()
    client.save(url, path, check=check, refusals=refusals)
    record(path, source=source, url=url, fetched_at=fetched_at)
    return path


def record(path: Path, *, source: str, url: str, fetched_at: datetime | None = None) -> None:
    """Write the note beside `path`: where it came from, and when (UTC without a zone; now by default)."""
    note = {"source": source, "url": url, "fetched_at": (fetched_at or now()).isoformat()}
    files.write_atomic(_beside(path), json.dumps(note, indent=1).encode())


def fetched_at(path: Path) -> datetime | None:
    """When `path` was fetched (UTC); None if it or its note is missing or unreadable."""
    note = _read(path)
    return datetime.fromisoformat(note["fetched_at"]) if note and path.is_file() else None


def is_fresh(path: Path, age: timedelta) -> bool:
    """Whether `path` exists and was fetched less than `age` ago."""
    fetched = fetched_at(path)
    return fetched is not None and timedelta(0) <= now() - fetched < age


def read_sources(settings: Settings) -> SourcesFrame:
    """The reference files below `filings/`: one row for each file with a note, sorted by path.

    The submissions are left out: they are thousands of folders, and the table `filings` names each of them.
    """
    rows: list[dict[str, object]] = []
    for folder in sorted(settings.filings.glob("[!.]*")):
        if folder.name == submission_files.ROOT:
            continue
        for beside in sorted(folder.rglob(f"*{SUFFIX}")):
            path = beside.with_name(beside.name.removesuffix(SUFFIX))
            note = _read(path)
            if note and path.is_file():
                rows.append(
                    {
                        "path": path.relative_to(settings.filings).as_posix(),
                        "source": note["source"],
                        "url": note["url"],
                        "fetched_at": datetime.fromisoformat(note["fetched_at"]),
                        "bytes": path.stat().st_size,
                    }
                )
    return SOURCES.check(SOURCES.frame(rows))


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def _read(path: Path) -> dict[str, str] | None:
    try:
        note = json.loads(_beside(path).read_bytes())
        datetime.fromisoformat(note["fetched_at"])
        return {key: str(note[key]) for key in ("source", "url", "fetched_at")}
    except (OSError, ValueError, KeyError, TypeError):
        return None
