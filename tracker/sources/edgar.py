"""EDGAR: which 13F submissions exist for a period, and those submissions, through sec-edgar-downloader.

The form index shows what to expect. The library saves in a staging folder; each file is checked before it is moved to
its place (see `submission_files`), and what did not arrive is named.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from os import getpid
from pathlib import Path
from typing import NamedTuple

import polars as pl

from .. import files
from ..edgar_facts import ARCHIVES
from ..errors import SourceError
from ..output import plural
from ..progress import Progress, Silent
from ..settings import Settings
from . import fetch_log
from .downloader_library import AllBut, Library, Listed, open_library
from .expected_submissions import Expected, expected
from .form_index import fetch_index, read_index
from .http import Client
from .rate_limit import SEC_REQUESTS_PER_SECOND
from .submission_files import base_form, check_submission, is_whole, on_disk, path_below, path_of

__all__ = ["Expected", "Fetched", "Missing", "expected", "fetch", "fetch_index", "on_disk", "path_of", "read_index"]

FILING_URL = f"{ARCHIVES}/data/{{cik}}/{{folder}}/{{accession_number}}.txt"
_WORTH_SAYING_SECONDS = 60


class Missing(NamedTuple):
    """A submission that was expected and did not arrive, and why."""

    accession_number: str
    cik: int
    reason: str


@dataclass(frozen=True)
class Fetched:
    """What `fetch` did: counts of submissions, what is missing, and the paths of the others."""

    downloaded: int
    present: int
    missing: list[Missing] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)


class _Wanted(NamedTuple):
    accession_number: str
    cik: int
    form: str
    filing_date: date
    path: Path


def fetch(
    client: Client, settings: Settings, expected: pl.DataFrame, *, threads: int = 4, progress: Progress | None = None
) -> Fetched:
    """Bring the submissions of `expected` to disk: columns accession_number, cik, form_type, filing_date.

    What is whole on disk is not fetched again; what is cut off is. Each filer's files are moved to their place as soon
    as they have arrived, so a kill loses only what is under way. What the library did not bring is requested once more.

    Raises InputError for an accession number, CIK or form type that is not SEC's, SettingError without an identity.
    """
    progress = progress or Silent()
    columns = ("accession_number", "cik", "form_type", "filing_date")
    wanted = [
        _Wanted(number, cik, form, day, path_of(settings, cik, form, number))
        for number, cik, form, day in expected.select(*columns).iter_rows()
    ]
    fetch_log.sweep(settings)
    absent = [submission for submission in wanted if not is_whole(submission.path)]
    present = len(wanted) - len(absent)
    if not absent:
        return Fetched(0, present, [], [submission.path for submission in wanted])

    failed: dict[_Wanted, str] = {}
    listed: dict[int, list[Listed]] = {}
    groups: dict[tuple[int, str], list[_Wanted]] = {}
    for submission in absent:
        entry = Listed(submission.accession_number, submission.form, submission.filing_date)
        listed.setdefault(submission.cik, []).append(entry)
        groups.setdefault((submission.cik, base_form(submission.form)), []).append(submission)
    seconds = len(absent) / SEC_REQUESTS_PER_SECOND
    if seconds >= _WORTH_SAYING_SECONDS:
        progress.note(
            f"{len(absent):,} submissions of {len(listed):,} filers to download: about "
            f"{plural(max(1, round(seconds / 60)), 'minute')} at {SEC_REQUESTS_PER_SECOND} requests a second"
        )
    with _staging(settings) as folder:
        library = open_library(client, settings, folder, listed)
        progress.start("downloading 13F submissions", len(absent))
        try:
            for outcome in client.each(partial(_fetch_filer, library), groups.values(), threads):
                failed |= outcome
                progress.advance(sum(1 for reason in outcome.values() if not reason))
            again = [submission for submission, reason in failed.items() if reason]
            failed = {}
            for outcome in client.each(partial(_fetch_one, client), again, threads):
                failed |= outcome
                progress.advance()
        finally:
            progress.end()
    missing = [
        Missing(submission.accession_number, submission.cik, reason) for submission, reason in failed.items() if reason
    ]
    lost = {entry.accession_number for entry in missing}
    paths = [submission.path for submission in wanted if submission.accession_number not in lost]
    return Fetched(len(absent) - len(missing), present, sorted(missing), paths)


def _fetch_filer(library: Library, group: Sequence[_Wanted]) -> dict[_Wanted, str]:
    """Fetch one filer's submissions of one form and move what arrived; '' or the reason for each."""
    days = [submission.filing_date for submission in group]
    reasons = library.get(
        base_form(group[0].form),
        f"{group[0].cik:010d}",
        after=min(days),
        before=max(days),
        include_amends=True,
        accession_numbers_to_skip=AllBut(submission.accession_number for submission in group),
    )
    outcome = {}
    for submission in group:
        number = submission.accession_number
        staged = library.folder / path_below(submission.cik, submission.form, number)
        try:
            check_submission(staged.read_bytes(), number, submission.form)
            files.move_durably(staged, submission.path)
            outcome[submission] = ""
        except FileNotFoundError:
            outcome[submission] = reasons.get(number) or reasons.get("") or "sec-edgar-downloader did not ask for it"
        except SourceError as error:
            outcome[submission] = str(error)
    return outcome


def _fetch_one(client: Client, submission: _Wanted) -> dict[_Wanted, str]:
    """Save one submission from its own address; '' or the reason."""
    number = submission.accession_number
    url = FILING_URL.format(cik=submission.cik, folder=number.replace("-", ""), accession_number=number)

    def check(body: bytes) -> None:
        check_submission(body, number)

    try:
        body = client.get(url, check=check, refusals=2)
        check_submission(body, number, submission.form)
    except SourceError as error:
        return {submission: str(error)}
    files.write_atomic(submission.path, body)
    return {submission: ""}


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    settings.filings.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{files.INCOMING}{getpid()}-", dir=settings.filings))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
