"""EDGAR's quarterly form index: which 13F submissions exist, and which of them are for a period.

https://www.sec.gov/Archives/edgar/full-index/2025/QTR4/form.idx lists what was *filed* in a quarter:

    Form Type   Company Name                         CIK         Date Filed  File Name
    13F-HR      RENAISSANCE TECHNOLOGIES LLC         1037389     2025-11-13  edgar/data/1037389/0001037389-25-000064.txt
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from .. import tables
from ..errors import IncompleteError, NotPublishedError, SourceError
from ..progress import Progress, Silent
from ..quarters import Quarter
from ..settings import Settings
from . import fetch_log, submission_lists
from .http import Client

URL = "https://www.sec.gov/Archives/edgar/full-index/{year}/QTR{number}/form.idx"
INDEX = {
    "accession_number": tables.TEXT,
    "cik": tables.INT,
    "company_name": tables.TEXT,
    "form_type": tables.TEXT,
    "filing_date": tables.DATE,
}
# With every filer asked for, late reports are looked for this many filing quarters after the deadline's.
LATE_QUARTERS = 4

# A company's name can contain anything, columns are as wide as the quarter's longest name, and the header may wrap:
# only the end of the line is firm.
_ROW = (
    r"^(?P<form_type>13F-(?:HR|NT)(?:/A)?) +(?P<company_name>.*?) +(?P<cik>[0-9]{1,10}) +"
    r"(?P<filing_date>[0-9]{4}-?[0-9]{2}-?[0-9]{2}) +"
    r"edgar/data/(?P<folder>[0-9]{1,10})/(?P<accession_number>[0-9]{10}-[0-9]{2}-[0-9]{6})\.txt\s*$"
)
_LINE = re.compile(rb"^13F-(?:HR|NT)[^\r\n]*", re.MULTILINE)
_LAST_LINE = re.compile(rb"(-{40,}|edgar/data/\S+\.txt)\s*\Z")
_QUOTED = 3


@dataclass(frozen=True)
class Expected:
    """What the indexes say is to be had for a period: `filings` has the columns of `INDEX`, one row a submission."""

    filings: pl.DataFrame
    warnings: list[str] = field(default_factory=list)


def fetch_index(
    client: Client, settings: Settings, filing_quarter: Quarter, *, today: date, refusals: int | None = None
) -> Path:
    """Save the index of what was filed in `filing_quarter`; returns where it lies.

    Once fetched more than a day after the quarter's end it is final and is not fetched again; until then it is,
    every time. Raises NotPublishedError or SourceError.
    """
    path = index_path(settings, filing_quarter)
    fetched = fetch_log.fetched_at(path)
    if fetched and fetched >= datetime.combine(filing_quarter.end + timedelta(days=2), time()):
        return path
    url = URL.format(year=filing_quarter.year, number=filing_quarter.number)
    if today < filing_quarter.start:
        raise NotPublishedError(f"{url}: {filing_quarter} has not begun")
    return fetch_log.save(client, url, path, source="form index", check=_check, refusals=refusals)


def index_path(settings: Settings, filing_quarter: Quarter) -> Path:
    """Where the index of what was filed in `filing_quarter` lies, whether or not it is there."""
    return settings.filings / "form-index" / f"{filing_quarter.year}-QTR{filing_quarter.number}.idx"


def _check(body: bytes) -> None:
    if b"Form Type" not in body[:20_000] or not _LAST_LINE.search(body[-4096:]):
        raise IncompleteError("the form index is cut off, or is something else")


def read_index(paths: Iterable[Path], progress: Progress | None = None) -> pl.DataFrame:
    """The 13F submissions in these index files: the columns of `INDEX`, in the files' order; no network.

    A submission filed for several CIKs has a row for each. Lines that begin as a 13F line and cannot be read are
    told to `progress`, with their number and the first few of them.
    """
    frames = []
    for path in paths:
        frame, unread = parse_index(path.read_bytes())
        frames.append(frame)
        if unread and progress:
            progress.note(_tell(path.name, unread))
    return pl.concat(frames) if frames else pl.DataFrame(schema=INDEX)


def parse_index(body: bytes) -> tuple[pl.DataFrame, list[str]]:
    """One index: its 13F submissions (columns of `INDEX`), and the 13F lines that cannot be read."""
    # Only SEC's own columns, which are ASCII, are relied upon; names may be in an older encoding.
    lines = pl.DataFrame({"line": [line.decode("latin-1") for line in _LINE.findall(body)]}, {"line": pl.String()})
    rows = lines.with_columns(pl.col("line").str.extract_groups(_ROW).alias("groups")).unnest("groups")
    rows = rows.with_columns(
        pl.col("cik", "folder").cast(pl.Int64),
        pl.col("filing_date").str.replace_all("-", "").str.to_date("%Y%m%d", strict=False),
    )
    # null where any part is not as it should be
    sound = ((pl.col("cik") == pl.col("folder")) & (pl.col("cik") > 0) & pl.col("filing_date").is_not_null()).fill_null(
        False
    )
    return rows.filter(sound).select(*INDEX), rows.filter(~sound)["line"].to_list()


def expected(
    client: Client,
    settings: Settings,
    period: Quarter,
    ciks: set[int] | None = None,
    *,
    filed_after: date | None = None,
    today: date | None = None,
    threads: int = 4,
    progress: Progress | None = None,
) -> Expected:
    """The submissions that may hold a report for `period`, of the filers `ciks` or of every filer.

    1. Everything of Form 13F that was filed in the quarter after `period`, in which its deadline lies. A few of
       these are for older periods; their own cover pages tell.
    2. Of what was filed later, up to today: amendments, and originals of filers who filed no original in 1 or who
       filed two or more in that later quarter. Those count whose period, looked up in EDGAR's list of the filer's
       submissions, is `period`, and those for which the list does not tell. With every filer asked for, late
       originals are looked for in the four quarters after the deadline's only: most of them are of new filers, and
       each filer costs a request.

    `filed_after` leaves out what was filed on or before that day. A submission filed for several of the CIKs is
    expected once. `warnings` names later indexes that were not to be
    had, and lines and periods that could not be read. Raises NotPublishedError where the deadline's index is not
    there, SourceError where it cannot be had and no earlier copy is on disk.
    """
    today, progress = today or date.today(), progress or Silent()
    warnings: list[str] = []
    filing_quarters = [period.next]
    while filing_quarters[-1].next.start <= today:
        filing_quarters.append(filing_quarters[-1].next)
    progress.start("reading form indexes", len(filing_quarters))
    try:
        loaded = []
        for quarter in filing_quarters:
            index = _load(client, settings, quarter, today, warnings, is_later=quarter != period.next)
            if index is None and quarter == period.next:
                raise NotPublishedError(
                    f"the form index of {quarter}, in which reports for {period} are filed, is not published yet; "
                    f"reports are due on {period.deadline}"
                )
            loaded.append(pl.DataFrame(schema=INDEX) if index is None else _only(index, ciks))
            progress.advance()
    finally:
        progress.end()
    first, *later = loaded
    reported = first.filter(~pl.col("form_type").str.ends_with("/A")).select("cik").unique()
    is_new = pl.lit(True) if filed_after is None else pl.col("filing_date") > filed_after
    candidates = []
    for age, index in enumerate(later, start=1):
        index = index.filter(is_new)
        candidates.append(_candidates(index, reported, with_late_originals=ciks is not None or age <= LATE_QUARTERS))
    late = _of_period(client, settings, candidates, period, threads, warnings, progress)
    filings = pl.concat([first.filter(is_new), late]).sort("filing_date", "accession_number", "cik")
    return Expected(filings.unique("accession_number", keep="first", maintain_order=True), warnings)


def _only(index: pl.DataFrame, ciks: set[int] | None) -> pl.DataFrame:
    return index if ciks is None else index.filter(pl.col("cik").is_in(sorted(ciks)))


def _candidates(index: pl.DataFrame, reported: pl.DataFrame, with_late_originals: bool) -> pl.DataFrame:
    """Rows of a later index that may be for the period after all."""
    is_original = ~pl.col("form_type").str.ends_with("/A")
    amendments = index.filter(~is_original)
    if not with_late_originals:
        return amendments
    originals = index.filter(is_original)
    is_suspect = (pl.len().over("cik") > 1) | ~pl.col("cik").is_in(reported["cik"].implode())
    return pl.concat([amendments, originals.filter(is_suspect)])


def _of_period(
    client: Client,
    settings: Settings,
    candidates: list[pl.DataFrame],
    period: Quarter,
    threads: int,
    warnings: list[str],
    progress: Progress,
) -> pl.DataFrame:
    rows = pl.concat(candidates) if candidates else pl.DataFrame(schema=INDEX)
    asked: dict[int, dict[str, date]] = {}
    for number, cik, filing_date in rows.select("accession_number", "cik", "filing_date").iter_rows():
        asked.setdefault(cik, {})[number] = filing_date
    found, failures = submission_lists.look_up(client, settings, asked, threads=threads, progress=progress)
    warnings.extend(failures)
    known = pl.DataFrame(list(found.items()), {"accession_number": pl.String(), "period": pl.Date()}, orient="row")
    rows = rows.join(known, on="accession_number", how="left", validate="m:1")
    unknown = rows["period"].null_count()
    if unknown:
        warnings.append(f"{unknown} later submissions are fetched to learn their period: EDGAR's lists do not tell it")
    return rows.filter(pl.col("period").is_null() | (pl.col("period") == period.end)).select(*INDEX)


def _load(
    client: Client, settings: Settings, quarter: Quarter, today: date, warnings: list[str], *, is_later: bool
) -> pl.DataFrame | None:
    """The quarter's index, or the copy of an earlier day, or None; `warnings` is told of the last two."""
    path = index_path(settings, quarter)
    try:
        # A later index that is not there is answered 403 as well: no long patience with that.
        fetch_index(client, settings, quarter, today=today, refusals=2 if is_later else None)
    except SourceError as error:
        if path.is_file():
            warnings.append(f"the form index of {quarter} is as of {fetch_log.fetched_at(path) or 'unknown'}: {error}")
        elif is_later:
            warnings.append(f"amendments and late reports filed in {quarter} are not known: {error}")
            return None
        elif isinstance(error, NotPublishedError):
            return None
        else:
            raise SourceError(
                f"the form index of {quarter}, to learn what was filed, cannot be had: {error}"
            ) from error
    frame, unread = parse_index(path.read_bytes())
    if unread:
        warnings.append(_tell(path.name, unread))
    return frame


def _tell(name: str, unread: list[str]) -> str:
    quoted = "; ".join(" ".join(line.split())[:160] for line in unread[:_QUOTED])
    return f"{name}: {len(unread)} lines of Form 13F cannot be read: {quoted}{' ...' if len(unread) > _QUOTED else ''}"
