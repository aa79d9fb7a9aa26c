"""The hand-written filings are all listed in their README, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

FILINGS = Path(__file__).parent


def test_every_filing_is_listed_once_and_every_listed_filing_exists() -> None:
    listed = re.findall(r"^\| `([^`]+\.txt)` \|", (FILINGS / "README.md").read_text(encoding="utf-8"), re.M)
    assert sorted(listed) == sorted(path.name for path in FILINGS.glob("*.txt"))
