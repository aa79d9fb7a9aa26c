"""Tries the cases of all areas in turn, within a time, and tells what was tried and what survived."""

from __future__ import annotations

import shutil
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.areas import Area, Bench
from tests.hostile.children import workshop
from tests.hostile.filings import Filings
from tests.hostile.kills import Kills
from tests.hostile.names import Names
from tests.hostile.network import Network
from tests.hostile.processes import Processes
from tests.hostile.readers import Readers

AREAS: dict[str, Callable[[Bench], Area]] = {
    area.name: area for area in (Kills, Filings, Readers, Names, Network, Processes)
}


@dataclass
class Count:
    """What became of the cases of an area."""

    cases: int = 0
    tries: int = 0
    failed: int = 0
    seconds: float = 0.0


def run(
    names: Sequence[str],
    seed: int,
    seconds: float,
    *,
    jobs: int = 2,
    first: int = 0,
    tries: Mapping[str, int] | None = None,
) -> list[str]:
    """Try cases from `first` on until the time is up, or so many `tries` of an area; returns the failures."""
    with workshop(jobs) as (folder, children):
        bench = Bench(folder, children, seed)
        turns = _Turns([AREAS[name](bench) for name in names], time.monotonic() + seconds, first, tries)
        with ThreadPoolExecutor(jobs) as pool:
            for worker in [pool.submit(turns.work, folder, seed) for _ in range(jobs)]:
                worker.result()
    turns.report(seed)
    return turns.failures


class _Turns:
    """Which area is next: the one that has had the least time."""

    def __init__(self, areas: Sequence[Area], until: float, first: int, tries: Mapping[str, int] | None) -> None:
        self.failures: list[str] = []
        self._until = until
        self._tries = tries
        self._counts = {area.name: Count() for area in areas}
        self._next = dict.fromkeys(self._counts, first)
        self._first = first
        self._lock = threading.Lock()
        self._live = []
        for area in areas:
            if reason := area.why_skipped():
                print(f"skipped {area.name}: {reason}", flush=True)
            else:
                self._live.append(area)

    def work(self, folder: Path, seed: int) -> None:
        """Try cases until none is left."""
        while turn := self._take():
            area, case = turn
            own = folder / f"case-{area.name}-{case}"
            own.mkdir()
            started = time.monotonic()
            try:
                problem = area.try_case(case, own)
            except Exception:
                problem = f"the suite itself failed: {traceback.format_exc()}"
            shutil.rmtree(own, ignore_errors=True)
            with self._lock:
                count = self._counts[area.name]
                count.seconds += time.monotonic() - started
                count.cases += 1
                count.tries += area.tries_in(case)
                if problem:
                    count.failed += 1
                    again = f"python -m tests.hostile --only {area.name} --seed {seed} --case {case}"
                    self.failures.append(f"{problem}\n        {again}")
                    print(f"FAILED  {self.failures[-1]}", flush=True)

    def _take(self) -> tuple[Area, int] | None:
        with self._lock:
            if self._tries is not None:
                self._live = [
                    area for area in self._live if self._next[area.name] - self._first < self._tries[area.name]
                ]
            if not self._live or time.monotonic() > self._until:
                return None
            # one that is being tried by another counts as if it had had a second
            area = min(
                self._live,
                key=lambda area: (
                    self._counts[area.name].seconds
                    + (self._next[area.name] - self._first - self._counts[area.name].cases)
                ),
            )
            case = self._next[area.name]
            self._next[area.name] += 1
            return area, case

    def report(self, seed: int) -> None:
        """What was tried, and what failed."""
        print(f"\nseed {seed}\n{'area':12} {'cases':>8} {'tries':>8} {'failed':>8} {'seconds a case':>16}")
        for name, count in self._counts.items():
            each = count.seconds / count.cases if count.cases else 0.0
            print(f"{name:12} {count.cases:8,} {count.tries:8,} {count.failed:8,} {each:16.2f}", flush=True)
