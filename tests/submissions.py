"""Hand-written filings for tests: the product's own writer, with defaults, so that a test states only what it is about.

    submission(lines=[line("990101107", 1500, 100)])                     one holding, 2025-09-30
    submission(2, lines=[...], amendment=("RESTATEMENT", 1))             the same fund's amendment
    submission(lines=[line("990101107", "1,500.0", " 100 ")], prefix="ns1:")
    submission(table_xml="<oops>")                                       any quirk, raw

Every argument of `tracker.demo.submission_text.submission` and `line` can be given.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tracker.demo.submission_text import TRAILER, OtherManager, check_digit, line, table
from tracker.demo.submission_text import submission as _submission

__all__ = ["TRAILER", "OtherManager", "accession", "check_digit", "cusip", "line", "submission", "table"]

CIK = 9_000_000_901


def accession(number: int, year: int = 2025) -> str:
    """The accession number of the fictional filing agent's n-th filing of a year."""
    return f"9000000000-{year % 100:02d}-{number:06d}"


def cusip(cusip8: str) -> str:
    """`cusip8` with its check digit."""
    return cusip8 + check_digit(cusip8)


def submission(number: int = 1, **given: Any) -> bytes:
    """One submission; `number` makes the accession number, everything else has a default.

    An amendment is filed ten days after the original unless `filed` says otherwise.
    """
    day = 24 if given.get("amendment") else 14
    defaults: dict[str, Any] = {
        "accession_number": accession(number),
        "cik": CIK,
        "manager": "FIXTURE CAPITAL LLC",
        "period": date(2025, 9, 30),
        "filed": date(2025, 11, day),
    }
    return _submission(**{**defaults, **given})
