"""The refresh of a quarter of all filers: alone, with more and more quarters loaded, and again with nothing new."""

from __future__ import annotations

from collections.abc import Iterator

from . import made_home
from .figures import Row
from .made_data_set import QUARTERS, write_data_set
from .options import Options
from .runner import Spread, cpus, peak_mb, tracker, walls


def measure(options: Options) -> Iterator[Row]:
    """Seconds of CPU of each quarter's refresh, and wall clock of the same once more. Each runs once."""
    home = options.folder / "refreshes"
    made_home.write_funds(home, options)
    first: Spread | None = None
    again = []
    for loaded, quarter in enumerate(QUARTERS):
        write_data_set(home / "filings" / "data-sets", quarter, options.lines, options.filers)
        words = ("refresh", str(quarter), "--offline")
        usage = tracker(home, *words, codes=(0, 1))
        note = f"{usage.wall:.1f} s wall, {usage.peak_mb:,.0f} MB"
        if not loaded:
            figure = f"refresh of {options.lines:,} lines, {options.funds:,} funds (CPU)"
            yield Row(figure, cpus([usage]), goal="<= 15 s", note=note)
        else:
            with_loaded = cpus([usage])
            figure = f"refresh of the next quarter, {loaded} loaded (CPU)"
            if first is None:
                first = with_loaded
                yield Row(figure, with_loaded, goal="the same whatever is loaded", note=note)
            else:
                yield Row(figure, with_loaded, "with 1 loaded", first, "1x", note=note)
        again.append((loaded + 1, [tracker(home, *words, codes=(0, 1)) for _ in range(options.few_rounds)]))
    for count, usages in again:
        note = f"{peak_mb(usages):,.0f} MB"
        yield Row(f"the same refresh again, {count} loaded", walls(usages), goal="<= 1 s", note=note)
