"""What the performance between two days is called: its name follows its dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ..quarters import Quarter

_SLACK = timedelta(days=6)  # a base date is the last session of a period, or the first of the next
_MONTHS = {12: "12-Month", 6: "6-Month", 3: "3-Month", 1: "1-Month"}
_DAYS_A_MONTH = 365.25 / 12


def performance_name(method: Mapping[str, Any]) -> str:
    """`YTD Performance`, `Q3 2025 Performance`, `12-Month Performance`, or plainly `Performance`.

    `method` is a list's methodology in JSON. A year to date begins with the last close of the year before, or with a
    close of the first days of January, as lists in print have it.
    """
    noun = "Total Return" if method.get("total_return") else "Performance"
    if method.get("from_low"):
        return f"{noun} from the Low"
    base, end = date.fromisoformat(method["base_date"]), date.fromisoformat(method["end_date"])
    if _begins(base, date(end.year - 1, 12, 31)):
        return f"YTD {noun}"
    quarter = Quarter.of(end)
    if end >= quarter.end - timedelta(days=3) and _begins(base, quarter.previous.end):
        return f"Q{quarter.number} {quarter.year} {noun}"
    months = round((end - base).days / _DAYS_A_MONTH)
    is_whole = abs((end - base).days - months * _DAYS_A_MONTH) <= 3
    return f"{_MONTHS[months]} {noun}" if is_whole and months in _MONTHS else noun


def _begins(base: date, eve: date) -> bool:
    """Whether a period whose last day before is `eve` begins with the close of `base`."""
    return eve - timedelta(days=3) <= base <= eve + _SLACK
