"""Writers stopped at each of their steps: killed, or told that the disk is full.

A step is an audit event of Python's: a file opened for writing, a rename, a removal, a folder made.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

KILLED = 9
ROOT = Path(__file__).resolve().parent.parent
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_STEPS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir"}
_hook: Callable[[str, tuple[object, ...]], None] | None = None
_is_hooked = False


def kill_at(step: int, below: Path, code: str, *arguments: str, each_step: bool = True) -> bool:
    """Run `code` in a process that ends before its step of that number (from 0) in the folder; False if it has fewer.

    Its arguments are in `sys.argv[1:]`. Without `each_step` only renames are steps.
    """
    command = f"from tests.stopped_writes import die_at\ndie_at({step}, {str(below)!r}, {each_step})\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, KILLED), done.stderr
    return done.returncode == KILLED


def die_at(step: int, below: str, each_step: bool) -> None:
    """End this process before its step of that number in the folder, as a kill would: nothing is tidied up."""

    def die() -> None:
        os._exit(KILLED)

    _watch(step, below, die, leave_out=() if each_step else ("open", "os.remove", "os.mkdir", "os.rmdir"))


@contextmanager
def full_disk_at(step: int, below: Path) -> Iterator[None]:
    """In this block the disk is full from the step of that number in the folder on; removing still works."""
    global _hook

    def refuse() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(below))

    _watch(step, str(below), refuse, leave_out=("os.remove", "os.rmdir"))
    try:
        yield
    finally:
        _hook = None


def _watch(step: int, below: str, stop: Callable[[], None], leave_out: tuple[str, ...] = ()) -> None:
    global _hook, _is_hooked
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        is_open = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & _WRITING)
        if (is_open or event in _STEPS) and event not in leave_out and str(arguments[0]).startswith(below):
            seen += 1
            if seen > step:
                stop()

    _hook = hook
    if not _is_hooked:
        _is_hooked = True
        sys.addaudithook(lambda event, arguments: _hook(event, arguments) if _hook else None)
