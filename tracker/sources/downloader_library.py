"""sec-edgar-downloader with our client below it.

The library writes in place, treats any existing file as finished, and prints what fails. So it saves below a staging
folder, and what it would print becomes the reason for a submission that is missing.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from ..edgar_facts import ACCESSION_NUMBER, ARCHIVES
from ..errors import SourceError
from ..settings import Settings
from . import company_tickers, submission_lists
from .http import Client
from .submission_files import check_submission

VERSION = "5.1.0"
_FILING = re.compile(rf"{re.escape(ARCHIVES)}/data/\d+/\d{{18}}/(?P<number>{ACCESSION_NUMBER})\.txt", re.ASCII)
_LIST = re.compile(rf"{re.escape(submission_lists.URL)}/CIK(?P<cik>\d{{10}})\.json", re.ASCII)


class Listed(NamedTuple):
    """A submission as a form index lists it."""

    accession_number: str
    form_type: str
    filing_date: date


class AllBut(set[str]):
    """Contains every text except the given ones.

    As `accession_numbers_to_skip` it makes the library fetch exactly what is wanted, and keeps an accession number that
    has not been checked from becoming a path.
    """

    def __contains__(self, item: object) -> bool:
        return not super().__contains__(item)


class Library:
    """One sec-edgar-downloader for a run; filers are given by CIK only."""

    def __init__(self, downloader: Any, folder: Path, heard: threading.local) -> None:
        self.folder = folder
        self._downloader = downloader
        self._heard = heard

    def get(self, form: str, cik: str, **options: Any) -> dict[str, str]:
        """Call the library's `get`; returns why submissions failed by accession number, by '' for the whole call."""
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


def open_library(client: Client, settings: Settings, folder: Path, listed: Mapping[int, Sequence[Listed]]) -> Library:
    """sec-edgar-downloader, saving below `folder`, with its requests going through `client`.

    `listed` maps each CIK to the submissions that are wanted of it. The library's only way to the network is the
    private function `_sec_gateway._call_sec`, which has a rate limit of its own but no time-out, retry or kept-alive
    connection; it is replaced, so that all requests to the SEC share one limit. What the library asks for besides the
    submissions is answered here: the list of tickers with an empty one, and a filer's list of submissions with what
    the form index lists of it, so that a submission costs one request. Raises SourceError if the library is not built
    as expected.
    """
    from sec_edgar_downloader import _orchestrator, _sec_gateway
    from sec_edgar_downloader._Downloader import Downloader
    from sec_edgar_downloader._version import __version__ as version

    if not hasattr(_sec_gateway, "_call_sec") or not hasattr(_orchestrator, "fetch_and_save_filings"):
        raise SourceError(
            f"sec-edgar-downloader {version} is not supported: run `pip install sec-edgar-downloader=={VERSION}`"
        )
    heard = threading.local()

    def call(uri: str, user_agent: str, host: str) -> _Answer:
        if uri == company_tickers.URL:
            return _Answer(b'{"fields": ["cik", "ticker"], "data": []}')
        if match := _LIST.fullmatch(uri):
            return _Answer(_write_list(listed.get(int(match["cik"]), ())))
        if match := _FILING.fullmatch(uri):
            number = match["number"]
            return _Answer(client.get(uri, check=lambda body: check_submission(body, number)))
        raise SourceError(f"sec-edgar-downloader asks for {uri}, which is neither a list nor a submission")

    def listen(*words: object) -> None:
        number = str(words[1]) if len(words) > 1 else ""
        heard.reasons[number] = " ".join(str(word) for word in words[2:] or words)

    _sec_gateway._call_sec = call
    vars(_orchestrator)["print"] = listen
    return Library(Downloader(*settings.require_identity(), folder), folder, heard)


def _write_list(listed: Sequence[Listed]) -> bytes:
    """EDGAR's list of a filer's submissions, as far as the library reads it."""
    recent = {
        "accessionNumber": [entry.accession_number for entry in listed],
        "form": [entry.form_type for entry in listed],
        "filingDate": [entry.filing_date.isoformat() for entry in listed],
        "primaryDocument": ["" for _ in listed],
    }
    return json.dumps({"filings": {"recent": recent, "files": []}}).encode()
