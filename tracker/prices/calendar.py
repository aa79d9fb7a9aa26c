"""The New York exchanges' calendar: which days have a session, and whether one is under way."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase

NEW_YORK = ZoneInfo("America/New_York")
_OPEN, _CLOSE = time(9, 30), time(16)


def trading_day(now: datetime) -> date:
    """The day that the latest prices are from at `now` (with a zone): the last session that has begun.

    Before 9:30 in New York that is the session before. Between 9:30 and 16:00 prices are the day's but not yet closes:
    see `is_under_way`.
    """
    local = now.astimezone(NEW_YORK)
    day = local.date() - timedelta(days=local.time() < _OPEN)
    while not is_session(day):
        day -= timedelta(days=1)
    return day


def is_session(day: date) -> bool:
    """Whether the New York Stock Exchange trades on `day`: a weekday that is neither a holiday nor a special closure.

    Holidays are those of NYSE rule 7.2; special closures, such as days of national mourning, are those that the
    `holidays` package lists.
    """
    return day.weekday() < 5 and day not in _holidays()


def is_under_way(now: datetime) -> bool:
    """Whether a session is under way at `now` (with a zone), so that current prices are not closes."""
    local = now.astimezone(NEW_YORK)
    return is_session(local.date()) and _OPEN <= local.time() < _CLOSE


@cache
def _holidays() -> HolidayBase:
    """The exchange's holidays; years are added as they are asked for."""
    from holidays import financial_holidays

    return financial_holidays("NYSE")
