"""Whole commands, from the shell's point of view, beside a process that does no more than `import polars`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from . import made_home
from .figures import Row
from .options import Options
from .runner import Failed, Usage, cpus, interleave, peak_mb, run, tracker, walls

PEER = 'python -c "import polars"'
TITLE = "Nine of a benchmark"
# The demo's closes go on into January, so a year must be named; a real home has its own newest day.
YEAR = ("--from", "2025-01-03", "--to", "2025-12-31")
PICKED_ON = "2025-12-01"
CAP_ON = ("--cap-on", "2026-01-05")


def measure(options: Options) -> Iterator[Row]:
    """Each command a row; `publish`, which writes, on a copy of a home that is given."""
    home = made_home.ready(options)
    security = "DUOT" if options.home else made_home.ticker(0)
    fund = "1037389" if options.home else str(made_home.FUND)
    year, cap_on = ((), ()) if options.home else (YEAR, CAP_ON)
    questions = {
        "`holders`": (("holders", security), "<= 2x"),
        "`holders --history`": (("holders", security, "--history"), "<= 2.5x"),
        "`explain`": (("explain", security), "<= 2.5x"),
        "`fund`": (("fund", fund), "<= 2.5x"),
        "`rank`": (("rank", "--top", "20", *year, *cap_on), "<= 4x, <= 500 MB"),
        "`market`": (("market", *year), "<= 4x"),
        "`status`": (("status",), "<= 2x"),
        "`funds list`": (("funds", "list"), ""),
        "`filings`": (("filings",), ""),
        "`strategy picks`": (("strategy", "picks", "consensus", "--on", PICKED_ON), ""),
        "`--help`": (("--help",), "<= 0.15 s"),
    }
    tasks: dict[str, Callable[[], Usage]] = {"peer": partial(run, [sys.executable, "-c", "import polars"])}
    failed = {}
    for name, (words, _) in questions.items():
        task = partial(tracker, home, *words)
        try:
            task()  # the files are in memory now, for everybody
            tasks[name] = task
        except Failed as failure:
            failed[name] = str(failure)
    usages = interleave(tasks, options.rounds)
    for name, (_, goal) in questions.items():
        if name in failed:
            yield Row(name, goal=goal, note=failed[name])
        else:
            ratio = cpus(usages[name]).least / cpus(usages["peer"]).least
            note = f"{ratio:.2f}x of its CPU, {peak_mb(usages[name]):.0f} MB"
            yield Row(name, walls(usages[name]), PEER, walls(usages["peer"]), goal, note=note)
    yield from _publish(options, home)


def _publish(options: Options, home: Path) -> Iterator[Row]:
    dates: tuple[str, ...] = (*YEAR, *CAP_ON)
    if options.home:  # nothing is written to it
        home, dates = Path(shutil.copytree(home, options.folder / "published")), ()
    words = ("publish", "--title", TITLE, "--top", "9", "--replace", *dates)
    published = [tracker(home, *words) for _ in range(options.few_rounds)]
    editions = (home / "editions").glob("*/edition.json")
    edition = next(path for path in editions if json.loads(path.read_bytes()).get("title") == TITLE)
    checked = [tracker(home, "publish", "--check", str(edition), codes=(0, 1)) for _ in range(options.few_rounds)]
    figures = (("`publish` of nine stocks, with charts", "<= 8 s"), ("`publish --check`", "<= 5 s"))
    for (figure, goal), usages in zip(figures, (published, checked), strict=True):
        note = f"{cpus(usages).least:.1f} s of CPU, {peak_mb(usages):.0f} MB"
        yield Row(figure, walls(usages), goal=goal, note=note)
