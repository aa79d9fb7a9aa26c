"""Who may send a request now: slots that are free from a moment on, or held by a request that is under way.

The rule counts the requests of an address, not of a process. So the slots of a limit that several processes share are
in a file in the user's cache folder, whichever home, temporary folder or proxy a process has; it is locked for the
microseconds of a look at it. Times are monotonic: they are the same in every process until the machine is restarted.
"""

from __future__ import annotations

import os
import stat
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from ..files import is_running
from ..settings import user_cache_folder

_LOST_SECONDS = 120.0  # longer than any request waits for its answer to begin
_LOOK_AGAIN_SECONDS = 0.05  # a permit that another process returns wakes nobody here
_LOCK_SECONDS = 2.0  # a holder that takes longer was stopped in the midst of it
_LOCK_AGAIN_SECONDS = 0.001


class PermitSlots:
    """`count` slots of this process alone; `failure` says why, if they were to be shared."""

    def __init__(self, count: int) -> None:
        self.failure = ""
        self._hold_until = 0.0
        # the moment from which a slot is free, and 0; or the moment at which it was taken, and its holder's process id
        self._slots = [(0.0, 0)] * count

    def take(self, now: float) -> tuple[int | None, float]:
        """Take the slot that has been free for longest; without one, None and when to look again."""
        with self._current(now):
            free = [(moment, slot) for slot, (moment, holder) in enumerate(self._slots) if not holder]
            if not free:
                return None, now + _LOOK_AGAIN_SECONDS
            moment, slot = min(free)
            due = max(moment, self._hold_until)
            if due > now:
                return None, due
            self._slots[slot] = now, os.getpid()
            return slot, now

    def give(self, slot: int, free_at: float, now: float) -> None:
        """Return a slot, to be taken from `free_at` on."""
        with self._current(now):
            self._slots[slot] = free_at, 0

    def hold(self, until: float, now: float) -> None:
        """Let nobody take a slot before `until`."""
        with self._current(now):
            self._hold_until = max(self._hold_until, until)

    @contextmanager
    def _current(self, now: float) -> Iterator[None]:
        """Have the slots as they are, and keep what becomes of them."""
        yield


class SharedPermitSlots(PermitSlots):
    """`count` slots of all processes of this user on this machine.

    A slot whose holder was killed comes back `window` seconds after that is noticed: its request may just have been
    sent. Where no file can be kept, or somebody keeps it locked, the slots are from then on this process's alone.
    """

    def __init__(self, count: int, name: str, window: float = 1.0) -> None:
        super().__init__(count)
        self._name, self._window = name, window
        self._layout = struct.Struct("<d" + "dq" * count)

    @property
    def path(self) -> Path:
        """The file."""
        return user_cache_folder() / f"{self._name}-{_user()}.slots"

    @contextmanager
    def _current(self, now: float) -> Iterator[None]:
        with ExitStack() as stack:
            file = None if self.failure else self._open(stack, now)
            if file:
                self._load(file, now)
            yield
            if file:
                self._save(file, now)

    def _open(self, stack: ExitStack, now: float) -> IO[bytes] | None:
        """The file, locked until `stack` is closed; None, and `failure`, if it cannot be had."""
        try:
            file = stack.enter_context(_open_own(self.path))
            stack.enter_context(_locked(file))
        except (OSError, RuntimeError) as error:
            self._go_alone(error, now)
            return None
        return file

    def _load(self, file: IO[bytes], now: float) -> None:
        """What the file states; one of another size, or of before a restart, states nothing."""
        file.seek(0)
        data = file.read(self._layout.size + 1)
        if len(data) != self._layout.size:
            return
        hold_until, *rest = self._layout.unpack(data)
        self._hold_until = hold_until if hold_until <= now + _LOST_SECONDS else 0.0
        self._slots = [self._known(*slot, now) for slot in zip(rest[::2], rest[1::2], strict=True)]

    def _known(self, moment: float, holder: int, now: float) -> tuple[float, int]:
        if not holder:
            return (moment, 0) if moment <= now + _LOST_SECONDS else (now, 0)
        is_lost = abs(now - moment) > _LOST_SECONDS or not is_running(holder)
        return (now + self._window, 0) if is_lost else (moment, holder)

    def _save(self, file: IO[bytes], now: float) -> None:
        try:
            file.seek(0)
            file.write(self._layout.pack(self._hold_until, *(value for slot in self._slots for value in slot)))
        except OSError as error:  # such as a full disk
            self._go_alone(error, now)

    def _go_alone(self, error: Exception, now: float) -> None:
        """Share the slots no longer. Those of other processes come back to us: nobody else will return them here."""
        self.failure = str(error)
        own = (0, os.getpid())
        self._slots = [slot if slot[1] in own else (now + self._window, 0) for slot in self._slots]


def _user() -> int:
    """The user's number; 0 on Windows, where everybody has a temporary folder of their own."""
    number: int = getattr(os, "getuid", int)()
    return number


def _open_own(path: Path) -> IO[bytes]:
    """The user's file, made if need be. Never through a link: others may be able to write in the folder."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600), "r+b", buffering=0)
    about = os.fstat(file.fileno())
    if not stat.S_ISREG(about.st_mode) or about.st_uid != _user():
        file.close()
        raise PermissionError(f"{path} is somebody else's")
    return file


@contextmanager
def _locked(file: IO[bytes]) -> Iterator[None]:
    """Wait for the lock, but not for long, and hold it. Raises OSError without it."""
    until = time.monotonic() + _LOCK_SECONDS
    while not _try_lock(file):
        if time.monotonic() >= until:
            raise TimeoutError(f"locked by another process for {_LOCK_SECONDS:.0f} s")
        time.sleep(_LOCK_AGAIN_SECONDS)
    try:
        yield  # closing the file ends the lock
    finally:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)


def _try_lock(file: IO[bytes]) -> bool:
    """Whether the lock is ours now. Raises OSError where files cannot be locked."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
