"""What was fetched when: a small `.meta.json` beside each reference file below `filings/`, the file's note.

The note commits its file. It is written last, states the file's size, and is taken away before the file is replaced: a
file without a note that fits it was never fetched, or never handed in, whatever stopped its writer.
"""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from .. import files
from ..json_text import parse_json
from ..settings import Settings
from ..tables import SOURCES, SourcesFrame
from . import submission_files
from .http import Check, Client

SUFFIX = ".meta.json"

_CLOCKS_DIFFER = timedelta(minutes=10)


class _Note(NamedTuple):
    """A note that fits its file, and the file's size in bytes."""

    source: str
    url: str
    fetched_at: datetime
    size: int


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
    """Keep the document at `url` at `path`, unedited, with its note. Raises as `Client.get` does."""
    answer = client.ask(url, check=check, refusals=refusals)
    keep(path, answer.body, source=source, url=url, fetched_at=answer.fetched_at)
    return path


def keep(path: Path, body: bytes, *, source: str, url: str, fetched_at: datetime | None = None) -> None:
    """Write `body` to `path`, with the note of it: where it came from, and when (UTC without a zone; now by default).

    Stopped in between, the file has no note, and so counts as never fetched (see `files.write_with_note`).
    """
    note = {"source": source, "url": url, "fetched_at": (fetched_at or now()).isoformat(), "bytes": len(body)}
    files.write_with_note(path, body, _beside(path), json.dumps(note, indent=1).encode())


def discard(path: Path) -> None:
    """Remove a file and its note, so that it is fetched again."""
    files.remove_with_note(path, _beside(path))


def sweep(settings: Settings) -> None:
    """Remove what dead writers left below `filings/`.

    The submissions' folders are left out: they are thousands, and each is swept when it is next written to.
    """
    files.sweep_below(settings.filings, leave_out=(submission_files.ROOT,))


def fetched_at(path: Path) -> datetime | None:
    """When `path` was fetched (UTC); None if it or its note is missing or unreadable, or if they do not fit."""
    note = _read(path)
    return note.fetched_at if note else None


def is_fresh(path: Path, age: timedelta) -> bool:
    """Whether `path` exists and was fetched less than `age` ago."""
    fetched = fetched_at(path)
    return fetched is not None and -_CLOCKS_DIFFER <= now() - fetched < age


def is_final(path: Path, complete_from: datetime) -> bool:
    """Whether `path` was fetched after what it is about was over, `complete_from` (UTC).

    A file of a time to come was fetched while this machine's clock was wrong, so it proves nothing. The server's clock
    has been asked, too (see `http.Answer`).
    """
    fetched = fetched_at(path)
    return fetched is not None and complete_from <= fetched <= now() + _CLOCKS_DIFFER


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
            if note := _read(path):
                rows.append(
                    {
                        "path": path.relative_to(settings.filings).as_posix(),
                        "source": note.source,
                        "url": note.url,
                        "fetched_at": note.fetched_at,
                        "bytes": note.size,
                    }
                )
    return SOURCES.check(SOURCES.frame(rows))


def _beside(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


def _read(path: Path) -> _Note | None:
    """The note of the file at `path`; None if either is not there, or if the note is of other bytes."""
    try:
        note = parse_json(_beside(path).read_bytes())
        about = path.stat()
        fetched = datetime.fromisoformat(note["fetched_at"])
        # notes of earlier versions do not state the size
        if fetched.tzinfo or not stat.S_ISREG(about.st_mode) or note.get("bytes", about.st_size) != about.st_size:
            return None
        return _Note(str(note["source"]), str(note["url"]), fetched, about.st_size)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
