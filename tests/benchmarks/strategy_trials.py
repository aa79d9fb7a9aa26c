"""`strategy run` over a made-up history: fifty quarters of a thousand funds, 7,000 names a year with a close a day."""

from __future__ import annotations

from collections.abc import Iterator

from .figures import Row
from .options import Options
from .runner import Usage, cpus, peak_mb, tracker, walls
from .strategy_history import load_newest, write_history

_GOAL = "<= 10 s, <= 2,000 MB"
_RULE = ("strategy", "run", "consensus", "--format", "json")


def measure(options: Options) -> Iterator[Row]:
    """The whole command: when no day's state is known yet, when a quarter has been loaded since, and then again."""
    settings = write_history(options.folder / "history", options)
    figure = f"`strategy run` over {options.quarters} quarters of {options.funds:,} funds and {options.names:,} names"
    first = [tracker(settings.home, *_RULE)]
    yield Row(f"{figure}: the first of all, a quarter less", walls(first), goal=_GOAL, note=_note(first))
    load_newest(settings, options)
    loaded = [tracker(settings.home, *_RULE)]
    yield Row(f"{figure}: the first after a quarter was loaded", walls(loaded), goal=_GOAL, note=_note(loaded))
    again = [tracker(settings.home, *_RULE) for _ in range(options.few_rounds)]
    yield Row(f"{figure}: again", walls(again), goal=_GOAL, note=_note(again))


def _note(usages: list[Usage]) -> str:
    return f"{cpus(usages).least:.1f} s of CPU, {peak_mb(usages):,.0f} MB"
