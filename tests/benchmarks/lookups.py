"""What one question reads: the lines of one CUSIP, and the positions of a quarter, beside bare Parquet."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl

from tracker.settings import Settings
from tracker.store import Store

from . import made_home
from .figures import Row
from .options import Options
from .runner import Spread, Usage, call, interleave, timed

ROUNDS = 9


def measure(options: Options) -> Iterator[Row]:
    """Milliseconds, once everything has been read before."""
    answer = json.loads(call("lookups", "look_up", made_home.ready(options)).output)
    rows = (
        ("one CUSIP from the lines", "scan of a Parquet file with a filter", "10 ms"),
        ("positions of a quarter", "read of a Parquet file", "50 ms"),
    )
    for figure, peer, goal in rows:
        ours, theirs = (Spread(tuple(value * 1000 for value in values)) for values in answer[figure])
        note = f"{answer['rows'][figure]:,} rows"
        yield Row(figure, ours, peer, theirs, goal, "ms", note)


def look_up(home: Path) -> dict[str, object]:
    """Seconds of ours and of the peer by figure, and the rows found."""
    with Store(Settings(home)) as store, tempfile.TemporaryDirectory() as folder:
        quarter = max(store.quarters())
        positions, lines = Path(folder, "positions.parquet"), Path(folder, "lines.parquet")
        found = store.positions(quarter)
        found.write_parquet(positions, compression="zstd")
        whole = store.lines(quarter.end).sort("cusip", "accession_number", "line_number")
        whole.write_parquet(lines, compression="zstd")
        counts = whole["cusip"].value_counts().sort("count", "cusip")
        cusip = counts["cusip"][counts.height // 2]
        del whole
        work: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "one CUSIP from the lines": (
                lambda: store.lines_of(quarter.end, [cusip]),
                lambda: pl.scan_parquet(lines).filter(pl.col("cusip") == cusip).collect(),
            ),
            "positions of a quarter": (lambda: store.positions(quarter), lambda: pl.read_parquet(positions)),
        }
        answer: dict[str, object] = {
            "rows": {
                "one CUSIP from the lines": store.lines_of(quarter.end, [cusip]).height,
                "positions of a quarter": found.height,
            }
        }
        for figure, (ours, theirs) in work.items():
            tasks: dict[str, Callable[[], Usage]] = {"ours": partial(timed, ours), "theirs": partial(timed, theirs)}
            usages = interleave(tasks, ROUNDS)
            answer[figure] = [[usage.wall for usage in usages[name]] for name in tasks]
    return answer
