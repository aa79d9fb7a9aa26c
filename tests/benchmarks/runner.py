"""Running what is compared: each in a process of its own, taking turns, so that a busy moment meets all of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
# A process starts with the peak of memory of whoever starts it, so a small one does.
LAUNCHER = """
import json, os, subprocess, sys, time
used, output, errors, *command = sys.argv[1:]
with open(output, "wb") as out, open(errors, "wb") as err:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
process.returncode = os.waitstatus_to_exitcode(status)
told = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss, "code": process.returncode}
with open(used, "w") as file:
    json.dump(told, file)
"""
CHILD = """
import importlib, json, resource, sys, time
from pathlib import Path
module, function, folder = sys.argv[1:4]
work = getattr(importlib.import_module(module), function)
def cpu():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
wall, used = time.perf_counter(), cpu()
answer = work(Path(folder))
print(json.dumps({"wall": time.perf_counter() - wall, "cpu": cpu() - used, "answer": answer}))
"""


class Failed(Exception):
    """What was run ended with an error; its text is the last line that it printed."""


@dataclass(frozen=True)
class Usage:
    """One run: seconds of wall clock and of CPU (threads and children included), peak memory, and what it printed."""

    wall: float
    cpu: float
    peak_mb: float
    output: str = ""


@dataclass(frozen=True)
class Spread:
    """Several runs of one thing, in seconds (or whatever `unit` the row has)."""

    values: tuple[float, ...]

    @property
    def least(self) -> float:
        """The fastest run: what the code costs, the machine's other work aside."""
        return min(self.values)

    @property
    def middle(self) -> float:
        """The median: what a person usually waits."""
        return median(self.values)


def run(command: Sequence[str], environment: Mapping[str, str] | None = None, codes: Sequence[int] = (0,)) -> Usage:
    """Run a command from the repository; Failed unless it exits with one of `codes`."""
    given = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("used", "output", "errors")]
        launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *map(str, files), *command]
        subprocess.run(launcher, cwd=ROOT, env=given, stdin=subprocess.DEVNULL, check=True)
        used = json.loads(files[0].read_bytes())
        output, errors = (path.read_text(errors="replace") for path in files[1:])
    if used["code"] not in codes:
        last = (errors.strip() or output.strip() or "no message").splitlines()[-1]
        raise Failed(f"{' '.join(command[1:])[:80]}: {last[:200]}")
    peak = used["peak"] / (2**20 if sys.platform == "darwin" else 2**10)
    return Usage(used["wall"], used["cpu"], peak, output)


def call(module: str, function: str, folder: Path) -> Usage:
    """Run `function(folder)` of a module of the benchmarks in a process of its own; imports are not measured."""
    usage = run([sys.executable, "-c", CHILD, f"tests.benchmarks.{module}", function, str(folder)])
    told = json.loads(usage.output.splitlines()[-1])
    return Usage(told["wall"], told["cpu"], usage.peak_mb, json.dumps(told["answer"]))


def interleave(tasks: Mapping[str, Callable[[], Usage]], rounds: int) -> dict[str, list[Usage]]:
    """Run all tasks in turn, `rounds` times."""
    usages: dict[str, list[Usage]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            usages[name].append(task())
    return usages


def tracker(home: Path, *words: str, codes: Sequence[int] = (0,)) -> Usage:
    """Run one of our commands on a home."""
    environment = {"TRACKER_IDENTITY": "Ann Example ann@example.org"}
    return run([sys.executable, "-m", "tracker", "--home", str(home), *words], environment, codes)


def walls(usages: Sequence[Usage]) -> Spread:
    """Seconds of wall clock."""
    return Spread(tuple(usage.wall for usage in usages))


def cpus(usages: Sequence[Usage]) -> Spread:
    """Seconds of CPU."""
    return Spread(tuple(usage.cpu for usage in usages))


def peak_mb(usages: Sequence[Usage]) -> float:
    """The largest peak of memory."""
    return max(usage.peak_mb for usage in usages)


def timed(work: Callable[[], object]) -> Usage:
    """Run something in this process."""
    wall, used = time.perf_counter(), time.process_time()
    work()
    return Usage(time.perf_counter() - wall, time.process_time() - used, 0.0)
