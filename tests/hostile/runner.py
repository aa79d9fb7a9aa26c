"""Tries the cases of all areas in turn, within a time, and tells what was tried and what survived."""

from __future__ import annotations

import itertools
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.hostile.areas import Area, Bench
from tests.hostile.children import workshop
from tests.hostile.filings import Filings
from tests.hostile.kills import Kills

AREAS: dict[str, Callable[[Bench], Area]] = {area.name: area for area in (Kills, Filings)}


@dataclass
class Count:
    """What became of the cases of an area."""

    cases: int = 0
    tries: int = 0
    failed: int = 0
    seconds: float = 0.0


def run(
    names: Sequence[str], seed: int, seconds: float, *, jobs: int = 2, first: int = 0, tries: int | None = None
) -> list[str]:
    """Try cases from `first` on until the time is up, or `tries` cases of each area; returns the failures."""
    until = time.monotonic() + seconds
    failures: list[str] = []
    with workshop(jobs) as (folder, children):
        bench = Bench(folder, children, seed)
        areas = [AREAS[name](bench) for name in names]
        counts = {area.name: Count() for area in areas}
        lock = threading.Lock()
        folders = itertools.count()

        def attempt(area: Area, case: int) -> None:
            own = folder / f"case-{next(folders)}"
            own.mkdir()
            started = time.monotonic()
            try:
                problem = area.try_case(case, own)
            except Exception:
                problem = f"the suite itself failed: {traceback.format_exc()}"
            shutil.rmtree(own, ignore_errors=True)
            with lock:
                count = counts[area.name]
                count.cases += 1
                count.tries += area.tries_in(case)
                count.seconds += time.monotonic() - started
                if problem:
                    count.failed += 1
                    failures.append(problem)
                    again = f"python -m tests.hostile --only {area.name} --seed {seed} --case {case}"
                    print(f"FAILED  {problem}\n        {again}", flush=True)

        with ThreadPoolExecutor(jobs) as pool:
            for area in areas:
                if reason := area.why_skipped():
                    print(f"skipped {area.name}: {reason}", flush=True)
            live = [area for area in areas if not area.why_skipped()]
            for case in itertools.count(first):
                if not live or time.monotonic() > until or case - first == tries:
                    break
                list(pool.map(attempt, live, [case] * len(live)))
    _report(counts, seed)
    return failures


def _report(counts: dict[str, Count], seed: int) -> None:
    print(f"\nseed {seed}\n{'area':12} {'cases':>8} {'tries':>8} {'failed':>8} {'seconds a case':>16}")
    for name, count in counts.items():
        each = count.seconds / count.cases if count.cases else 0.0
        print(f"{name:12} {count.cases:8,} {count.tries:8,} {count.failed:8,} {each:16.2f}")
    sys.stdout.flush()
