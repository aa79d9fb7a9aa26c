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
_FILER = re.compile(r"^[ \t]*FILER:[ \t]*\r?$", re.MULTILINE)
_SECTION = re.compile(r"^[ \t]*([A-Z][A-Z ]*):[ \t]*\r?$", re.MULTILINE)
_ENTRY = re.compile(r"^[ \t]*([A-Z][A-Z 0-9]*):[ \t]*(\S.*?)[ \t]*\r?$", re.MULTILINE)
_INDUSTRY = re.compile(r"(.*?)\s*\[(?!0000)([0-9]{4})\]")
_FORMER_NAME = re.compile(r"^[ \t]*FORMER CONFORMED NAME:[ \t]*(\S.{0,199}?)[ \t]*\r?$", re.MULTILINE)


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
    common, *filers = _FILER.split(head.decode("latin-1"))
    for text in filers:
        sections = _sections(text)
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
            "former_names": _FORMER_NAME.findall(text)[:_MAX_FORMER_NAMES],
            "filed_on": _day(dict(_ENTRY.findall(common)).get("FILED AS OF DATE", "")),
        }
    return None


def _sections(text: str) -> dict[str, dict[str, str]]:
    """Label -> value, by the section that they are in; of several sections of one name, the first."""
    parts = _SECTION.split(text)
    sections: dict[str, dict[str, str]] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        entries = {label: " ".join(value.split())[:_MAX_TEXT] for label, value in _ENTRY.findall(body)}
        sections.setdefault(name, entries)
    return sections


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None
