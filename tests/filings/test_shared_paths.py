"""Both paths on the shared filings: the same submission read singly and from SEC's data set gives equal frames."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.data_sets import read_data_set
from tracker.filings import submission
from tracker.sources import datasets
from tracker.tables import FILINGS, LINES, Submissions

WINDOWS = {
    date(2025, 6, 30): ("01jun2025-31aug2025_form13f.zip", 81),
    date(2025, 9, 30): ("01sep2025-30nov2025_form13f.zip", 103),
    date(2025, 12, 31): ("01dec2025-28feb2026_form13f.zip", 84),
}


def zip_path(shared: Path, name: str) -> Path:
    path = shared / "edgar/www.sec.gov/files/structureddata/data/form-13f-data-sets" / name
    if not path.is_file():
        pytest.skip(f"no {name}")
    return path


def parse(shared: Path, period: date, until: date) -> Submissions:
    """The period's submissions that were filed up to a day, read one by one."""
    listed = pl.read_csv(shared / "edgar/filings.csv", try_parse_dates=True)
    listed = listed.filter((pl.col("period") == period) & (pl.col("filed") <= until))
    archives = shared / "edgar/www.sec.gov/Archives/edgar/data"
    return Submissions.concat(
        submission.parse_file(archives / str(cik) / number.replace("-", "") / f"{number}.txt", number, cik)
        for number, cik in listed.select("accession", "cik").iter_rows()
    )


SMALLEST, *LARGE = sorted(WINDOWS)
each_period = [SMALLEST, *(pytest.param(period, marks=pytest.mark.slow) for period in LARGE)]


@pytest.mark.parametrize("period", each_period, ids=str)
def test_both_paths_agree_line_for_line(shared: Path, period: date) -> None:
    name, count = WINDOWS[period]
    path = zip_path(shared, name)
    parsed = parse(shared, period, datasets.window(path).last)
    read = read_data_set(path, period)
    told = parsed.filings.with_columns(accepted_at=pl.lit(None, pl.Datetime("us")), source=pl.lit(name))
    assert read.filings.height == count
    left_out = ("street", "city", "state", "phone")  # of the copies' covers
    filings = FILINGS.check(read.filings).sort("accession_number").drop(left_out)
    assert filings.equals(told.sort("accession_number").drop(left_out))
    assert read.lines.height == int(told["line_count"].sum()) > 7000
    assert LINES.check(read.lines).sort(LINES.key).equals(parsed.lines.sort(LINES.key))
    assert read.rejects.sort("accession_number").equals(parsed.rejects.sort("accession_number"))


def test_a_period_is_found_in_its_own_window_only(shared: Path) -> None:
    for period in WINDOWS:
        for other, (name, _) in WINDOWS.items():
            if other != period:
                assert read_data_set(zip_path(shared, name), period).filings.is_empty()


def test_the_listing_page_names_the_windows(shared: Path) -> None:
    page = (shared / "edgar/www.sec.gov/data-research/sec-markets-data/form-13f-data-sets").read_text()
    names = set(re.findall(r"[\w-]+\.zip", page))
    assert names == {name for name, _ in WINDOWS.values()}
    for period, (name, _) in WINDOWS.items():
        assert datasets.window(name) == datasets.Window.of(period)
