"""Files that are whole or absent: the only place that renames, and the only one that cleans up after a kill.

The name of a file that is being written begins with `.incoming-` and its writer's process id; it is in the folder of
the file that it will become, as a rename is atomic within one file system only. It is never read. Once its writer is
dead it is removed by whoever writes to that folder next, or by `sweep`.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import SettingError
from .remote import to_url

INCOMING = ".incoming-"
REPLACED = ".replaced-"
_LEFTOVER = re.compile(re.escape(INCOMING) + r"(\d{1,10})(-.*)?")
_FORGOTTEN_SECONDS = 7 * 86400.0
_STARTED = time.time()
_numbers = itertools.count()
_swept: set[Path] = set()  # folders that this process has written to


def incoming(path: Path) -> Path:
    """A new temporary name beside `path`, unique among threads and processes; nothing is created."""
    return path.with_name(f"{INCOMING}{os.getpid()}-{next(_numbers)}-{path.name[-100:]}")


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path` (made if need be), to be written.

    On success it is flushed to disk and renamed to `path`, replacing what was there; on any error, and on Ctrl-C,
    it is removed and `path` stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep_once(path.parent)
    temporary = incoming(path)
    try:
        yield temporary
        move_durably(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` to `path`: after a kill or a power cut it is the old file or the new one, never a part."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_with_note(path: Path, data: bytes, beside: Path, note: bytes) -> None:
    """Write `data` to `path`, and what is noted of it to `beside` in the same folder. The note's rename commits both.

    Both are whole on disk, under temporary names, before anything changes. Then the old note is taken away, the data is
    put in its place, and last the note: whenever a writer is stopped, a note is of the data beside it, and data without
    a note is as good as absent, to be fetched or handed in again.
    """
    with atomic_path(beside) as new_note, atomic_path(path) as new_data:
        new_note.write_bytes(note)
        new_data.write_bytes(data)
        for written in (new_note, new_data):
            _flush(written)
        remove_with_note(None, beside)


def remove_with_note(path: Path | None, beside: Path) -> None:
    """Remove a note, which counts, and then the data that it is of (None: that stays, or is replaced next)."""
    if beside.exists():
        beside.unlink(missing_ok=True)
        _flush_folder(beside.parent)
    if path:
        path.unlink(missing_ok=True)


@contextmanager
def chosen_file(path: Path, label: str) -> Iterator[Path]:
    """Yield the resolved `path` of a file that a person asked to have written: a link stays a link.

    `label` is how errors name it: `--output list.csv`. Raises SettingError for a folder, a device or an address, and if
    it cannot be written.
    """
    if to_url(path):  # folders of that name would be made where the command was run
        raise SettingError(f"{label} is an address; name a file of this machine")
    if path.exists() and not path.is_file():
        example = f", such as {path / 'list.csv'}" if path.is_dir() else ""
        raise SettingError(f"{label} is not a file; name one{example}")
    try:
        yield path.resolve()
    except OSError as error:
        raise SettingError(f"{label} cannot be written ({error.strerror}); choose another path") from None


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`, to be filled; on success it replaces `path`.

    No system replaces a folder in one step, so the old one is first renamed, to a name that begins with `REPLACED`: for
    a moment a reader finds neither, and `restore_folders` repairs a kill in that moment. On any error `path` stays as
    it was.
    """
    temporary, old = incoming(path), path.with_name(REPLACED + path.name)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        for file in sorted(temporary.rglob("*")):
            if file.is_file():
                _flush(file)
        if old.exists():
            shutil.rmtree(old)
        if path.exists():
            path.replace(old)
        temporary.replace(path)
        _flush_folder(path.parent)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        if old.exists() and not path.exists():
            old.replace(path)
        raise


def restore_folders(folder: Path) -> None:
    """Repair what a kill within `atomic_folder` left directly in `folder`: old ones are restored or removed."""
    for old in sorted(folder.glob(f"{REPLACED}*")):
        path = old.with_name(old.name.removeprefix(REPLACED))
        if path.exists():
            shutil.rmtree(old)
        else:
            old.replace(path)
    sweep(folder)


def standing(folder: Path) -> Path:
    """The folder to read: itself, or the old one that `atomic_folder` put aside if a kill came before the new one."""
    if not folder.name:  # the current one, or the root
        return folder
    old = folder.with_name(REPLACED + folder.name)
    return old if not folder.exists() and old.is_dir() else folder


def move_durably(source: Path, target: Path) -> None:
    """Flush `source` to disk and rename it to `target` (same file system, folder made if need be)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _flush(source)
    source.replace(target)
    _flush_folder(target.parent)


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(folder: Path) -> int:
    """Remove what dead writers left directly in `folder`; returns how many files and folders it removed.

    A leftover whose process id is in use again is removed once it is a week old.
    """
    removed = 0
    for entry in sorted(folder.glob(f"{INCOMING}*")):
        match = _LEFTOVER.fullmatch(entry.name)
        if match is None:
            continue
        try:
            if _is_in_use(int(match[1]), entry.lstat().st_mtime):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
            removed += 1
        except FileNotFoundError:  # another process removed it first
            continue
    return removed


def sweep_below(folder: Path, leave_out: Collection[str] = ()) -> int:
    """As `sweep`, of `folder` and all folders below it but those with the names to be left out."""
    removed = 0
    for at, names, _ in os.walk(folder):
        removed += sweep(Path(at))
        names[:] = [name for name in names if name not in leave_out and not name.startswith(INCOMING)]
    return removed


def _sweep_once(folder: Path) -> None:
    """Sweep a folder before this process first writes to it; what cannot be removed there is left."""
    if folder not in _swept:
        _swept.add(folder)
        with suppress(OSError):
            sweep(folder)


def _is_in_use(pid: int, written_at: float) -> bool:
    if pid == os.getpid():  # ours, or that of a dead process whose id we were given (usual in containers)
        return written_at >= _STARTED
    return is_running(pid) and time.time() - written_at < _FORGOTTEN_SECONDS


def is_running(pid: int) -> bool:
    """Whether a process has this id. On Windows always true: asking there would interrupt the process."""
    if os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
