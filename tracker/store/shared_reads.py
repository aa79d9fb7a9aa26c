"""What many questions need again, kept in memory for as long as nothing is written to the home.

A command asks and ends. A server asks the same of a home for each of its answers, and says so: within `sharing`, what
is read or made under one key is made once, whichever thread asks. This module does not look at the home. Whoever shares
does, and begins with new SharedReads when the home has changed; nothing is written within `sharing`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

T = TypeVar("T")

MOST_SHARED = 128 * 2**20
"""bytes of all frames that are shared; what was not asked for longest goes first"""
_ENTRY_BYTES, _COLUMN_BYTES = 1000, 500  # of Python's and polars' own, for each


class SharedReads:
    """Frames, and dataclasses of frames, of a home in one state. Nobody changes what is shared."""

    def __init__(self, most: int = MOST_SHARED) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.size = 0

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made under `key`; else what `make` returns. What it raises is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                value: T = self._kept[key][0]
                return value
        value = make()  # two threads may make the same at once, which costs less than to wait within one another
        size = _size(value) + _ENTRY_BYTES + len(repr(key))
        with self._lock:
            if key not in self._kept and size <= self._most:
                self._kept[key] = value, size
                self.size += size
                while self.size > self._most:
                    _, (_, gone) = self._kept.popitem(last=False)
                    self.size -= gone
        return value


_current: ContextVar[SharedReads | None] = ContextVar("shared_reads", default=None)


@contextmanager
def sharing(reads: SharedReads) -> Iterator[None]:
    """Within it, what this thread asks of the home is shared."""
    token = _current.set(reads)
    try:
        yield
    finally:
        _current.reset(token)


def is_sharing() -> bool:
    """Whether this thread is within `sharing`."""
    return _current.get() is not None


def shared(db: Path, key: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns, of the home whose tables are in `db`: made once under `key` if this thread is sharing."""
    reads = _current.get()
    return make() if reads is None else reads.get((db, key), make)


def _size(value: object) -> int:
    if isinstance(value, pl.DataFrame):
        return int(value.estimated_size()) + value.width * _COLUMN_BYTES
    if isinstance(value, pl.Series):
        return int(value.estimated_size()) + _COLUMN_BYTES
    if is_dataclass(value):
        return sum(_size(getattr(value, field.name)) for field in fields(value))
    return 0
