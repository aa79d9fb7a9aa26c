"""EDGAR's list of a filer's submissions, which gives the period of a submission without fetching it.

https://data.sec.gov/submissions/CIK0001037389.json has the newest thousand or so in columns, and names pages with the
older ones:

    {"filings": {"recent": {"accessionNumber": [...], "filingDate": [...], "reportDate": [...], ...},
                 "files": [{"name": "CIK0001037389-submissions-001.json", "filingFrom": ..., "filingTo": ...}]}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..edgar_facts import DATA_HOST, cik_label
from ..errors import IncompleteError, SourceError
from ..json_text import parse_json
from ..progress import Progress
from ..settings import Settings
from .http import Client

URL = f"https://{DATA_HOST}/submissions"
_PAGE = re.compile(r"CIK(?P<cik>\d{10})-submissions-\d{3}\.json", re.ASCII)


def list_path(settings: Settings, cik: int) -> Path:
    """Where EDGAR's list of this filer's submissions is kept, whether or not it exists."""
    return settings.filings / "submissions" / f"{cik_label(cik)}.json"


def check_json(body: bytes) -> None:
    """IncompleteError unless `body` is a whole JSON object."""
    try:
        if isinstance(parse_json(body), dict):
            return
    except ValueError:
        pass
    raise IncompleteError("what arrived is not whole JSON")


def look_up(
    client: Client,
    settings: Settings,
    asked: Mapping[int, Mapping[str, date]],
    *,
    threads: int,
    progress: Progress,
) -> tuple[dict[str, date], list[str]]:
    """The period of each submission that EDGAR's lists give, and what went wrong, as text.

    `asked` is cik -> accession number -> filing date. A filer's list on disk that gives all that is asked is not
    fetched again.
    """
    periods: dict[str, date] = {}
    failures: list[str] = []
    unknown: dict[int, dict[str, date]] = {}
    for cik, wanted in asked.items():
        listed = _periods(list_path(settings, cik))
        for page in (settings.filings / "submissions").glob(f"{cik_label(cik)}-submissions-*.json"):
            listed |= _periods(page)
        periods |= {number: listed[number] for number in wanted if number in listed}
        rest = {number: day for number, day in wanted.items() if number not in listed}
        if rest:
            unknown[cik] = rest
    if not unknown:
        return periods, failures

    def ask(cik: int) -> tuple[dict[str, date], str | None]:
        try:
            return _ask(client, settings, cik, unknown[cik]), None
        except SourceError as error:
            return {}, f"the list of submissions of CIK {cik} is not available: {error}"

    progress.start("looking up periods of later filings, by filer", len(unknown))
    try:
        for listed, failure in client.each(ask, unknown, threads):
            periods |= listed
            if failure:
                failures.append(failure)
            progress.advance()
    finally:
        progress.end()
    return periods, failures


def _ask(client: Client, settings: Settings, cik: int, wanted: Mapping[str, date]) -> dict[str, date]:
    path = list_path(settings, cik)
    client.save(f"{URL}/{path.name}", path, check=check_json)
    listed = _periods(path)
    for page in _pages(path, cik, [day for number, day in wanted.items() if number not in listed]):
        client.save(f"{URL}/{page}", path.with_name(page), check=check_json)
        listed |= _periods(path.with_name(page))
    return {number: listed[number] for number in wanted if number in listed}


def _pages(path: Path, cik: int, days: list[date]) -> Iterator[str]:
    """Names of the pages that can list submissions filed on `days`; names of another form are ignored."""
    filings = _load(path).get("filings")
    entries = filings.get("files") if isinstance(filings, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        name = str(entry.get("name", ""))
        match = _PAGE.fullmatch(name)
        first, last = str(entry.get("filingFrom", "")), str(entry.get("filingTo", "9999"))
        if match and int(match["cik"]) == cik and any(first <= day.isoformat() <= last for day in days):
            yield name


def _periods(path: Path) -> dict[str, date]:
    """Accession number -> period, of one list or page on disk; forms without a period are left out."""
    periods = {}
    for number, day in _rows(path):
        try:
            periods[number] = date.fromisoformat(day)
        except ValueError:
            continue
    return periods


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    """Accession number and report date, as text, of one list or page on disk."""
    content = _load(path)
    filings = content.get("filings", {"recent": content})  # an older page is the bare columns
    columns = filings.get("recent") if isinstance(filings, dict) else None
    if isinstance(columns, dict):
        numbers, days = columns.get("accessionNumber"), columns.get("reportDate")
        if isinstance(numbers, list) and isinstance(days, list):
            yield from ((str(number), str(day)) for number, day in zip(numbers, days, strict=False))


def _load(path: Path) -> dict[str, Any]:
    try:
        content = parse_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
