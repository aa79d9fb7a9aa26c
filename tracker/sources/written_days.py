"""Days as users' files write them, and which part of `03/01/2025` is the month.

Forms are `2025-01-03`, `20250103`, `2025-01-03T16:00:00`, and with slashes the American `01/03/2025` or the British
`03/01/2025`. A column with slashes is read one way throughout: the way that all its days allow, or the one that the
user names. If all of them can be read both ways, and differ, nothing is guessed.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path

import polars as pl

from ..errors import InputError
from ..quarters import FIRST_DAY, LAST_DAY


class DayOrder(StrEnum):
    """What stands first in a day with slashes."""

    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"


_PATTERNS = {DayOrder.MONTH_FIRST: "%m/%d/%Y", DayOrder.DAY_FIRST: "%d/%m/%Y"}


def order_of(path: Path, days: pl.Series, named: DayOrder | None, *, options: bool = True) -> DayOrder:
    """How the `days` of a file at `path` with slashes are to be read: as `named`, or as they allow.

    Raises InputError if they allow both; with `options` the error names those that settle it.
    """
    if named or days.dtype != pl.String:
        return named or DayOrder.MONTH_FIRST
    slashed = days.filter(days.str.contains("/", literal=True)).unique().sort()
    text = pl.col("day").str.strip_chars()
    ways = {
        order: slashed.to_frame("day").select(in_range(text.str.to_date(pattern, strict=False))).to_series()
        for order, pattern in _PATTERNS.items()
    }
    by_month, by_day = ways.values()
    if by_month.null_count():  # days that neither way reads are refused later
        return DayOrder.MONTH_FIRST if by_day.null_count() >= by_month.null_count() else DayOrder.DAY_FIRST
    unclear = slashed.filter(by_month != by_day)
    if by_day.null_count() or unclear.is_empty():
        return DayOrder.MONTH_FIRST
    example = unclear[0]
    readings = " or ".join(str(way.filter(slashed == example)[0]) for way in ways.values())
    cure = "name --month-first or --day-first" if options else "write it as 2025-01-03"
    raise InputError(f"{path}: nothing was imported, {example} may be {readings}; {cure}")


def parse_day(given: pl.Expr, dtype: pl.DataType, order: DayOrder = DayOrder.MONTH_FIRST) -> pl.Expr:
    """The day in a column of `dtype`: a date or time as it is, text in one of the forms above; null if unreadable."""
    if dtype in (pl.Date, pl.Datetime):
        return in_range(given.cast(pl.Date))
    text = given.cast(pl.String).str.strip_chars()
    day = pl.coalesce(
        text.str.to_date("%Y-%m-%d", strict=False),
        pl.when(text.str.contains(r"^\d{8}$")).then(text.str.to_date("%Y%m%d", strict=False)),
        pl.when(text.str.contains(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:")).then(
            text.str.head(10).str.to_date("%Y-%m-%d", strict=False)
        ),
        text.str.to_date(_PATTERNS[order], strict=False),
    )
    return in_range(day)


def in_range(day: pl.Expr) -> pl.Expr:
    """The day; null if it cannot be meant. polars reads the years -1 and 99999, which Python's dates do not have."""
    return pl.when(day.is_between(FIRST_DAY, LAST_DAY)).then(day)


def require_past(path: Path, days: pl.DataFrame, today: date) -> None:
    """Raise InputError if a day in `days` (columns row, date) is after `today`: no close is known before its day."""
    ahead = days.filter(pl.col("date") > today).sort("row")
    if ahead.height:
        row, day = ahead.select("row", "date").row(0)
        more = f" and {ahead.height - 1:,} more" if ahead.height > 1 else ""
        raise InputError(f"{path}: nothing was imported, row {row}{more} is of a day to come: {day}; correct the file")
