"""Who may send a request now: slots that are free from a moment on, or held by a request that is under way.

The rule counts the requests of an address, not of a process. So the slots of a limit that several processes share are
in a file in the system's temporary folder, locked for the microseconds of a look at it. Times are monotonic: they are
the same in every process until the machine is restarted.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from ..files import is_running

_LOST_SECONDS = 120.0  # longer than any request waits for its answer to begin
_LOOK_AGAIN_SECONDS = 0.05  # a permit that another process returns wakes nobody here
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class PermitSlots:
    """`count` slots of this process alone."""

    def __init__(self, count: int) -> None:
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
    """`count` slots of all processes of this user that reach the network by the same way.

    A slot whose holder was killed comes back `window` seconds after that is noticed: its request may just have been
    sent. Where no file can be kept, the slots are this process's alone.
    """

    def __init__(self, count: int, name: str, window: float = 1.0) -> None:
        super().__init__(count)
        self._name, self._window = name, window
        self._layout = struct.Struct("<d" + "dq" * count)

    @property
    def path(self) -> Path:
        """The file, by the proxy that is set now."""
        return shared_file(self._name, next((os.environ[name] for name in _PROXIES if os.environ.get(name)), ""))

    @contextmanager
    def _current(self, now: float) -> Iterator[None]:
        with ExitStack() as stack:
            try:
                file = stack.enter_context(_open_own(self.path))
                stack.enter_context(_locked(file))
            except OSError:
                yield
                return
            self._load(file, now)
            yield
            self._save(file)

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

    def _save(self, file: IO[bytes]) -> None:
        with suppress(OSError):  # such as a full disk
            file.seek(0)
            file.write(self._layout.pack(self._hold_until, *(value for slot in self._slots for value in slot)))


def shared_file(name: str, proxy: str) -> Path:
    """Where a limit's slots are: a file for each user, and for each proxy, as that has an address of its own."""
    way = f"-{hashlib.sha256(proxy.encode()).hexdigest()[:12]}" if proxy else ""
    return Path(tempfile.gettempdir(), f"tracker-{name}-{_user()}{way}")


def _user() -> int:
    """The user's number; 0 on Windows, where everybody has a temporary folder of their own."""
    number: int = getattr(os, "getuid", int)()
    return number


def _open_own(path: Path) -> IO[bytes]:
    """The user's file, made if need be. Never through a link: everybody can write in the folder."""
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600), "r+b", buffering=0)
    about = os.fstat(file.fileno())
    if not stat.S_ISREG(about.st_mode) or about.st_uid != _user():
        file.close()
        raise PermissionError(f"{path} is somebody else's")
    return file


@contextmanager
def _locked(file: IO[bytes]) -> Iterator[None]:
    """Wait for the lock, and hold it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
        yield
