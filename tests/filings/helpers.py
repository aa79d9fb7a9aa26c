"""What tests of filings share: where the hand-written ones are, and the CUSIPs that they hold."""

from __future__ import annotations

import re
from pathlib import Path

from tests.submissions import accession

FILINGS_FOLDER = Path(__file__).parent
A, B, C, D = "990101107", "990102105", "990103103", "990104101"


def number_in(data: bytes) -> str:
    """The accession number that a submission states, or one that no other has."""
    found = re.search(rb"ACCESSION NUMBER:\s*(\d{10}-\d{2}-\d{6})", data)
    return found[1].decode() if found else accession(999)
