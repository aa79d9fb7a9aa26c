"""The sixth trading day after the deadline, and each day with new reports."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.quarters import Quarter
from tracker.strategies.signal_days import after_deadline, next_session, on_filings, sessions


@pytest.mark.parametrize(
    ("quarter", "day"),
    [
        (Quarter(2025, 2), date(2025, 8, 22)),  # due on Thursday 14 August
        (Quarter(2025, 3), date(2025, 11, 24)),  # Friday 14 November
        (Quarter(2024, 4), date(2025, 2, 25)),  # Friday 14 February; the 17th is Presidents' Day
        (Quarter(2025, 4), date(2026, 2, 25)),  # Saturday, and Monday is Presidents' Day: due on the 17th
    ],
)
def test_the_signal_day_is_the_sixth_trading_day_after_the_deadline(quarter: Quarter, day: date) -> None:
    assert after_deadline(quarter).day == day


def test_the_lag_counts_trading_days() -> None:
    assert [after_deadline(Quarter(2025, 3), lag).day.day for lag in (0, 1, 2)] == [14, 17, 18]


def test_days_of_reports_are_trading_days() -> None:
    known = [date(2025, 11, 8), date(2025, 11, 10), date(2025, 11, 14), date(2026, 1, 5)]
    signals = on_filings(Quarter(2025, 3), known, date(2025, 12, 31))
    assert [signal.day for signal in signals] == [date(2025, 11, 10), date(2025, 11, 14)]


def test_sessions_leave_holidays_out() -> None:
    assert list(sessions(date(2025, 11, 26), date(2025, 12, 1))) == [
        date(2025, 11, 26),
        date(2025, 11, 28),
        date(2025, 12, 1),
    ]
    assert next_session(date(2025, 11, 26)) == date(2025, 11, 28)
