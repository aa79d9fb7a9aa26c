"""When New York trades: regular and observed holidays, special closures, and hours."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from tracker.prices import calendar


@pytest.mark.parametrize(
    "day",
    [
        "2025-01-01",  # New Year
        "2025-01-20",  # Martin Luther King
        "2025-02-17",  # Washington
        "2025-04-18",  # Good Friday
        "2025-05-26",  # Memorial Day
        "2025-06-19",  # Juneteenth
        "2025-07-04",
        "2025-09-01",  # Labor Day
        "2025-11-27",  # Thanksgiving
        "2025-12-25",
        "2026-07-03",  # July 4 is a Saturday
        "2022-06-20",  # Juneteenth is a Sunday
        "2023-01-02",  # New Year is a Sunday
        "2018-12-05",  # days of national mourning
        "2025-01-09",
        "2025-01-04",  # a Saturday and a Sunday
        "2025-01-05",
    ],
)
def test_days_without_a_session(day: str) -> None:
    assert not calendar.is_session(date.fromisoformat(day))


@pytest.mark.parametrize(
    "day",
    [
        "2025-01-02",
        "2025-01-08",
        "2025-01-10",
        "2018-12-04",
        "2018-12-06",
        "2021-12-31",  # New Year is a Saturday, which moves no session
        "2021-06-18",  # before Juneteenth was a holiday of the exchange
        "2025-10-13",  # Columbus and Veterans Day are federal holidays only
        "2025-11-11",
        "2025-11-28",  # closes early
    ],
)
def test_days_with_a_session(day: str) -> None:
    assert calendar.is_session(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("now", "day", "is_under_way"),
    [
        ("2026-01-05 16:00", "2026-01-05", False),
        ("2026-01-05 12:00", "2026-01-05", True),
        ("2026-01-05 08:00", "2026-01-02", False),
        ("2026-01-04 12:00", "2026-01-02", False),
        ("2026-01-03 23:59", "2026-01-02", False),
        ("2026-01-01 17:00", "2025-12-31", False),
        ("2025-04-18 17:00", "2025-04-17", False),
        ("2025-11-27 12:00", "2025-11-26", False),
        ("2026-07-03 12:00", "2026-07-02", False),
        ("2021-12-31 17:00", "2021-12-31", False),
        ("2025-01-09 12:00", "2025-01-08", False),
        ("2018-12-05 12:00", "2018-12-04", False),
    ],
)
def test_the_day_of_the_prices(now: str, day: str, is_under_way: bool) -> None:
    local = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("America/New_York"))
    for moment in (local, local.astimezone(ZoneInfo("Asia/Tokyo"))):
        assert calendar.trading_day(moment).isoformat() == day
        assert calendar.is_under_way(moment) is is_under_way


def test_holidays_are_imported_only_when_a_day_is_asked_for() -> None:
    code = "import sys, tracker.prices.calendar; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
