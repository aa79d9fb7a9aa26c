"""What a page depends on beside its address: which data the home has now, told by its files without opening them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Hashable, Iterator
from datetime import date
from pathlib import Path

from ..settings import Settings
from ..store import SharedReads
from ..store.layout import TABLES

_HEADER = 28  # bytes of SQLite's header up to its count of changes


def read_state(settings: Settings) -> Hashable:
    """Equal as long as nothing has been written to the home, on the same day.

    Of the database it is the file, its size, the time of its last change and its own count of changes, so that two
    commits within one tick of the clock differ. What reading itself prepares is none of it.
    """
    database = settings.database
    files = [database, database.with_name(f"{database.name}-wal"), settings.editions]
    below = [told for name in TABLES for told in _below(settings.db / name)]
    pages = [_told(folder / "index.html") for folder in _folders(settings.editions)]
    return date.today(), _changes(database), tuple(map(_told, files)), tuple(below), tuple(pages)


class ReadsByState:
    """The reads that answers share as long as `read_state` tells the same."""

    def __init__(self, read_state: Callable[[], Hashable]) -> None:
        self._read_state = read_state
        self._lock = threading.Lock()
        self._state: Hashable = None
        self._reads = SharedReads()

    def __call__(self) -> SharedReads:
        """Those of the state that the home has now: an answer under way goes on with its own."""
        state = self._read_state()
        with self._lock:
            if state != self._state:
                self._state, self._reads = state, SharedReads()
            return self._reads


def _below(folder: Path) -> Iterator[tuple[str, tuple[int, int, int] | None]]:
    """Every file below a folder, whatever its folders are."""
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(root, name)
            yield str(path), _told(path)


def _folders(folder: Path) -> list[Path]:
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
