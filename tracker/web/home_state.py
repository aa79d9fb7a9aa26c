"""What a page depends on beside its address: which data the home has now, told by its files without opening them."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from pathlib import Path

from ..settings import Settings

_HEADER = 28  # bytes of SQLite's header up to its count of changes
_FOLDERS = ("prices", "counted", "lines")  # and not what reading itself prepares


def read_state(settings: Settings) -> Hashable:
    """Equal as long as nothing has been written to the home, on the same day.

    Of the database it is the file, its size, the time of its last change and its own count of changes, so that two
    commits within one tick of the clock differ.
    """
    files = [settings.database, settings.database.with_name(settings.database.name + "-wal"), settings.editions]
    folders = [settings.db / name for name in _FOLDERS]
    below = [path for folder in folders for path in _entries(folder)]
    pages = [path / "index.html" for path in _entries(settings.editions)]
    return date.today(), _changes(settings.database), tuple(map(_told, (*files, *folders, *below, *pages)))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _told(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _changes(database: Path) -> bytes:
    try:
        with database.open("rb") as file:
            return file.read(_HEADER)[24:]
    except OSError:
        return b""
