"""The days on which a rule is asked what to buy.

A report is due 45 days after the quarter's end. By default the signal day is the sixth trading day after that: those
who file on the last evening are in the data then, and a person could have read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ..prices.calendar import is_session
from ..quarters import Quarter

LAG = 6
_DAY = timedelta(days=1)


class SignalOn(StrEnum):
    """When a rule is asked."""

    DEADLINE = "deadline"
    """once a quarter, some trading days after the deadline"""
    FILING = "filing"
    """on each day with new reports for the quarter"""


@dataclass(frozen=True, order=True)
class SignalDay:
    """A trading day after whose close a rule is asked about the reports for `quarter`."""

    day: date
    quarter: Quarter


def after_deadline(quarter: Quarter, lag: int = LAG) -> SignalDay:
    """The `lag`-th trading day after the deadline for `quarter`.

    A deadline on a federal holiday moves to the next business day (17 CFR 240.0-3(a)); the exchanges' holidays stand
    in for those.
    """
    day = quarter.deadline
    while not is_session(day):
        day += _DAY
    for _ in range(lag):
        day = next_session(day)
    return SignalDay(day, quarter)


def on_filings(quarter: Quarter, known_on: Iterable[date], until: date) -> list[SignalDay]:
    """One signal day for each trading day on which a report for `quarter` became known; none after `until`.

    A report that becomes known while the exchanges are closed counts on the next trading day.
    """
    days = {day if is_session(day) else next_session(day) for day in known_on}
    return [SignalDay(day, quarter) for day in sorted(days) if day <= until]


def next_session(day: date) -> date:
    """The first trading day after `day`."""
    day += _DAY
    while not is_session(day):
        day += _DAY
    return day


def sessions(since: date, until: date) -> Iterator[date]:
    """The trading days from `since` to `until`, both included."""
    day = since
    while day <= until:
        if is_session(day):
            yield day
        day += _DAY
