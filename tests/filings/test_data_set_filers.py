"""Cover pages of a data set, for who is known."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.data_sets import Line, Report, write
from tests.filings.helpers import A
from tracker.errors import SourceError
from tracker.filings.data_set_filers import read_filers


def test_every_cover_page_of_every_period_is_read_without_the_tables(tmp_path: Path) -> None:
    old = Report(1, [Line(A, 10, 1)], cik=7, manager="OLD NAME LP", period=date(2025, 3, 31), filed=date(2025, 9, 9))
    notice = Report(2, cik=8, form="13F-NT", crd_number="000077", sec_file_number="801-5")
    path = write(tmp_path / "a.zip", [old, notice], edit={"INFOTABLE.tsv": lambda _: b"not a table"})
    columns = ("cik", "manager_name", "period_of_report", "filing_date", "crd_number", "sec_file_number")
    assert read_filers(path).select(columns).rows() == [
        (7, "OLD NAME LP", date(2025, 3, 31), date(2025, 9, 9), None, None),
        (8, "FIXTURE CAPITAL LLC", date(2025, 9, 30), date(2025, 11, 14), "77", "801-5"),
    ]


def test_malformed_rows_are_left_out_and_the_others_stay(tmp_path: Path) -> None:
    def spoil(body: bytes) -> bytes:
        rows = body.splitlines(keepends=True)
        rows[1] = rows[1].replace(b"0000000001", b"0x00000001")
        rows[2] = rows[2].replace(b"-SEP-", b"-SPT-")
        return b"".join([*rows, rows[3]])  # the third submission twice

    path = write(tmp_path / "a.zip", [Report(n, cik=n) for n in range(1, 5)], edit={"SUBMISSION.tsv": spoil})
    assert read_filers(path)["cik"].to_list() == [4]


def test_an_empty_data_set_knows_nobody_and_a_damaged_one_is_an_error(tmp_path: Path) -> None:
    assert read_filers(write(tmp_path / "a.zip", [])).is_empty()
    (tmp_path / "b.zip").write_bytes(b"PK")
    with pytest.raises(SourceError):
        read_filers(tmp_path / "b.zip")
