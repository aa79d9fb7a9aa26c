"""Files of dividends are taken as a whole or refused with their row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tracker.errors import InputError
from tracker.sources.dividend_files import read
from tracker.tables import DIVIDENDS

DAY = date(2025, 3, 14)


def write(folder: Path, text: str) -> Path:
    path = folder / "paid.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "ticker,ex_date,amount\nabc,2025-03-14,0.25\n",
        "Symbol;Ex-Dividend Date;Dividend\n ABC ;20250314;$0.25\n",
        "ticker\tdate\tdividends\tpay_date\nABC\t2025-03-14\t0.25\t2025-04-01\n",
        "ticker,ex_date,amount\nABC,2025-03-14,0.25\nABC,2025-03-14,0.25\n,,\n",
    ],
)
def test_the_columns_are_found_by_name(tmp_path: Path, text: str) -> None:
    assert DIVIDENDS.check(read(write(tmp_path, text))).rows() == [("ABC", DAY, 0.25, "file:paid.csv")]


def test_parquet_and_several_rows_are_sorted(tmp_path: Path) -> None:
    path = tmp_path / "paid.parquet"
    rows = {"ticker": ["B", "A", "A"], "ex_date": [DAY, DAY, date(2025, 1, 2)], "amount": [1, 2, 0]}
    pl.DataFrame(rows).write_parquet(path)
    assert read(path).select("ticker", "amount_usd").rows() == [("A", 0.0), ("A", 2.0), ("B", 1.0)]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("ABC,2025-03-14,-0.1", "row 3"),
        ("ABC,2025-03-14,abc", "row 3"),
        ("ABC,2025-03-14,", "row 3"),
        ("ABC,2025-03-14,nan", "row 3"),
        ("ABC,2025-03-14,inf", "row 3"),
        ("ABC,2025-03-14,1e9", "row 3"),
        ("ABC,2025-02-30,1", "row 3"),
        (",2025-03-14,1", "row 3"),
        ("XYZ,2025-03-14,0.3", "row 2: 0.25 for XYZ on 2025-03-14; row 3: 0.3 for XYZ on 2025-03-14; add up what was"),
    ],
)
def test_a_row_that_cannot_be_read_refuses_the_file(tmp_path: Path, row: str, named: str) -> None:
    with pytest.raises(InputError, match="nothing was imported") as refused:
        read(write(tmp_path, f"ticker,ex_date,amount\nXYZ,2025-03-14,0.25\n{row}\n"))
    assert named in str(refused.value)


def test_a_file_without_the_columns_says_which_are_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column amount"):
        read(write(tmp_path, "ticker,ex_date,close\nABC,2025-03-14,1\n"))
