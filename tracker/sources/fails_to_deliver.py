"""SEC's fails-to-deliver data: a public record of which CUSIP had which symbol, and when.

https://www.sec.gov/data-research/sec-markets-data/fails-deliver-data links to a zip for each half of a month:

    SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE
    20251231|98983L108|ZWS|43497|ZURN ELKAY WATER SOLUTIONS COR|46.49
    Trailer record count 12886
    Trailer total quantity of shares 576612083

Only securities with fails are there, so many half-months are merged. Descriptions can hold the separator.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from .. import tables
from ..errors import SourceError
from ..progress import Progress, Silent
from ..settings import Settings
from . import fetch_log, sec_pages
from .http import Client

SOURCE = "fails-to-deliver"
URL = "https://www.sec.gov/data-research/sec-markets-data/fails-deliver-data"
AGE = timedelta(days=1)
MAX_BYTES = 2**28

_NAME = re.compile(r"cnsfails(?P<year>\d{4})(?P<month>0[1-9]|1[0-2])(?P<half>[ab])(?:[_-]\d+)?\.zip", re.ASCII)
_MEMBER = re.compile(r"cns.*\.(?:txt|csv)", re.IGNORECASE)
_ROW = r"^(?P<date>[0-9]{8})\|(?P<cusip>[^|]*)\|(?P<symbol>[^|]*)\|(?P<quantity>[^|]*)\|(?P<description>.*)\|[^|]*$"
_NO_ROW = r"^\s*$|^SETTLEMENT DATE\||^Trailer "
# Tickers are letters here. What else stands there tells what becomes of the CUSIP (1702REG, A102PAYRTS).
_SYMBOL = r"^[A-Z]+$"
_TEST = r"^(TEST[A-Z]?|[A-Z]TEST|Z[A-Z]ZZT)$"  # symbols of the exchanges' and the clearing house's own tests
_COUNT = re.compile(rb"^Trailer record count (\d+)", re.MULTILINE)


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

    Where SEC lists none of that time, the nearest one before and the nearest one after are taken. A file on disk is
    final. Raises SourceError where the page or a file cannot be had; files that came stay.
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
    """The files that are there, by name."""
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


def read(paths: Iterable[Path], progress: Progress | None = None) -> pl.DataFrame:
    """`tables.CUSIP_SYMBOLS` from saved files: one row a CUSIP and symbol, sorted by both; no network.

    Left out, and counted to `progress`: lines whose symbol is a placeholder (empty, asterisks, the beginning of the
    CUSIP itself, anything but letters) or an exchange's test (TESTA), lines that cannot be read, and a trailer that
    counts other than the lines above it. Raises SourceError for a zip that is damaged or holds something else.
    """
    progress = progress or Silent()
    pairs = [_read(path, progress) for path in paths]
    return tables.CUSIP_SYMBOLS.check(_merge(pl.concat(pairs)) if pairs else tables.CUSIP_SYMBOLS.frame())


def _read(path: Path, progress: Progress) -> pl.DataFrame:
    body = sec_pages.read_member(path, _MEMBER, MAX_BYTES)
    if b"|CUSIP|SYMBOL|" not in body[:200]:
        raise SourceError(f"{path.name} is not a fails-to-deliver file; remove it and refresh again")
    lines = pl.Series("line", body.decode("latin-1").splitlines(), pl.String()).to_frame()
    lines = lines.filter(~pl.col("line").str.contains(_NO_ROW))
    rows = lines.with_columns(pl.col("line").str.extract_groups(_ROW).alias("groups")).unnest("groups")
    cusip, symbol = (pl.col(name).str.strip_chars().str.to_uppercase() for name in ("cusip", "symbol"))
    rows = rows.with_columns(
        cusip,
        symbol,
        pl.col("date").str.to_date("%Y%m%d", strict=False),
        pl.col("description").str.strip_chars().replace("", None),
    )
    is_sound = (pl.col("date").is_not_null() & pl.col("cusip").str.contains(r"^[0-9A-Z*@#]{9}$")).fill_null(False)
    is_prefix = (pl.col("symbol").str.len_chars() >= 6) & pl.col("cusip").str.starts_with(pl.col("symbol"))
    has_symbol = ~(pl.col("symbol").str.contains(r"^\**$") | is_prefix)
    is_ticker = pl.col("symbol").str.contains(_SYMBOL) & ~pl.col("symbol").str.contains(_TEST)
    sound = rows.filter(is_sound)
    named = sound.filter(has_symbol)
    kept = named.filter(is_ticker)
    declared = _COUNT.search(body[-1000:])
    for count, what in (
        (rows.height - sound.height, "lines cannot be read"),
        (sound.height - named.height, "lines have no symbol and are left out"),
        (named.height - kept.height, "lines have a placeholder or a test symbol and are left out"),
        (declared is None, "trailer is missing: the file may be cut off"),
        (
            declared is not None and int(declared[1]) != rows.height,
            f"trailer counts other than the {rows.height} lines",
        ),
    ):
        if count:
            progress.note(f"{path.name}: {int(count):,} {what}")
    seen = kept.select("cusip", "symbol", "description", pl.col("date").alias("first_seen"))
    return _merge(seen.with_columns(pl.col("first_seen").alias("last_seen")))


def _merge(pairs: pl.DataFrame) -> pl.DataFrame:
    """One row a CUSIP and symbol: the span of days, and the newest description."""
    newest_first = pairs.sort("last_seen", descending=True, maintain_order=True)
    merged = newest_first.group_by("cusip", "symbol").agg(
        pl.col("description").drop_nulls().first(), pl.col("first_seen").min(), pl.col("last_seen").max()
    )
    return tables.CUSIP_SYMBOLS.fit(merged).sort("cusip", "symbol")
