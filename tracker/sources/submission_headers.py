"""What a submission's header states of its filer: industry, business address, phone and former names.

EDGAR puts it at the head of each submission's full text, as of the day on which it was filed:

    FILER:
        COMPANY DATA:
            COMPANY CONFORMED NAME:                 METLIFE INC
            CENTRAL INDEX KEY:                      0001099219
            STANDARD INDUSTRIAL CLASSIFICATION:     LIFE INSURANCE [6311]
        BUSINESS ADDRESS:
            STREET 1:                               200 PARK AVENUE
            STATE:                                  NY
            BUSINESS PHONE:                         212-578-5500
        FORMER COMPANY:
            FORMER CONFORMED NAME:                  METLIFE HOLDINGS INC

So the downloads of single filings show it without a request of its own.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

_HEAD_BYTES = 1 << 15
_MAX_TEXT = 200
_MAX_FORMER_NAMES = 50
_HEADING = re.compile(r"[A-Z][A-Z ]*")
_LABEL = re.compile(r"[A-Z][A-Z 0-9]*")
_INDUSTRY = re.compile(r"(.*?)\s*\[(?!0000)([0-9]{4})\]")
_FILER, _FORMER_NAME = "FILER", "FORMER CONFORMED NAME"
Entry = tuple[str, str]  # label and value; a section's heading has no value


def read_header(path: Path, cik: int) -> dict[str, object] | None:
    """The columns of EDGAR_FILERS but cik, and filed_on; None unless the header is whole and names this filer.

    What it does not state is null. Of several filers of one submission only this one is read.
    """
    try:
        with path.open("rb") as file:
            head, end, _ = file.read(_HEAD_BYTES).partition(b"</SEC-HEADER>")
    except OSError:
        return None
    if not end:
        return None
    common, *filers = _split(_entries(head.decode("latin-1")), _FILER)
    for entries in filers:
        sections = _sections(entries)
        company, business = sections.get("COMPANY DATA", {}), sections.get("BUSINESS ADDRESS", {})
        if company.get("CENTRAL INDEX KEY", "").lstrip("0") != str(cik):
            continue
        industry = _INDUSTRY.fullmatch(company.get("STANDARD INDUSTRIAL CLASSIFICATION", ""))
        return {
            "name": company.get("COMPANY CONFORMED NAME"),
            "sic_code": industry[2] if industry else None,
            "sic_description": (industry[1] or None) if industry else None,
            "street": business.get("STREET 1"),
            "state": business["STATE"].upper() if "STATE" in business else None,
            "phone": business.get("BUSINESS PHONE"),
            "former_names": [value for label, value in entries if label == _FORMER_NAME and value][:_MAX_FORMER_NAMES],
            "filed_on": _day(dict(common).get("FILED AS OF DATE", "")),
        }
    return None


def _entries(header: str) -> list[Entry]:
    """What each line states: a pattern over the whole header would try each run of blanks anew."""
    entries = []
    for line in header.split("\n"):
        label, colon, value = line.partition(":")
        label = label.strip(" \t")
        if colon and _LABEL.fullmatch(label):
            entries.append((label, " ".join(value.split())[:_MAX_TEXT]))
    return entries


def _split(entries: list[Entry], heading: str) -> list[list[Entry]]:
    """The entries before the first such heading, and those after each."""
    parts: list[list[Entry]] = [[]]
    for entry in entries:
        if entry == (heading, ""):
            parts.append([])
        else:
            parts[-1].append(entry)
    return parts


def _sections(entries: list[Entry]) -> dict[str, dict[str, str]]:
    """Label -> value, by the section that they are in; of several sections of one name, the first."""
    sections: dict[str, dict[str, str]] = {}
    section: dict[str, str] = {}
    for label, value in entries:
        if value:
            section[label] = value
        elif _HEADING.fullmatch(label):
            section = {}
            sections.setdefault(label, section)
    return sections


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None
