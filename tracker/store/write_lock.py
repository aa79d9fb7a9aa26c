"""One writer at a time: a lock file that the operating system releases when its holder ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import StoreError


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, which names our process id. Raises StoreError while another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        if not _take(lock):
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise StoreError(f"another run (process {holder}) is writing to {path.parent}: wait for it to end")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _take(lock: IO[str]) -> bool:
    """Lock an open file for this process; False if another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # Windows has the latter; any other fault is the disk's
        return False
    return True
