"""EDGAR: which 13F submissions exist for a period, and those submissions, through sec-edgar-downloader.

The library writes in place, takes any existing file as done, and prints what fails. So it works in a staging
folder; what is expected is known from the form index; each file is examined before it is moved to where the rest
of the package looks (see `archive`); what did not come is named.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from os import getpid
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from .. import files
from ..errors import SourceError
from ..progress import Progress, Silent
from ..settings import Settings
from . import submission_files, submission_lists
from .form_index import Expected, expected, fetch_index, read_index
from .http import Client
from .submission_files import check_submission, is_whole, on_disk, path_of

__all__ = ["Expected", "Fetched", "Missing", "expected", "fetch", "fetch_index", "on_disk", "path_of", "read_index"]

FILING_URL = "https://www.sec.gov/Archives/edgar/data/{cik}/{folder}/{accession_number}.txt"
_FILING = re.compile(r"https://www\.sec\.gov/Archives/edgar/data/\d+/\d{18}/(?P<number>\d{10}-\d{2}-\d{6})\.txt")
_LIST = re.compile(r"https://data\.sec\.gov/submissions/CIK(?P<cik>\d{10})\.json")
_TICKER_MAP = "https://www.sec.gov/files/company_tickers_exchange.json"
# EDGAR's two lists may date a filing made after hours differently.
_SLACK = timedelta(days=7)


class Missing(NamedTuple):
    """A submission that is expected and did not come, and why."""

    accession_number: str
    cik: int
    reason: str


@dataclass(frozen=True)
class Fetched:
    """What `fetch` did: counts of submissions, what is missing, and where the others lie."""

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


class _AllBut(set[str]):
    """Contains every text but the ones given.

    As `accession_numbers_to_skip` it makes the library fetch exactly what is wanted, and keeps an accession number
    that nobody has examined from becoming a path.
    """

    def __contains__(self, item: object) -> bool:
        return not super().__contains__(item)


def fetch(
    client: Client, settings: Settings, expected: pl.DataFrame, *, threads: int = 4, progress: Progress | None = None
) -> Fetched:
    """Bring the submissions of `expected` to disk: columns accession_number, cik, form_type, filing_date.

    What is whole on disk is not fetched again, what is cut off there is. Each filer's files are moved to their final
    place as soon as they have come, so a kill loses only what is under way. What the library did not bring is asked
    for once more at its own address: EDGAR's list of a filer's submissions does not always name what the index does.

    Raises InputError for an accession number, CIK or form that is not SEC's, SettingError without an identity.
    """
    progress = progress or Silent()
    columns = ("accession_number", "cik", "form_type", "filing_date")
    wanted = [
        _Wanted(number, cik, form, day, path_of(settings, cik, form, number))
        for number, cik, form, day in expected.select(*columns).iter_rows()
    ]
    _sweep(settings)
    absent = [one for one in wanted if not is_whole(one.path)]
    present = len(wanted) - len(absent)
    if not absent:
        return Fetched(0, present, [], [one.path for one in wanted])

    failed: dict[_Wanted, str] = {}
    with _staging(settings) as folder:
        library = _open_library(client, settings, folder, absent)
        groups: dict[tuple[int, str], list[_Wanted]] = {}
        for one in absent:
            groups.setdefault((one.cik, submission_files.base_form(one.form)), []).append(one)
        progress.start("downloading 13F submissions", len(absent))
        try:
            for outcome in client.each(partial(_fetch_filer, library), groups.values(), threads):
                failed |= outcome
                progress.advance(sum(1 for reason in outcome.values() if not reason))
            again = [one for one, reason in failed.items() if reason]
            failed = {}
            for outcome in client.each(partial(_fetch_one, client), again, threads):
                failed |= outcome
                progress.advance()
        finally:
            progress.end()
    missing = [Missing(one.accession_number, one.cik, reason) for one, reason in failed.items() if reason]
    gone = {entry.accession_number for entry in missing}
    paths = [one.path for one in wanted if one.accession_number not in gone]
    return Fetched(len(absent) - len(missing), present, sorted(missing), paths)


def _fetch_filer(library: _Library, group: Sequence[_Wanted]) -> dict[_Wanted, str]:
    """Ask the library for one filer's submissions of one form, and move what came; '' or the reason for each."""
    days = [one.filing_date for one in group]
    reasons = library.get(
        submission_files.base_form(group[0].form),
        f"{group[0].cik:010d}",
        after=min(days) - _SLACK,
        before=max(days) + _SLACK,
        include_amends=True,
        accession_numbers_to_skip=_AllBut(one.accession_number for one in group),
    )
    outcome = {}
    for one in group:
        staged = library.folder.joinpath(*one.path.parts[-5:])
        try:
            check_submission(staged.read_bytes(), one.accession_number, one.form)
            files.move_durably(staged, one.path)
            outcome[one] = ""
        except FileNotFoundError:
            unlisted = "EDGAR's list of the filer's submissions does not name it"
            outcome[one] = reasons.get(one.accession_number) or reasons.get("") or unlisted
        except SourceError as error:
            outcome[one] = str(error)
    return outcome


def _fetch_one(client: Client, one: _Wanted) -> dict[_Wanted, str]:
    """Save one submission from its own address; '' or the reason."""
    folder = one.accession_number.replace("-", "")
    url = FILING_URL.format(cik=one.cik, folder=folder, accession_number=one.accession_number)

    def check(body: bytes) -> None:
        check_submission(body, one.accession_number)

    try:
        body = client.get(url, check=check, refusals=2)
        check_submission(body, one.accession_number, one.form)
    except SourceError as error:
        return {one: str(error)}
    files.write_atomic(one.path, body)
    return {one: ""}


class _Library:
    """One sec-edgar-downloader for a run; it is told nothing but CIKs."""

    def __init__(self, downloader: Any, folder: Path, heard: threading.local) -> None:
        self.folder = folder
        self._downloader = downloader
        self._heard = heard

    def get(self, form: str, cik: str, **options: Any) -> dict[str, str]:
        """Call the library's `get`; returns reasons by accession number, or by '' for the call as a whole."""
        self._heard.reasons = reasons = {}
        try:
            self._downloader.get(form, cik, **options)
        except OSError:  # the disk's, not the network's: our client turns those into SourceError
            raise
        except Exception as error:
            reasons[""] = str(error) if isinstance(error, SourceError) else f"sec-edgar-downloader: {error!r}"
        return reasons


class _Answer:
    """As much of a `requests.Response` as the library reads."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def json(self) -> Any:
        return json.loads(self.content)


def _open_library(client: Client, settings: Settings, folder: Path, absent: Sequence[_Wanted]) -> _Library:
    """sec-edgar-downloader, saving below `folder`, its requests going through `client`.

    The library's only way to the network is the private function `_sec_gateway._call_sec`, which has a rate limit of
    its own but no time-out, retry or kept-alive connection. It is replaced, so that all of SEC's requests share one
    limit. What the library would `print` to stdout about a failed filing is kept as the reason. The map of tickers
    that its constructor asks for is answered with an empty one: filers are always named by CIK. A filer's list of
    submissions is taken from disk where it names all that is wanted. Raises SourceError for a library of another
    make.
    """
    from sec_edgar_downloader import _orchestrator, _sec_gateway
    from sec_edgar_downloader._Downloader import Downloader
    from sec_edgar_downloader._version import __version__ as version

    if not hasattr(_sec_gateway, "_call_sec") or not hasattr(_orchestrator, "fetch_and_save_filings"):
        raise SourceError(f"sec-edgar-downloader {version} is not known here: pip install sec-edgar-downloader==5.1.0")
    numbers: dict[int, set[str]] = {}
    for one in absent:
        numbers.setdefault(one.cik, set()).add(one.accession_number)
    heard = threading.local()

    def call(uri: str, user_agent: str, host: str) -> _Answer:
        if uri == _TICKER_MAP:
            return _Answer(b'{"fields": ["cik", "ticker"], "data": []}')
        if match := _LIST.fullmatch(uri):
            path = submission_lists.list_path(settings, int(match["cik"]))
            if numbers.get(int(match["cik"]), set()) <= submission_lists.named(path):
                return _Answer(path.read_bytes())
        if match := _FILING.fullmatch(uri):
            number = match["number"]
            return _Answer(client.get(uri, check=lambda body: check_submission(body, number)))
        return _Answer(client.get(uri, check=submission_lists.check_json))

    def listen(*words: object) -> None:
        number = str(words[1]) if len(words) > 1 else ""
        heard.reasons[number] = " ".join(str(word) for word in words[2:] or words)

    _sec_gateway._call_sec = call
    vars(_orchestrator)["print"] = listen
    return _Library(Downloader(*settings.require_identity(), folder), folder, heard)


@contextmanager
def _staging(settings: Settings) -> Iterator[Path]:
    settings.filings.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{files.INCOMING}{getpid()}-", dir=settings.filings))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(settings: Settings) -> None:
    """Remove what killed runs left behind."""
    at = settings.filings
    for folder in (at, at / "form-index", at / "submissions", *(at / "reference").glob("*/")):
        files.sweep(folder)
