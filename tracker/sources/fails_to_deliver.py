"""SEC's fails-to-deliver data: a public record of which CUSIP had which symbol, and when.

https://www.sec.gov/data-research/sec-markets-data/fails-deliver-data links to a zip for each half of a month:

    SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE
    20251231|98983L108|ZWS|43497|ZURN ELKAY WATER SOLUTIONS COR|46.49
    Trailer record count 12886
    Trailer total quantity of shares 576612083

A file names only securities with fails, so many half-months are merged. `fails_file` reads a single one.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..output import plural
from ..progress import Progress, Silent
from ..settings import Settings
from ..tables import CUSIP_SYMBOLS, CusipSymbolsFrame
from . import fails_file, fetch_log, sec_pages
from .fails_file import FailsFile
from .http import Client

SOURCE = "fails-to-deliver"
URL = "https://www.sec.gov/data-research/sec-markets-data/fails-deliver-data"
AGE = timedelta(days=1)

_NAME = re.compile(r"cnsfails(?P<year>\d{4})(?P<month>0[1-9]|1[0-2])(?P<half>[ab])(?:[_-]\d+)?\.zip", re.ASCII)


class _Half(NamedTuple):
    """A half of a month: days `first` to `last`, and its file."""

    first: date
    last: date
    name: str
    url: str


def fetch(
    client: Client, settings: Settings, since: date, until: date, *, threads: int = 4, progress: Progress | None = None
) -> list[Path]:
    """Save the half-months with settlement dates from `since` to `until`; returns their files, oldest first.

    If SEC lists none for that time, the nearest one before and the nearest one after are used. A file on disk is
    final. Raises SourceError if the page or a file is not available; files that arrived are kept.
    """
    progress = progress or Silent()
    links = sec_pages.fetch_links(client, settings, URL, SOURCE, _NAME, AGE)
    chosen = _choose(sorted(_half(match, url) for match, url in links), since, until)
    absent = [half for half in chosen if fetch_log.fetched_at(_path(settings, half)) is None]
    if absent:
        progress.start("downloading fails-to-deliver files", len(absent))
        try:
            for _ in client.each(partial(_save, client, settings), absent, threads):
                progress.advance()
        finally:
            progress.end()
    return [_path(settings, half) for half in chosen]


def on_disk(settings: Settings) -> list[Path]:
    """The downloaded files, by name."""
    return sorted(
        path for path in sec_pages.folder(settings, SOURCE).glob("cnsfails*.zip") if _NAME.fullmatch(path.name)
    )


def _half(match: re.Match[str], url: str) -> _Half:
    year, month = int(match["year"]), int(match["month"])
    if match["half"] == "a":
        return _Half(date(year, month, 1), date(year, month, 15), match[0], url)
    return _Half(date(year, month, 15), date(year, month, calendar.monthrange(year, month)[1]), match[0], url)


def _choose(halves: list[_Half], since: date, until: date) -> list[_Half]:
    within = [half for half in halves if half.first <= until and half.last >= since]
    if within:
        return within
    before = [half for half in halves if half.last < since][-1:]
    return before + [half for half in halves if half.first > until][:1]


def _path(settings: Settings, half: _Half) -> Path:
    return sec_pages.folder(settings, SOURCE) / half.name


def _save(client: Client, settings: Settings, half: _Half) -> Path:
    return fetch_log.save(client, half.url, _path(settings, half), source=SOURCE, check=sec_pages.check_zip)


def read(paths: Iterable[Path], progress: Progress | None = None) -> CusipSymbolsFrame:
    """One row a CUSIP and symbol, sorted by both, from saved files; no network.

    Each file is parsed once (see `fails_file.load`). What was skipped is noted to `progress`: one line a kind, summed
    over the files. Raises SourceError for a zip that is damaged or has something else in it.
    """
    files = [fails_file.load(path) for path in paths]
    _note_skipped(files, progress or Silent())
    return CUSIP_SYMBOLS.check(fails_file.merge(file.pairs for file in files))


def _note_skipped(files: list[FailsFile], progress: Progress) -> None:
    """Lines that were skipped, as sums; files that may be incomplete, by name."""
    for kind, counts in (
        ("that cannot be read", [file.unreadable for file in files]),
        ("without a usable symbol", [file.without_symbol for file in files]),
    ):
        if skipped := sum(counts):
            where = plural(sum(count > 0 for count in counts), "file")
            progress.note(f"{SOURCE}: {plural(skipped, 'line')} {kind} skipped in {where}", kind=f"{SOURCE} {kind}")
    for kind, names in (
        ("no trailer, the file may be cut off", [file.name for file in files if file.trailer_count is None]),
        (
            "the trailer does not count the lines above it",
            [file.name for file in files if file.trailer_count not in (None, file.line_count)],
        ),
    ):
        if names:
            progress.note(f"{SOURCE}: {kind}: {', '.join(names)}", kind=f"{SOURCE} {kind}")
