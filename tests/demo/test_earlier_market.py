"""The fictional market before its two quarters: it goes on where that begins, and a strategy can be tried on it."""

from __future__ import annotations

import csv
import itertools
import re
from datetime import date
from pathlib import Path

import pytest

from tracker.demo import fictional_market
from tracker.demo.earlier_market import EARLIER_DAYS, EARLIER_QUARTERS, earlier_close
from tracker.demo.submission_text import check_digit
from tracker.demo.write import Earlier, Sample, write, write_earlier
from tracker.prices.calendar import is_session


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, Earlier]:
    home = tmp_path_factory.mktemp("home")
    return write(home), write_earlier(home)


def closes(path: Path) -> dict[str, list[tuple[str, float, float]]]:
    rows: dict[str, list[tuple[str, float, float]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows.setdefault(row["symbol"], []).append((row["date"], float(row["close"]), float(row["pct_change"])))
    return rows


def test_two_homes_are_byte_for_byte_the_same(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_earlier(tmp_path / name)
    first, second = (
        {path.relative_to(home): path.read_bytes() for path in home.rglob("*") if path.is_file()}
        for home in (tmp_path / "one", tmp_path / "other")
    )
    assert first == second and len(first) > 90


def test_eight_quarters_follow_each_other(made: tuple[Sample, Earlier]) -> None:
    quarters = [*made[1].quarters, *made[0].quarters]
    assert [str(quarter) for quarter in quarters] == [
        "2023Q4", "2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3",
    ]  # fmt: skip
    assert all(before.next == after for before, after in itertools.pairwise(quarters))


def test_closes_go_on_where_the_others_begin(made: tuple[Sample, Earlier]) -> None:
    earlier, later = closes(made[1].prices), closes(made[0].prices)
    assert set(later) - set(earlier) == {"LKSN"}  # listed in 2025
    gone = {ticker: rows[-1][0] for ticker, rows in earlier.items() if ticker not in later}
    assert gone == {"PLVR": "2024-07-19", "OSKM": "2024-10-04"}
    assert earlier.pop("OSKM")[-1][1] < 4 and len({row[1] for row in earlier.pop("PLVR")[-15:]}) == 1
    for ticker, rows in earlier.items():
        assert rows[-1][1] == later[ticker][0][1], ticker
        assert all(abs(change) < 6 for _, _, change in rows), ticker
        assert (rows[0][0], rows[-1][0]) == ("2024-01-02", "2024-12-30")


def test_days_are_sessions() -> None:
    assert len(EARLIER_DAYS) == 251 and all(is_session(day) for day in EARLIER_DAYS)
    security = fictional_market.read_securities()[0]
    assert earlier_close(security, date(2024, 12, 30)) == security.close(fictional_market.FIRST)


def test_filings_are_in_form_and_no_number_is_used_twice(made: tuple[Sample, Earlier]) -> None:
    paths = list(made[0].home.glob("filings/sec-edgar-filings/*/*/*/full-submission.txt"))
    numbers = [path.parent.name for path in paths]
    assert len(numbers) == len(set(numbers)) == 62 + 84  # fourteen funds in six quarters
    periods = {re.search(rb"PERIOD OF REPORT:\t(\d+)", path.read_bytes())[1] for path in paths}  # type: ignore[index]
    assert {f"{quarter.end:%Y%m%d}".encode() for quarter in EARLIER_QUARTERS} < periods
    for path in paths:
        for cusip in re.findall(r"<(?:\w+:)?cusip>(\w{9})<", path.read_text(encoding="utf-8"), re.IGNORECASE):
            assert check_digit(cusip[:8]) == cusip[8] and "99" in (cusip[:2], cusip[1:3])
