"""Quarters: one way to read and print them, and deadlines by the rule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import SettingError
from tracker.quarters import Quarter, parse_range

QUARTERS = st.builds(Quarter, st.integers(1901, 9997), st.integers(1, 4))
DAYS = st.dates(date(1902, 1, 1), date(9997, 12, 31))


@given(QUARTERS)
def test_what_is_printed_can_be_read(quarter: Quarter) -> None:
    assert Quarter.parse(str(quarter)) == quarter


@pytest.mark.parametrize("text", ["2025Q3", "2025q3", "2025-Q3", "2025-q3", " 2025Q3\n"])
def test_ways_of_writing(text: str) -> None:
    assert Quarter.parse(text) == Quarter(2025, 3)


@pytest.mark.parametrize(
    "text",
    ["", "2025", "Q3", "2025Q0", "2025Q5", "25Q3", "2025Q33", "2025--Q3", "2025 Q3", "2025Q3;", "0001Q1", "9999Q1"],
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(SettingError) as caught:
        Quarter.parse(text)
    assert "\n" not in str(caught.value) and "quarter" in str(caught.value)


def test_the_refusal_says_how_to_write_it() -> None:
    with pytest.raises(SettingError, match="not a quarter: 'third'; write it as 2025Q3"):
        Quarter.parse("third")


@given(QUARTERS)
def test_next_and_previous_undo_each_other(quarter: Quarter) -> None:
    assert quarter.next.previous == quarter == quarter.previous.next


@given(QUARTERS)
def test_order_is_the_order_of_time(quarter: Quarter) -> None:
    assert quarter.previous < quarter < quarter.next
    assert quarter.previous.end < quarter.start <= quarter.end < quarter.next.start


@given(QUARTERS)
def test_a_quarter_is_three_whole_months(quarter: Quarter) -> None:
    assert (quarter.start.day, (quarter.end + timedelta(days=1)).day) == (1, 1)
    assert (
        quarter.end.month - quarter.start.month == 2
        and quarter.start.month == {1: 1, 2: 4, 3: 7, 4: 10}[quarter.number]
    )
    assert (quarter.end.month, quarter.end.day) in {(3, 31), (6, 30), (9, 30), (12, 31)}


@given(DAYS)
def test_a_day_lies_in_its_quarter(day: date) -> None:
    quarter = Quarter.of(day)
    assert quarter.start <= day <= quarter.end
    assert Quarter.of(quarter.start) == Quarter.of(quarter.end) == quarter


@given(QUARTERS)
def test_deadline_is_45_days_on_or_the_monday_after(quarter: Quarter) -> None:
    late = (quarter.deadline - quarter.end).days
    assert quarter.deadline.weekday() < 5
    assert late == 45 or (late in (46, 47) and quarter.deadline.weekday() == 0)


@pytest.mark.parametrize(
    ("quarter", "deadline"),
    [
        ("2025Q3", date(2025, 11, 14)),  # a Friday
        ("2021Q3", date(2021, 11, 15)),  # the 14th was a Sunday
        ("2020Q3", date(2020, 11, 16)),  # the 14th was a Saturday
        ("2023Q4", date(2024, 2, 14)),
        ("2025Q1", date(2025, 5, 15)),
    ],
)
def test_deadlines_as_they_were(quarter: str, deadline: date) -> None:
    assert Quarter.parse(quarter).deadline == deadline


@given(DAYS)
def test_newest_due_is_the_last_whose_deadline_has_passed(today: date) -> None:
    quarter = Quarter.newest_due(today)
    assert quarter.deadline < today <= quarter.next.deadline


def test_newest_due_on_the_deadline_itself_is_the_one_before() -> None:
    assert str(Quarter.newest_due(date(2025, 11, 14))) == "2025Q2"
    assert str(Quarter.newest_due(date(2025, 11, 15))) == "2025Q3"


@given(st.integers(1901 * 4, 9990 * 4), st.integers(0, 30))
def test_a_range_has_both_ends_and_no_gap(first: int, length: int) -> None:
    names = [f"{number // 4}Q{number % 4 + 1}" for number in range(first, first + length + 1)]
    assert [str(quarter) for quarter in parse_range(f"{names[0]}..{names[-1]}")] == names


def test_a_range_may_be_one_quarter() -> None:
    assert parse_range("2025q3") == parse_range("2025Q3..2025Q3") == [Quarter(2025, 3)]


@pytest.mark.parametrize("text", ["2025Q3..2025Q1", "2025Q1..", "..2025Q3", "2025Q1..2025Q2..2025Q3", ""])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingError):
        parse_range(text)


def test_the_last_quarter_that_can_be_named_ends_like_any_other() -> None:
    assert Quarter(9998, 4).end == date(9998, 12, 31)
    assert [Quarter(2024, number).end.day for number in (1, 2, 3, 4)] == [31, 30, 30, 31]
