"""What each command costs with two quarters loaded and with fifty: nothing should cost more because old ones are.

The quarters are loaded by one refresh of their range, from data sets of all filers with few lines each: what grows with
the quarters are filings, files and rows, and what a quarter's lines cost is measured by `refreshes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tracker.quarters import Quarter

from . import made_home
from .figures import Row
from .made_data_set import write_data_set
from .options import Options
from .runner import Spread, Usage, cpus, interleave, peak_mb, tracker

LAST = Quarter(2025, 3)
FEW = 2
PERIOD = ("--from", "2025-01-03", "--to", "2025-12-31", "--cap-on", "2025-12-31")
ANSWERS = {
    "`holders`": ("holders", made_home.ticker(0)),
    "`rank`": ("rank", "--top", "20", *PERIOD),
    "`status`": ("status",),
    "`fund`": ("fund", str(made_home.FUND)),
    "`explain`": ("explain", made_home.ticker(0)),
}
PUBLISH = ("publish", "--title", "Nine of a benchmark", "--top", "9", "--replace", *PERIOD)


def measure(options: Options) -> Iterator[Row]:
    """Seconds of CPU of each command with `options.quarters` loaded, beside those with two."""
    counts = (FEW, options.quarters)
    homes = {count: options.folder / f"history-{count}" for count in counts}
    changes: dict[str, dict[int, Usage]] = {}
    for count, home in homes.items():
        for name, usage in _change(home, count, options):
            changes.setdefault(name, {})[count] = usage
    for name, usages in changes.items():
        yield _row(name, [usages[options.quarters]], [usages[FEW]], options)
    for name, words in {**ANSWERS, "`publish` of nine stocks": PUBLISH}.items():
        # `publish` finds nothing to list in the small home of a quick run
        codes = (0, 1) if options.is_quick else (0,)
        tasks = {str(count): _task(home, words, codes) for count, home in homes.items()}
        answered = interleave(tasks, options.few_rounds)
        yield _row(name, answered[str(options.quarters)], answered[str(FEW)], options)


def _task(home: Path, words: tuple[str, ...], codes: tuple[int, ...]) -> Callable[[], Usage]:
    return lambda: tracker(home, *words, codes=codes)


def _row(name: str, many: list[Usage], few: list[Usage], options: Options) -> Row:
    ours, theirs = cpus(many), cpus(few)
    goal = "1x"
    if name.startswith("the history"):  # of each quarter: this does grow
        ours = Spread(tuple(value / (options.quarters - 1) for value in ours.values))
        theirs, goal = Spread(tuple(value / (FEW - 1) for value in theirs.values)), "<= 1x"
    note = f"{peak_mb(many):,.0f} MB, {peak_mb(few):,.0f} MB"
    return Row(f"{name}, {options.quarters} quarters (CPU)", ours, f"{FEW} quarters", theirs, goal, note=note)


def _change(home: Path, count: int, options: Options) -> Iterator[tuple[str, Usage]]:
    """The commands that change a home of `count` quarters, each with what it took."""
    quarters = [LAST]
    while len(quarters) < count:
        quarters.insert(0, quarters[0].previous)
    folder = home / "filings" / "data-sets"
    made_home.write_funds(home, options)
    made_home.write_tickers(home, options.names)
    for quarter in quarters[:-1]:
        write_data_set(folder, quarter, options.history_lines, options.filers)
    offline = ("--offline", "--source", "datasets")
    yield (
        "the history from nothing, of each quarter",
        tracker(home, "refresh", f"{quarters[0]}..{quarters[-2]}", *offline),
    )
    prices = made_home.write_prices(options.folder / "history-prices.parquet", options.names)
    tracker(home, "prices", "import", str(prices))
    write_data_set(folder, LAST, options.history_lines, options.filers)
    yield "`refresh` of the newest", tracker(home, "refresh", str(LAST), *offline)
    yield "`refresh` of it again", tracker(home, "refresh", str(LAST), *offline)
    one = made_home.write_prices(options.folder / "history-fund.parquet", 1, first=options.names)
    yield "`prices import` of one name", tracker(home, "prices", "import", str(one))
    yield "`funds add`", tracker(home, "funds", "add", str(made_home.NO_FUND))
