"""`strategy run` over a made-up history: fifty quarters of a thousand funds, 7,000 names a year with a close a day."""

from __future__ import annotations

from collections.abc import Iterator

from .figures import Row
from .options import Options
from .runner import Usage, cpus, peak_mb, tracker, walls
from .strategy_history import write_history

_RULE = ("strategy", "run", "consensus", "--format", "json")


def measure(options: Options) -> Iterator[Row]:
    """The whole command: first after something was loaded, when each day's state is found out, and then again."""
    home = write_history(options.folder / "history", options).home
    figure = f"`strategy run` over {options.quarters} quarters of {options.funds:,} funds and {options.names:,} names"
    first = [tracker(home, *_RULE)]
    yield Row(f"{figure}: the first after a refresh", walls(first), goal="<= 10 s, <= 2,000 MB", note=_note(first))
    again = [tracker(home, *_RULE) for _ in range(options.few_rounds)]
    yield Row(f"{figure}: again", walls(again), goal="<= 10 s, <= 2,000 MB", note=_note(again))


def _note(usages: list[Usage]) -> str:
    return f"{cpus(usages).least:.1f} s of CPU, {peak_mb(usages):,.0f} MB"
