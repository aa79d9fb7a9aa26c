"""Which part of `03/01/2025` is the month: as the other days show, or as the user says; never a guess."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tracker.errors import InputError
from tracker.sources import dividend_files, price_files, split_files
from tracker.sources.written_days import DayOrder, order_of, parse_day

FILE = Path("days.csv")


def read(*days: str, named: DayOrder | None = None) -> list[date | None]:
    written = pl.Series("day", days, pl.String)
    order = order_of(FILE, written, named)
    return written.to_frame().select(parse_day(pl.col("day"), pl.String(), order))["day"].to_list()


def test_one_day_shows_how_the_others_are_meant() -> None:
    assert read("01/03/2025", "01/15/2025") == [date(2025, 1, 3), date(2025, 1, 15)]
    assert read("03/01/2025", "15/01/2025") == [date(2025, 1, 3), date(2025, 1, 15)]


def test_days_that_are_the_same_both_ways_need_no_decision() -> None:
    assert read("03/03/2025", "2025-01-04") == [date(2025, 3, 3), date(2025, 1, 4)]


def test_what_may_be_meant_both_ways_is_refused_with_both() -> None:
    with pytest.raises(InputError, match=r"02/01/2025 may be 2025-02-01 or 2025-01-02; name --month-first or --day"):
        read("03/01/2025", "02/01/2025", "2025-01-15")
    assert read("03/01/2025", named=DayOrder.DAY_FIRST) == [date(2025, 1, 3)]
    assert read("03/01/2025", named=DayOrder.MONTH_FIRST) == [date(2025, 3, 1)]


def test_days_that_contradict_each_other_are_unreadable_and_none_is_turned_round() -> None:
    days = read("01/15/2025", "02/16/2025", "15/03/2025")
    assert days == [date(2025, 1, 15), date(2025, 2, 16), None]


def test_the_named_order_does_not_bend_other_days(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("date,symbol,close\n01/15/2025,DUOT,7.54\n")
    with pytest.raises(InputError, match="row 2, column 'date': '01/15/2025'"):
        price_files.read(path, order=DayOrder.DAY_FIRST)


def test_a_new_file_of_splits_is_refused_and_a_kept_one_read_as_before(tmp_path: Path) -> None:
    path = tmp_path / "splits.csv"
    path.write_text("ticker,date,ratio\nDUOT,03/01/2025,0.1\n")
    with pytest.raises(InputError, match="write it as 2025-01-03"):
        split_files.read(path, is_new=True)
    assert split_files.read(path)["date"].to_list() == [date(2025, 3, 1)]


def test_no_close_is_known_before_its_day(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("date,symbol,close\n2025-01-03,DUOT,7.54\n2025-01-06,DUOT,7.60\n2025-01-07,DUOT,7.60\n")
    with pytest.raises(InputError, match="row 3 and 1 more is of a day to come: 2025-01-06"):
        price_files.read(path, today=date(2025, 1, 3))
    assert price_files.read(path, today=date(2025, 1, 7)).height == 3


@pytest.mark.parametrize("day", ["-1-01-01", "0000-01-01", "+99999-01-01", "99999-01-01", "99990101", "12/31/9999"])
@pytest.mark.parametrize(
    ("reader", "columns"),
    [
        (price_files.read, "date,symbol,close"),
        (split_files.read, "date,symbol,ratio"),
        (dividend_files.read, "ex_date,symbol,amount_usd"),
    ],
)
def test_a_day_that_cannot_be_meant_is_unreadable(
    tmp_path: Path, day: str, reader: Callable[[Path], pl.DataFrame], columns: str
) -> None:
    """polars reads the years -1 and 99999, which nothing after it can handle."""
    path = tmp_path / "rows.csv"
    path.write_text(f"{columns}\n{day},DUOT,0.5\n")
    with pytest.raises(InputError, match="1 row is unreadable"):
        reader(path)


def test_a_time_in_parquet_that_cannot_be_meant_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    day = pl.Series([300_000_000], dtype=pl.Int32).cast(pl.Date)
    pl.DataFrame({"date": day, "symbol": ["DUOT"], "close": [1.0]}).write_parquet(path)
    with pytest.raises(InputError, match="1 row is unreadable"):
        price_files.read(path)
