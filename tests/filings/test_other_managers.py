"""The other managers that a filing names, by single filings and by data sets."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.data_sets import Line, Report, read_data_set, write
from tests.filings.helpers import A
from tests.submissions import CIK, OtherManager, accession, line, submission
from tracker.filings import other_managers
from tracker.filings.submission import Submissions, parse
from tracker.tables import OTHER_MANAGERS, OtherManagerRole, RejectKind, Severity

PERIOD = date(2025, 9, 30)
NUMBERED = OtherManager("MOSS & SONS LP", 77, "028-77", "000000777", "801-77")
NAMED = OtherManager("NOBODY'S LTD")
REPORTS = [
    Report(1, [Line(A, 100, 10)], included=[NUMBERED, NAMED]),
    Report(2, form="13F-NT", cik=CIK + 1, manager="NOTICE & CO", reported_by=[OtherManager("FIXTURE CAPITAL LP", CIK)]),
    Report(3, [Line(A, -100, 10)], cik=CIK + 2, included=[NAMED]),  # rejected
]
EXPECTED = [
    (accession(1), OtherManagerRole.INCLUDED, 1, "MOSS & SONS LP", 77, "028-77", "777", "801-77"),
    (accession(1), OtherManagerRole.INCLUDED, 2, "NOBODY'S LTD", None, None, None, None),
    (accession(2), OtherManagerRole.REPORTS, 1, "FIXTURE CAPITAL LP", CIK, None, None, None),
]


def rows(parsed: Submissions) -> list[tuple[object, ...]]:
    return OTHER_MANAGERS.check(parsed.other_managers).sort(OTHER_MANAGERS.key).rows()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "01sep2025-30nov2025_form13f.zip"


def test_both_ways_name_the_same(path: Path) -> None:
    assert rows(read_data_set(write(path, REPORTS), PERIOD)) == EXPECTED
    single = [parse(report.text, report.accession) for report in REPORTS]
    assert rows(Submissions.concat(single)) == EXPECTED


@pytest.mark.parametrize("cik", ["abc", "12345678901", "-5", "0000000000", "٣"])
def test_a_cik_that_is_none_is_null_and_rejects_nothing(cik: str) -> None:
    text = submission(lines=[line(A, 100, 10)], included=[NUMBERED]).replace(b"0000000077", cik.encode())
    parsed = parse(text, accession(1))
    assert parsed.filings.height == 1 and parsed.other_managers["cik"].to_list() == [None]


def test_a_list_and_a_name_are_bounded() -> None:
    many = [OtherManager("N" * 4000)] * 1200
    named = parse(submission(lines=[line(A, 100, 10)], included=many), accession(1)).other_managers
    assert named.height == other_managers.MOST
    assert named["name"].str.len_chars().max() == 150


@pytest.mark.parametrize("name", ["OTHERMANAGER.tsv", "OTHERMANAGER2.tsv", "SIGNATURE.tsv"])
def test_a_broken_row_is_flagged_and_the_report_stays(path: Path, name: str) -> None:
    def cut(body: bytes) -> bytes:
        header, first, *rest = body.splitlines(keepends=True)
        return b"".join([header, first.rpartition(b"\t")[0] + b"\n", *rest])

    read = read_data_set(write(path, REPORTS[:2], edit={name: cut}), PERIOD)
    assert read.filings.height == 2
    assert read.rejects.select("severity", "kind").unique().rows() == [(Severity.FLAGGED, RejectKind.RAGGED_ROW)]
    assert read.rejects["reason"].str.ends_with("left out").all()


def test_a_data_set_without_these_tables_is_read(path: Path) -> None:
    import zipfile

    write(path, REPORTS)
    kept = path.with_name("kept.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(kept, "w") as new:
        for name in old.namelist():
            if not name.startswith(("OTHER", "SIGNATURE")):
                new.writestr(name, old.read(name))
    read = read_data_set(kept, PERIOD)
    assert read.filings.height == 2 and read.other_managers.is_empty()
    assert read.filings["phone"].null_count() == 2
    assert read.filings["street"].to_list() == pl.Series([f"{cik} EXAMPLE STREET" for cik in (CIK, CIK + 1)]).to_list()
