"""Read what is on disk and not yet in the store: data sets and submissions, parsed as filed, then judged."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl

from ..filings import data_set, submission
from ..progress import Progress
from ..quarters import Quarter
from ..sources import datasets, edgar
from ..store import Store
from ..tables import (
    JUDGED_FILINGS,
    OTHER_MANAGERS,
    REJECTS,
    FilingsFrame,
    RejectKind,
    Severity,
    Step,
    Submissions,
)
from ..tables.coded_lines import CodedLines, CodedSubmissions
from .judge_filings import judge
from .refresh_run import Refresh

# Parsing is bound by the processor; below this many files a second process costs more than it saves.
_POOL_FROM = 1_000
# Files that are parsed before what they hold is stored, and those that are parsed together: few enough for progress
# to be seen, and for their tables to fit into memory many times.
_STORED_TOGETHER = 500
_PARSED_TOGETHER = 50
_BYTES_TOGETHER = 2**24


def read_filings(run: Refresh) -> set[date]:
    """Parse what the run's source covers and the store lacks, and judge it; returns the periods that changed.

    Submissions that cannot be parsed become REJECTS. Raises StoreError if lines that were stored are gone.
    """
    if run.source != "filings":
        for path in reversed(datasets.on_disk(run.settings, run.quarter)):
            parse_data_set(run.store, path, [run.quarter], known_numbers(run.store), run.progress)
    if run.source != "datasets":
        parse_submissions(run.store, run.progress)
    return judge(run.store, run.progress)


def parse_data_set(store: Store, path: Path, quarters: Iterable[Quarter], known: set[str], progress: Progress) -> None:
    """Store the reports for `quarters` in a data set that are not `known`, lines period by period; now they are.

    Of several data sets the newest is to be read first: late reports and amendments are few, so that the lines of a
    period are written once, with the data set that has most of them. Raises SourceError if it is damaged.
    """
    parsed = data_set.read(path, [quarter.end for quarter in quarters], skip=known, progress=progress)
    _add_lines(store, parsed.filings, parsed.lines)
    _store_filings(store, parsed)
    rejects = parsed.rejects.filter(pl.col("kind") != RejectKind.UNNAMED_SUBMISSION)
    known.update(parsed.filings["accession_number"], rejects["accession_number"])


def _add_lines(store: Store, filings: FilingsFrame, lines: CodedLines) -> None:
    periods = filings.partition_by("period_of_report", as_dict=True)
    for (period,), of_period in periods.items():
        # one period's are not copied
        chosen = lines if len(periods) == 1 else lines.of_filings(of_period["accession_number"])
        if chosen.height:
            store.add_lines(period, chosen)


def parse_submissions(store: Store, progress: Progress) -> None:
    """The submissions on disk that the store lacks, of any period, batch by batch; unreadable ones become REJECTS."""
    known = pl.DataFrame({"accession_number": list(known_numbers(store))}, schema={"accession_number": pl.String()})
    files = edgar.on_disk(store.settings).join(known, on="accession_number", how="anti").rows()
    if not files:
        return
    progress.start("reading submissions", len(files))
    with _mapper(len(files)) as run:
        for at in range(0, len(files), _STORED_TOGETHER):
            parts = []
            batches = _batches(files[at : at + _STORED_TOGETHER])
            for part, batch in zip(run(submission.parse_files, batches), batches, strict=True):
                parts.append(part)
                progress.advance(len(batch))
            parsed = Submissions.concat(parts)
            _add_lines(store, parsed.filings, CodedLines.of(parsed.lines))
            _store_filings(store, parsed)
    progress.end()


def known_numbers(store: Store) -> set[str]:
    """The accession numbers of what was read before, accepted or rejected.

    Not of lines whose submission their data set does not name: another one may have it.
    """
    rejected = store.read_numbers(REJECTS, step=Step.PARSE, severity=Severity.REJECTED)
    unnamed = store.read_numbers(REJECTS, kind=RejectKind.UNNAMED_SUBMISSION)
    return store.read_numbers(JUDGED_FILINGS) | (rejected - unnamed)


def _batches(files: Iterable[tuple[str, int, str]]) -> list[list[submission.File]]:
    """`files` (accession_number, cik, path) as they are parsed together: bounded in number and in bytes."""
    batches: list[list[submission.File]] = [[]]
    together = 0
    for accession_number, cik, path in files:
        size = Path(path).stat().st_size
        together += size
        if batches[-1] and (together > _BYTES_TOGETHER or len(batches[-1]) == _PARSED_TOGETHER):
            batches.append([])
            together = size
        batches[-1].append((Path(path), accession_number, cik))
    return batches


@contextmanager
def _mapper(count: int) -> Iterator[Callable[..., Iterable[Submissions]]]:
    processors = os.cpu_count() or 1
    if count < _POOL_FROM or processors < 2:
        yield map
        return
    # spawn: a fork after polars has started its threads hangs
    with ProcessPoolExecutor(processors, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool.map


def _store_filings(store: Store, parsed: Submissions | CodedSubmissions) -> None:
    """After their lines are stored: killed in between, the next run reads these submissions again."""
    numbers = [*parsed.filings["accession_number"], *parsed.rejects["accession_number"]]
    filings = JUDGED_FILINGS.fit(parsed.filings)
    store.replace_together(
        [
            (JUDGED_FILINGS, filings, {"accession_number": filings["accession_number"]}),
            (OTHER_MANAGERS, parsed.other_managers, {"accession_number": filings["accession_number"]}),
            (REJECTS, parsed.rejects, {"step": Step.PARSE, "accession_number": numbers}),
        ]
    )
