"""Commands as a user gives them, in processes of their own, within limits: no traceback, no hang, bounded memory."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0
MEMORY = 2**30
_SOURCE = Path(__file__).with_name("disk_faults.c")
_WORDS_OF_A_CRASH = ("Traceback (most recent call last)", "panicked at", "Fatal Python error", "Exception ignored in")


class Act(IntEnum):
    """What happens at the chosen call, as in disk_faults.c."""

    COUNT = 0
    KILL = 1
    TEAR = 2
    FAIL = 3


@dataclass(frozen=True)
class Arms:
    """What the disk does: `act` at the `at`-th call that changes something below the home; 0 is never."""

    at: int = 0
    act: Act = Act.COUNT
    error: int = 0
    stays: bool = False


@dataclass(frozen=True)
class Ended:
    """How a command ended: `code` is negative for a signal; `calls` are those counted below the home."""

    words: Sequence[str]
    code: int
    out: str
    err: str
    seconds: float
    memory: int
    is_hung: bool
    calls: Sequence[str] = ()

    @property
    def problem(self) -> str | None:
        """Which limit it broke; None if none. A kill is none, as only a disk that kills does so."""
        if self.is_hung:
            return f"hung: {self.seconds:.0f} s, at last: {self.last_line}"
        if self.memory > MEMORY:
            return f"took {self.memory / 2**20:,.0f} MiB"
        if crash := next((word for word in _WORDS_OF_A_CRASH if word in self.err), None):
            return f"{crash}: {self.err.strip().splitlines()[-1][:300]}"
        if self.code > 0 and not self.err.strip() and not self.out.strip():
            return f"exit code {self.code} without a word"
        return None

    @property
    def last_line(self) -> str:
        """What it said last on stderr, shortened."""
        return (self.err.strip().splitlines() or [""])[-1][:300]


def why_no_disk_faults() -> str | None:
    """Why a disk cannot be made to fail here; None if it can."""
    if sys.platform != "linux":
        return "faults of a disk are made with LD_PRELOAD, on Linux"
    return None if shutil.which("cc") else "no C compiler (cc) for tests/hostile/disk_faults.c"


class Children:
    """Servers that fork commands, as many as may run side by side; a context manager."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self._folder = folder
        self._idle: queue.Queue[subprocess.Popen[str]] = queue.Queue()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("TRACKER_", "PYTEST"))}
        environment |= {"TRACKER_IDENTITY": "Ann Example ann@example.org", "POLARS_MAX_THREADS": "1", "COLUMNS": "100"}
        if not why_no_disk_faults():
            library = folder / "disk_faults.so"
            subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl"], check=True)
            environment["LD_PRELOAD"] = str(library)
        command = [sys.executable, "-m", "tests.hostile.fork_server"]
        self._servers = [
            subprocess.Popen(
                command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            for _ in range(jobs)
        ]
        for server in self._servers:
            self._idle.put(server)

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            assert server.stdin and server.stdout
            server.stdin.close()
            server.stdout.close()
            server.wait(10)

    def run(
        self,
        home: Path,
        *words: str,
        arms: Arms | None = None,
        environment: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
    ) -> Ended:
        """Run `tracker --home HOME WORDS`; waits until one of the servers is idle.

        It hangs if it says nothing for `SECONDS`, or does not end in `seconds`; of two idle cores.
        """
        server = self._idle.get()
        try:
            with tempfile.TemporaryDirectory(dir=self._folder) as name:
                folder = Path(name)
                armed = arms and {
                    "folder": str(home), "log": str(folder / "log"),
                    "at": arms.at, "act": int(arms.act), "error": arms.error, "stays": int(arms.stays),
                }  # fmt: skip
                order = {
                    "words": ["--home", str(home), *words],
                    "folder": str(folder),
                    "environment": dict(environment or {}),
                    "stdout": str(folder / "out"),
                    "stderr": str(folder / "err"),
                    "arms": armed,
                    "silence": SECONDS,
                    "seconds": seconds,
                }
                assert server.stdin and server.stdout
                print(json.dumps(order), file=server.stdin, flush=True)
                answer = json.loads(server.stdout.readline())
                log = folder / "log"
                calls = log.read_text(errors="replace").splitlines() if log.exists() else []
                out, err = (_text(folder / stream) for stream in ("out", "err"))
                return Ended(words, out=out, err=err, calls=calls, **answer)
        finally:
            self._idle.put(server)


@contextmanager
def workshop(jobs: int) -> Iterator[tuple[Path, Children]]:
    """A folder for homes, in memory where the machine has such a disk, and the children that work in it."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it has a name that nobody can guess
    with tempfile.TemporaryDirectory(prefix="hostile-", dir=memory if os.access(memory, os.W_OK) else None) as name:
        folder = Path(name)
        with Children(folder, jobs) as children:
            yield folder, children


def _text(path: Path) -> str:
    return path.read_bytes()[:1_000_000].decode("utf-8", "replace") if path.exists() else ""
