"""`prices import` of one fund's file into the large home: what it costs to add a little."""

from __future__ import annotations

from collections.abc import Iterator

from . import made_home
from .figures import Row
from .options import Options
from .runner import cpus, peak_mb, tracker, walls


def measure(options: Options) -> Iterator[Row]:
    """Each round imports a year of closes of one name that is not there yet."""
    figure, goal = "`prices import` of one fund's file", "<= 3 s"
    if options.home:
        yield Row(figure, goal=goal, note="left out: it writes to the home")
        return
    home = made_home.ready(options)
    usages = []
    for number in range(options.few_rounds):
        path = made_home.write_prices(options.folder / f"fund-{number}.parquet", 1, first=options.names + number)
        usages.append(tracker(home, "prices", "import", str(path)))
    note = f"{cpus(usages).least:.1f} s of CPU, {peak_mb(usages):,.0f} MB"
    yield Row(figure, walls(usages), goal=goal, note=note)
