"""Which submissions to expect for a period, from the form indexes and EDGAR's lists of filers' submissions."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from .. import tables
from ..errors import NotPublishedError, SourceError
from ..output import plural
from ..progress import Progress, Silent
from ..quarters import Quarter
from ..settings import Settings
from . import fetch_log, submission_lists
from .form_index import INDEX, describe_unread, fetch_index, index_path, parse_index, read_body
from .http import Client

# For every filer, late reports are searched for this many filing quarters after the deadline's.
LATE_QUARTERS = 4

# The filers whose submissions are expected: these, those that a function chooses from FILERS, or (None) all of them.
Whose = Collection[int] | Callable[[pl.DataFrame], Collection[int]] | None
FILERS = {"cik": tables.INT, "company_name": tables.TEXT, "is_timely": tables.FLAG}

_THREADS = 4  # enough to keep the rate limit busy


@dataclass(frozen=True)
class Expected:
    """What the indexes list for a period: `filings` has the columns of `form_index.INDEX`, one row per submission."""

    filings: pl.DataFrame
    warnings: list[str] = field(default_factory=list)


def expected(
    client: Client,
    settings: Settings,
    period: Quarter,
    whose: Whose = None,
    *,
    filed_after: date | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> Expected:
    """The submissions that may be reports for `period`, of the filers `whose` or of every filer.

    A function is asked once, with what the indexes state about everyone who filed (columns of FILERS, one row a filer):
    its newest company name, and whether it filed within LATE_QUARTERS of the deadline's quarter (`is_timely`).

    1. Everything of Form 13F that was filed in the quarter after `period`, which includes its deadline. A few of these
       are for older periods, as their cover pages will show.
    2. Of what was filed later, up to today: amendments, and originals of filers who filed no original in 1 or who filed
       two or more in that later quarter. Of these, the submissions whose period is `period` according to EDGAR's list
       of the filer's submissions, and those whose period the list does not give. For every filer, late originals are
       searched for in the four quarters after the deadline's only: most of them are from new filers, and each filer
       costs a request.

    `filed_after` leaves out what was filed on or before that day. A submission filed for several of the CIKs is
    expected once. `warnings` names later indexes that are not available, and lines and periods that are unreadable.
    Raises NotPublishedError if the index of the deadline's quarter is not published, SourceError if it is not
    available and no earlier copy is on disk.
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
            is_later, is_covered = quarter != period.next, filed_after is not None and quarter.end <= filed_after
            index = _load(
                client, settings, quarter, today, warnings, is_later=is_later, is_read=not (is_later and is_covered)
            )
            if index is None and quarter == period.next:
                raise NotPublishedError(
                    f"the form index of {quarter}, in which reports for {period} are filed, is not published yet; "
                    f"reports are due on {period.deadline}"
                )
            loaded.append(pl.DataFrame(schema=INDEX) if index is None else index)
            progress.advance()
    finally:
        progress.end()
    is_new = pl.lit(True) if filed_after is None else pl.col("filing_date") > filed_after
    ciks = whose(_filers([index.filter(is_new) for index in loaded])) if callable(whose) else whose
    first, *later = (_of_filers(index, ciks) for index in loaded)
    reported = first.filter(~pl.col("form_type").str.ends_with("/A")).select("cik").unique()
    candidates = []
    for age, index in enumerate(later, start=1):
        index = index.filter(is_new)
        candidates.append(_candidates(index, reported, with_late_originals=ciks is not None or age <= LATE_QUARTERS))
    late = _of_period(client, settings, candidates, period, warnings, progress)
    filings = pl.concat([first.filter(is_new), late]).sort("filing_date", "accession_number", "cik")
    return Expected(filings.unique("accession_number", keep="first", maintain_order=True), warnings)


def _filers(indexes: list[pl.DataFrame]) -> pl.DataFrame:
    """Who filed, from the indexes of successive quarters: columns of FILERS."""
    rows = pl.concat(
        index.select("cik", "company_name", "filing_date", pl.lit(age <= LATE_QUARTERS).alias("is_timely"))
        for age, index in enumerate(indexes)
    )
    name = pl.col("company_name").sort_by("filing_date", "company_name").last()
    return rows.group_by("cik").agg(name, pl.col("is_timely").any()).sort("cik").select(*FILERS)


def _of_filers(index: pl.DataFrame, ciks: Collection[int] | None) -> pl.DataFrame:
    return index if ciks is None else index.filter(pl.col("cik").is_in(sorted(ciks)))


def _candidates(index: pl.DataFrame, reported: pl.DataFrame, with_late_originals: bool) -> pl.DataFrame:
    """Rows of a later index that may still be for the period."""
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
    warnings: list[str],
    progress: Progress,
) -> pl.DataFrame:
    rows = pl.concat(candidates) if candidates else pl.DataFrame(schema=INDEX)
    asked: dict[int, dict[str, date]] = {}
    for number, cik, filing_date in rows.select("accession_number", "cik", "filing_date").iter_rows():
        asked.setdefault(cik, {})[number] = filing_date
    listed, failures = submission_lists.look_up(client, settings, asked, threads=_THREADS, progress=progress)
    warnings.extend(failures)
    periods = pl.DataFrame(list(listed.items()), {"accession_number": pl.String(), "period": pl.Date()}, orient="row")
    rows = rows.join(periods, on="accession_number", how="left", validate="m:1")
    unknown = rows["period"].null_count()
    if unknown:
        count = plural(unknown, "later submission")
        warnings.append(f"{count} must be fetched to learn the period: EDGAR's lists do not give it")
    return rows.filter(pl.col("period").is_null() | (pl.col("period") == period.end)).select(*INDEX)


def _load(
    client: Client,
    settings: Settings,
    quarter: Quarter,
    today: date,
    warnings: list[str],
    *,
    is_later: bool,
    is_read: bool,
) -> pl.DataFrame | None:
    """The quarter's index, or an earlier day's copy, or None; the last two are added to `warnings`.

    None, too, if it is only to be saved, as nothing of it is wanted.
    """
    path = index_path(settings, quarter)
    try:
        # EDGAR answers 403 for an index that does not exist yet, too: give up early.
        fetch_index(client, settings, quarter, today=today, refusals=2 if is_later else None)
    except SourceError as error:
        if path.is_file():
            warnings.append(f"the form index of {quarter} is as of {fetch_log.fetched_at(path) or 'unknown'}: {error}")
        elif is_later:
            warnings.append(f"amendments and late reports filed in {quarter} are unknown: {error}")
            return None
        elif isinstance(error, NotPublishedError):
            return None
        else:
            raise SourceError(
                f"the form index of {quarter}, which lists what was filed, is not available: {error}"
            ) from error
    if not is_read:
        return None
    index, unread = parse_index(read_body(path))
    if unread:
        warnings.append(describe_unread(path.name, unread))
    return index
