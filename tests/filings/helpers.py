"""What tests of filings share: where the hand-written ones are, and the CUSIPs that they hold."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from tests.submissions import accession, line, submission
from tracker.filings import submission as form13f
from tracker.tables import Submissions

FILINGS_FOLDER = Path(__file__).parent
A, B, C, D = "990101107", "990102105", "990103103", "990104101"


def number_in(data: bytes) -> str:
    """The accession number that a submission states, or one that no other has."""
    found = re.search(rb"ACCESSION NUMBER:\s*(\d{10}-\d{2}-\d{6})", data)
    return found[1].decode() if found else accession(999)


def book(fund: int, *positions: tuple[str, float, float], filed: date = date(2025, 11, 14), **given: object) -> bytes:
    """A fund's filing of (cusip, price, shares) positions; `scale` divides the values."""
    scale = given.pop("scale", 1)
    assert isinstance(scale, int)
    return submission(
        fund,
        cik=9_000_001_000 + fund,
        filed=filed,
        lines=[line(cusip, round(price * shares / scale), round(shares)) for cusip, price, shares in positions],
        **given,
    )


def parse(*texts: bytes) -> Submissions:
    return Submissions.concat(form13f.parse(text, number_in(text)) for text in texts)
