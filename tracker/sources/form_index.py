"""EDGAR's quarterly form index: which 13F submissions were filed in a quarter.

https://www.sec.gov/Archives/edgar/full-index/2025/QTR4/form.idx lists what was *filed* in a quarter, for any period:

    Form Type   Company Name                         CIK         Date Filed  File Name
    13F-HR      RENAISSANCE TECHNOLOGIES LLC         1037389     2025-11-13  edgar/data/1037389/0001037389-25-000064.txt
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from .. import bounds, tables
from ..edgar_facts import ACCESSION_NUMBER, ARCHIVES, FIRST_DAY
from ..errors import IncompleteError, NotPublishedError, SourceError
from ..output import plural
from ..progress import Progress
from ..quarters import Quarter
from ..settings import Settings
from . import fetch_log
from .http import Client
from .written_days import in_range

URL = f"{ARCHIVES}/full-index/{{year}}/QTR{{number}}/form.idx"
INDEX = {
    "accession_number": tables.TEXT,
    "cik": tables.INT,
    "company_name": tables.TEXT,
    "form_type": tables.TEXT,
    "filing_date": tables.DATE,
}

# A company's name can contain anything, columns are as wide as the quarter's longest name, and the header may wrap:
# only the end of the line is reliable.
_REST = (
    r" +(?P<company_name>.*?) +(?P<cik>[0-9]{1,10}) +"
    r"(?P<filing_date>[0-9]{4}-?[0-9]{2}-?[0-9]{2}) +"
    rf"edgar/data/(?P<folder>[0-9]{{1,10}})/(?P<accession_number>{ACCESSION_NUMBER})\.txt\s*$"
)
_FORMS_13F = r"13F-(?:HR|NT)(?:/A)?"
_LINE_13F = re.compile(rb"^13F-(?:HR|NT)[^\r\n]*", re.MULTILINE)
_LAST_LINE = re.compile(rb"(-{40,}|edgar/data/\S+\.txt)\s*\Z")
_QUOTED = 3
_LAST_DAY = date(2100, 1, 1)  # a later one is a misprint, whatever the clock says


def fetch_index(
    client: Client, settings: Settings, filing_quarter: Quarter, *, today: date, refusals: int | None = None
) -> Path:
    """Save the index of what was filed in `filing_quarter`; returns its path.

    Fetched more than a day after the quarter's end, by this machine's clock and by the server's, it is final; before
    that it is fetched every time. Raises NotPublishedError or SourceError.
    """
    path = index_path(settings, filing_quarter)
    if fetch_log.is_final(path, datetime.combine(filing_quarter.end + timedelta(days=2), time())):
        return path
    url = URL.format(year=filing_quarter.year, number=filing_quarter.number)
    if today < filing_quarter.start:
        raise NotPublishedError(f"{url}: {filing_quarter} has not begun")
    return fetch_log.save(client, url, path, source="form index", check=_check, refusals=refusals)


def index_path(settings: Settings, filing_quarter: Quarter) -> Path:
    """Where the index of what was filed in `filing_quarter` is kept, whether or not it exists."""
    return settings.filings / "form-index" / f"{filing_quarter.year}-QTR{filing_quarter.number}.idx"


def read_body(path: Path) -> bytes:
    """The index at `path`. Raises SourceError if it is larger than one can be."""
    body, beyond = bounds.read_file(path, bounds.FORM_INDEX)
    if beyond:
        raise SourceError(f"the form index {path.name} {beyond}, which cannot be right; delete it and refresh again")
    return body


def _check(body: bytes) -> None:
    if beyond := bounds.problem(body, bounds.FORM_INDEX):
        raise IncompleteError(f"the form index {beyond}, which cannot be right")
    if b"Form Type" not in body[:20_000] or not _LAST_LINE.search(body[-4096:]):
        raise IncompleteError("the form index is cut off, or is not one")


def read_index(paths: Iterable[Path], progress: Progress | None = None) -> pl.DataFrame:
    """The 13F submissions in these index files: the columns of `INDEX`, in the files' order; no network.

    A submission filed for several CIKs has a row for each. 13F lines that are unreadable are noted on `progress`: their
    number and the first few of them.
    """
    indexes = [pl.DataFrame(schema=INDEX)]
    for path in paths:
        index, unread = parse_index(read_body(path))
        indexes.append(index)
        if unread and progress:
            progress.note(describe_unread(path.name, unread))
    return pl.concat(indexes)


def parse_index(body: bytes) -> tuple[pl.DataFrame, list[str]]:
    """One index: its 13F submissions (columns of `INDEX`), and the 13F lines that are unreadable."""
    return parse_lines(_LINE_13F.findall(body), _FORMS_13F)


def parse_lines(found: list[bytes], form_types: str) -> tuple[pl.DataFrame, list[str]]:
    """Lines of an index as rows (columns of `INDEX`), and those that are not whole, or of none of the `form_types`.

    `form_types` is a regular expression without named groups.
    """
    # SEC's own columns are ASCII; names may be in an older encoding.
    lines = pl.DataFrame({"line": [line.decode("latin-1") for line in found]}, {"line": pl.String()})
    row = rf"^(?P<form_type>{form_types}){_REST}"
    rows = lines.with_columns(pl.col("line").str.extract_groups(row).alias("groups")).unnest("groups")
    rows = rows.with_columns(
        pl.col("cik", "folder").cast(pl.Int64),
        in_range(pl.col("filing_date").str.replace_all("-", "").str.to_date("%Y%m%d", strict=False)),
    )
    # null if any part is malformed
    is_filer = (pl.col("cik") == pl.col("folder")) & (pl.col("cik") > 0)
    sound = (is_filer & pl.col("filing_date").is_between(FIRST_DAY, _LAST_DAY)).fill_null(False)
    return rows.filter(sound).select(*INDEX), rows.filter(~sound)["line"].to_list()


def describe_unread(name: str, unread: list[str], forms: str = "Form 13F") -> str:
    """A warning about the `unread` lines of the index `name`, with the first few of them."""
    quoted = "; ".join(" ".join(line.split())[:160] for line in unread[:_QUOTED])
    count = plural(len(unread), "line")
    return f"{name}: {count} of {forms} cannot be read: {quoted}{' ...' if len(unread) > _QUOTED else ''}"
