"""The New York exchanges' calendar: which days have a session, and whether one is under way."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def trading_day(now: datetime) -> date:
    """The day that the screener's prices are from at `now` (with a zone): the last trading day that has begun.

    Before 9:30 in New York that is the day before; weekends and the exchange's regular holidays are passed over.
    Between 9:30 and 16:00 the prices are the day's, but no closes yet: see `is_session`. Special closures (a day of
    mourning) are not known here.
    """
    local = now.astimezone(NEW_YORK)
    day = local.date() - timedelta(days=local.time() < _OPEN)
    while day.weekday() > 4 or day in holidays(day.year):
        day -= timedelta(days=1)
    return day


def is_session(now: datetime) -> bool:
    """Whether trading goes on at `now` (with a zone), so that the screener's prices are no closes."""
    local = now.astimezone(NEW_YORK)
    return trading_day(now) == local.date() and _OPEN <= local.time() < _CLOSE


def holidays(year: int) -> set[date]:
    """Weekdays of `year` on which the New York exchanges are regularly closed (NYSE rule 7.2)."""

    def nth(month: int, weekday: int, number: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))

    def observed(month: int, day: int) -> date:
        on = date(year, month, day)
        return on + timedelta(days={5: -1, 6: 1}.get(on.weekday(), 0))

    # Easter Sunday in the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)
    century, golden = year // 100, year % 19
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    epact -= (epact // 28) * (1 - (epact // 28) * (29 // (epact + 1)) * ((21 - golden) // 11))
    sunday = epact - (year + year // 4 + epact + 2 - century + century // 4) % 7
    month = 3 + (sunday + 40) // 44
    easter = date(year, month, sunday + 28 - 31 * (month // 4))

    return {
        observed(1, 1),  # a New Year's Day on a Saturday falls into the old year, and is not kept
        nth(1, 0, 3),  # Martin Luther King
        nth(2, 0, 3),  # Washington
        easter - timedelta(days=2),
        nth(6, 0, 1) - timedelta(days=7),  # Memorial Day, the last Monday of May
        observed(6, 19),
        observed(7, 4),
        nth(9, 0, 1),  # Labor Day
        nth(11, 3, 4),  # Thanksgiving
        observed(12, 25),
    }


NEW_YORK = ZoneInfo("America/New_York")


_OPEN, _CLOSE = time(9, 30), time(16)
