"""Calendar quarters as Form 13F uses them: the only place for quarter arithmetic.

A report is for a calendar quarter and is due 45 days after the quarter's last day (17 CFR
240.13f-1(a)(1)); a deadline on a weekend moves to the next business day (17 CFR 240.0-3(a)).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from .errors import SettingError

FILING_DAYS = 45
# Days outside of these are mistakes, and arithmetic with them soon leaves what Python's dates can be.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_QUARTER = re.compile(r"([0-9]{4})-?[Qq]([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """One calendar quarter; orders by time and prints as `2025Q3`."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1900 <= self.year <= 9998 and 1 <= self.number <= 4):
            raise SettingError(f"no such quarter: {self.year}Q{self.number}")

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read `2025Q3` (also `2025-Q3`, lower case). Raises SettingError for anything else."""
        match = _QUARTER.fullmatch(text.strip())
        if not match:
            raise SettingError(f"not a quarter: {text!r}; write it as 2025Q3")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter that includes `day`."""
        return cls(day.year, (day.month - 1) // 3 + 1)

    @classmethod
    def newest_due(cls, today: date) -> Quarter:
        """The newest quarter whose filing deadline has passed before `today`."""
        quarter = cls.of(today).previous
        while quarter.deadline >= today:
            quarter = quarter.previous
        return quarter

    @property
    def start(self) -> date:
        """The quarter's first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """The quarter's last day: the filing's period of report."""
        return date(self.year, 3 * self.number, 31 if self.number in (1, 4) else 30)

    @property
    def deadline(self) -> date:
        """The last day on which a report for this quarter is on time (federal holidays are ignored)."""
        day = self.end + timedelta(days=FILING_DAYS)
        return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)

    @property
    def next(self) -> Quarter:
        """The quarter after this one."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> Quarter:
        """The quarter before this one."""
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)


def parse_range(text: str) -> list[Quarter]:
    """Read one quarter (`2025Q3`) or a range, both ends included (`2024Q1..2025Q3`), oldest first."""
    first, dots, last = text.partition("..")
    if dots and not (first.strip() and last.strip()):
        raise SettingError(f"{text!r} lacks an end; write a range as 2013Q2..2025Q3")
    quarter, end = Quarter.parse(first), Quarter.parse(last if dots else first)
    if end < quarter:
        raise SettingError(f"{text!r} runs backwards; write the older quarter first")
    quarters = [quarter]
    while quarters[-1] < end:
        quarters.append(quarters[-1].next)
    return quarters
