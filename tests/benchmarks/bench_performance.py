"""Times of the price path as ratios to a plain scan of the same file: run it, nothing asserts them.

python -m tests.benchmarks.bench_performance ../shared/market/nasdaq_screener_daily.parquet
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from tracker.performance import latest, returns
from tracker.sources import price_files
from tracker.splits import detect


def best(work: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of the fastest of some rounds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def main(path: Path) -> None:
    """Print rows, seconds and ratios for the file at `path`."""
    prices = price_files.read(path)
    first, last = prices["date"].min(), prices["date"].max()
    base, end = date(2025, 1, 3), date(2025, 12, 31)
    splits = detect(prices)
    plain = best(lambda: pl.scan_parquet(path).collect())
    print(f"{prices.height:,} rows, {prices['ticker'].n_unique():,} tickers, {first} to {last}")
    print(f"{'plain scan of all columns':32}{plain * 1000:8.0f} ms")
    for name, work in {
        "read and check the file": lambda: price_files.read(path),
        "detect splits, all days": lambda: detect(prices),
        f"returns {base} to {end}": lambda: returns(prices, base, end, splits),
        "last closes on a day": lambda: latest(prices, end),
    }.items():
        seconds = best(work)
        print(f"{name:32}{seconds * 1000:8.0f} ms {seconds / plain:6.1f} x the scan")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
