"""What tests of sources share."""

from __future__ import annotations

from datetime import UTC, datetime

from tracker.progress import Silent
from tracker.sources.http import Answer

# Traded at 100, 102, then 2-for-1 at 52, then 1-for-4 at 212; Yahoo shows everything in shares of the last day.
HEADER = "Date,Open,High,Low,Close,Adj Close,Volume,Dividends,Stock Splits\n"
HISTORY = HEADER + (
    "2025-01-02 00:00:00-05:00,1,1,1,200.0,190.0,500,0.0,0.0\n"
    "2025-01-03 00:00:00-05:00,1,1,1,204.0,195.0,600,1.0,0.0\n"
    "2025-01-06 00:00:00-05:00,1,1,1,208.0,199.0,700,0.0,2.0\n"
    "2025-01-07 00:00:00-05:00,1,1,1,212.0,212.0,800,0.0,0.25\n"
)


class Notes(Silent):
    """Keeps the notes it receives."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, text: str, *, kind: str | None = None) -> None:
        self.told.append(text)


def answered(body: bytes) -> Answer:
    """A whole body that was fetched now."""
    return Answer(body, datetime.now(UTC).replace(tzinfo=None))
