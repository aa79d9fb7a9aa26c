"""Objects of published homes on this machine: named by their digest, shared by all homes and processes, and bounded.

A home's folder has hard links to them. An object that no home links to is removed, the longest unused first, once all
together are larger than the bound; so are the folders of versions that nobody has asked for a while.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from ..files import incoming, sweep
from ..settings import cache_folder
from .bucket import Bucket
from .manifest import ManifestFile
from .pull import fetch_object

MOST_BYTES = 10 * 2**30
_UNASKED_SECONDS = 86_400.0  # until a version of a home that is not the newest goes
_READ_ONLY = 0o444
COMPLETE = ".complete"
"""a file in the folder of a version that has all it starts with; its time is when the version was last asked for"""
_LOCK = ".answering"


def have_object(bucket: Bucket, file: ManifestFile) -> Path:
    """The object's file in the cache, fetched and checked if it is not there."""
    path = _objects() / file.sha256
    with suppress(FileNotFoundError):
        status = path.stat()
        if status.st_size == file.bytes:
            os.utime(path, ns=(time.time_ns(), status.st_mtime_ns))  # the time of its last use
            return path
    fetch_object(bucket, file, path)
    path.chmod(_READ_ONLY)
    return path


def link_object(path: Path, target: Path) -> None:
    """Let an object of the cache be a file of a home's folder, in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = incoming(target)
    try:
        try:
            temporary.hardlink_to(path)
        except OSError:  # a system without
            shutil.copy2(path, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def is_cached(file: ManifestFile) -> bool:
    """Whether the object is here already."""
    with suppress(OSError):
        return (_objects() / file.sha256).stat().st_size == file.bytes
    return False


def trim(versions: Path, current: Path, most_bytes: int = MOST_BYTES) -> None:
    """Remove versions of a home that nobody asks for, then objects that no home has, until the bound is kept."""
    now = time.time()
    for folder in versions.glob("[!.]*"):
        with suppress(OSError):
            if folder != current and now - (folder / COMPLETE).stat().st_mtime > _UNASKED_SECONDS:
                _remove_version(folder)
    sweep(versions)
    sweep(_objects())
    with suppress(OSError), os.scandir(_objects()) as entries:
        found = [(entry.stat(), entry.path) for entry in entries]
        held = sum(status.st_size for status, _ in found)
        for status, path in sorted(found, key=lambda each: each[0].st_atime_ns):
            if held <= most_bytes:
                break
            if status.st_nlink == 1:
                Path(path).unlink(missing_ok=True)
                held -= status.st_size


def hold_version(folder: Path) -> int:
    """Keep the folder of a version from being removed while the descriptor that is returned is open."""
    held = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    with suppress(FileNotFoundError):
        os.utime(folder / COMPLETE)
    if sys.platform != "win32":  # there, a folder with an open file cannot be removed
        import fcntl

        fcntl.flock(held, fcntl.LOCK_SH)
    return held


def _remove_version(folder: Path) -> None:
    """Remove the folder of a version, unless a process answers from it."""
    with (folder / _LOCK).open("a") as lock:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        removed = folder.rename(incoming(folder))
    shutil.rmtree(removed, ignore_errors=True)


def _objects() -> Path:
    return cache_folder() / "objects"
