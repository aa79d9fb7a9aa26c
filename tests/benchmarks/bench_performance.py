"""Times and memory of all market-wide work on a year of daily closes; run it, nothing asserts them.

python -m tests.benchmarks.bench_performance ../shared/market/nasdaq_screener_daily.parquet

The file is read, checked and cut to 2024-12-20 to 2025-12-31 in a process of its own, so that the peak is of the work
on stored prices alone.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from tracker.band import MICRO_CAP
from tracker.prices import cohort
from tracker.prices.returns import adjusted_closes
from tracker.prices.returns import measure_returns as returns
from tracker.prices.selection import latest, preferred, typical_volume
from tracker.prices.split_detection import detect
from tracker.sources import price_files

BASE, END = date(2024, 12, 31), date(2025, 12, 31)


def best(work: Callable[[], object], rounds: int = 3) -> float:
    """Seconds of the fastest of some rounds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def store(path: Path, year: Path) -> None:
    """Read the file as `tracker prices import` does, and store a year of it."""
    started = time.perf_counter()
    prices = price_files.read(path)
    print(f"{'read and check the whole file':40}{(time.perf_counter() - started) * 1000:8.0f} ms")
    prices.filter(pl.col("date").is_between(date(2024, 12, 20), END)).write_parquet(year, compression="zstd")


def measure(year: Path) -> None:
    """Print rows, milliseconds and ratios to a plain scan."""
    plain = best(lambda: pl.scan_parquet(year).collect())
    prices = pl.read_parquet(year)
    splits = detect(prices)
    members = cohort.cohort(latest(prices, BASE), MICRO_CAP)
    print(f"{prices.height:,} rows, {prices['ticker'].n_unique():,} tickers, {BASE} to {END}")
    print(f"{'plain scan of all columns':40}{plain * 1000:8.0f} ms")
    own = prices.join(members, on="ticker", how="semi")
    total = 0.0
    for name, work in {
        "choose among sources": lambda: preferred(prices),
        "detect splits": lambda: detect(prices),
        "returns between two dates": lambda: returns(prices, BASE, END, splits),
        "caps and volumes on a day": lambda: (latest(prices, END), typical_volume(prices, END)),
        "the cohort and its figures": lambda: cohort.measure(members, returns(prices, BASE, END, splits)),
    }.items():
        seconds = best(work)
        total += seconds
        print(f"{name:40}{seconds * 1000:8.0f} ms {seconds / plain:6.1f} x the scan")
    print(f"{'together':40}{total * 1000:8.0f} ms")
    for name, work in {
        "returns from each ticker's low": lambda: returns(prices, BASE, END, splits, from_low=True),
        "the low of the cohort": lambda: cohort.low_of(members, adjusted_closes(own, splits)),
    }.items():
        print(f"{name:40}{best(work) * 1000:8.0f} ms")


def once(year: Path) -> None:
    """All of it once: the peak of memory that a command has."""
    started = time.perf_counter()
    prices = preferred(pl.read_parquet(year))
    splits = detect(prices)
    caps = latest(prices, BASE)
    found = returns(prices, BASE, END, splits)
    typical_volume(prices, END)
    cohort.measure(cohort.cohort(caps, MICRO_CAP), found)
    print(f"{'all of it once, with reading':40}{(time.perf_counter() - started) * 1000:8.0f} ms")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


def main(path: Path) -> None:
    """Store a year of the file at `path` and measure, each in a process of its own."""
    context = multiprocessing.get_context("spawn")  # fork after polars hangs
    with tempfile.TemporaryDirectory() as folder:
        year = Path(folder) / "year.parquet"
        for work, arguments in ((store, (path, year)), (measure, (year,)), (once, (year,))):
            process = context.Process(target=work, args=arguments)
            process.start()
            process.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
