"""How a long step reports what it is doing: to stderr, never to stdout, and safe to call from any thread.

A step is handed a `Progress` and does not know whether it writes to a terminal, to a log or nowhere.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_PLAIN_SECONDS = 10.0


class Progress(Protocol):
    """One task at a time: `start`, any number of `advance` and `note`, `end`."""

    def start(self, task: str, total: int | None = None) -> None:
        """Begin `task` of `total` steps (None: unknown); ends the previous task."""

    def advance(self, n: int = 1) -> None:
        """Count `n` more steps as done."""

    def note(self, text: str, *, kind: str | None = None) -> None:
        """Report something a person should know: a warning, a choice that was made.

        One of a `kind` (default: the text itself) is shown, the first: steps that run several times in a command
        need not remember what they reported.
        """

    def end(self) -> None:
        """End the task; does nothing if there is none."""


class Silent:
    """Reports nothing."""

    def start(self, task: str, total: int | None = None) -> None:
        """See `Progress`."""

    def advance(self, n: int = 1) -> None:
        """See `Progress`."""

    def note(self, text: str, *, kind: str | None = None) -> None:
        """See `Progress`."""

    def end(self) -> None:
        """See `Progress`."""


class Terminal:
    """Progress bars if `stream` (default: stderr) is a terminal, plain lines otherwise.

    A task in plain lines gives one at its end, and one every ten seconds while it runs.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lock = threading.RLock()
        self._bars: Bars | None = None
        self._bar: TaskID | None = None
        self._task: str | None = None
        self._total: int | None = None
        self._done = 0
        self._started = self._last_line = 0.0
        self._noted: set[str] = set()

    def start(self, task: str, total: int | None = None) -> None:
        """See `Progress`."""
        with self._lock:
            self.end()
            self._task, self._total, self._done = _printable(task), total, 0
            self._started = self._last_line = time.monotonic()
            if self._stream.isatty():
                self._bars = self._make_bars()
                self._bar = self._bars.add_task(self._task, total=total)
                self._bars.start()

    def advance(self, n: int = 1) -> None:
        """See `Progress`."""
        with self._lock:
            self._done += n
            if self._bars is not None and self._bar is not None:
                self._bars.advance(self._bar, n)
            elif self._task is not None and time.monotonic() - self._last_line >= _PLAIN_SECONDS:
                self._last_line = time.monotonic()
                self._print(f"{self._task}: {self._count()}")

    def note(self, text: str, *, kind: str | None = None) -> None:
        """See `Progress`."""
        with self._lock:
            if (kind or text) in self._noted:
                return
            self._noted.add(kind or text)
            if self._bars is not None:
                self._bars.console.print(_printable(text), markup=False, highlight=False, soft_wrap=True)
            else:
                self._print(_printable(text))

    def end(self) -> None:
        """See `Progress`."""
        with self._lock:
            if self._bars is not None:
                self._bars.stop()
            elif self._task is not None:
                count = f": {self._count()}" if self._done or self._total else ""
                self._print(f"{self._task}{count} in {time.monotonic() - self._started:.1f} s")
            self._bars = self._bar = self._task = None

    def _count(self) -> str:
        return f"{self._done:,}" if self._total is None else f"{self._done:,} of {self._total:,}"

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def _make_bars(self) -> Bars:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        return Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(file=self._stream),
        )


def _printable(text: str) -> str:
    """`text` on one line, without control characters: names from outside must not steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
