"""Reading form indexes, lists of submissions, and the submissions on disk; the wire is in `integration/`."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.sources.helpers import Notes
from tracker.errors import IncompleteError, InputError
from tracker.settings import Settings
from tracker.sources import form_index, submission_files, submission_lists
from tracker.sources.edgar import on_disk, path_of, read_index

NUMBER = "0001037389-25-000064"
HEAD = b"""Description:           Master Index of EDGAR Dissemination Feed by Form Type

Form Type   Company Name
                                                  CIK         Date Filed  File Name
-------------------------------------------------------------------------------------
"""
ROWS = b"""10-K        13F-HR PARTNERS LP       5           2025-11-13  edgar/data/5/0000000005-25-000001.txt
13F-CTR     SOMEBODY ELSE            6           2025-11-13  edgar/data/6/0000000006-25-000001.txt
13F-HR      RENAISSANCE TECHNOLOGIES LLC      1037389     2025-11-13  edgar/data/1037389/0001037389-25-000064.txt
13F-HR/A  1492 CAPITAL 7 2025-01-01 edgar/data/7/1-25-1.txt LLC  8  2025-11-14  edgar/data/8/0000000008-25-000001.txt \t
13F-NT      SOCI\xc9T\xc9 & "SONS" | CO  9           20251114  edgar/data/9/0000000009-25-000001.txt\r
13F-NT/A    A                        10          2025-11-14  edgar/data/10/0000000010-25-000001.txt
"""


def submission(number: str = NUMBER, form: str = "13F-HR") -> bytes:
    return (
        f"<SEC-DOCUMENT>{number}.txt : 20251113\n<SEC-HEADER>\nACCESSION NUMBER:\t\t{number}\n"
        f"CONFORMED SUBMISSION TYPE:\t{form}\n</SEC-HEADER>\n<DOCUMENT>\n</DOCUMENT>\n</SEC-DOCUMENT>\n"
    ).encode()


def test_an_index_gives_its_13f_rows_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "2025-QTR4.idx"
    path.write_bytes(HEAD + ROWS)
    frame = read_index([path])
    assert dict(frame.schema) == form_index.INDEX
    assert frame.drop("company_name").rows() == [
        ("0001037389-25-000064", 1037389, "13F-HR", date(2025, 11, 13)),
        ("0000000008-25-000001", 8, "13F-HR/A", date(2025, 11, 14)),
        ("0000000009-25-000001", 9, "13F-NT", date(2025, 11, 14)),
        ("0000000010-25-000001", 10, "13F-NT/A", date(2025, 11, 14)),
    ]
    assert frame["company_name"][1] == "1492 CAPITAL 7 2025-01-01 edgar/data/7/1-25-1.txt LLC"
    assert frame["company_name"][2] == 'SOCIÉTÉ & "SONS" | CO'


@pytest.mark.parametrize(
    "line",
    [
        "13F-HR  X  12  2025-11-07  edgar/data/../../x/0001172661-25-004648.txt",
        "13F-HR  X  12  2025-11-07  edgar/data/12/../0001172661-25-004648.txt",
        "13F-HR  X  12  2025-11-07  edgar/data/13/0001172661-25-004648.txt",
        "13F-HR  X  12  2025-13-07  edgar/data/12/0001172661-25-004648.txt",
        "13F-HR  X  12  2025-11-07  edgar/data/12/001172661-25-004648.txt",
        "13F-HR  X  12  2025-11-07  edgar/data/12/0001172661-25-004648.txt.exe",
        "13F-HR  X  0  2025-11-07  edgar/data/0/0001172661-25-004648.txt",
        "13F-HR  X  12  edgar/data/12/0001172661-25-004648.txt",
        "13F-HRX  X  12  2025-11-07  edgar/data/12/0001172661-25-004648.txt",
        "13F-HR",
        "13F-HR  X  \u0661\u0662  2025-11-07  edgar/data/12/0001172661-25-004648.txt",
    ],
)
def test_a_13f_line_that_cannot_be_read_is_told(line: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.idx"
    path.write_bytes(HEAD + line.encode() + b"\n" + ROWS)
    notes = Notes()
    assert read_index([path], notes).height == 4
    assert len(notes.told) == 1
    assert notes.told[0].startswith("bad.idx: 1 line of Form 13F cannot be read: 13F-HR")


def test_an_index_that_is_cut_off_is_not_taken() -> None:
    form_index._check(HEAD + ROWS)
    form_index._check(HEAD)
    for body in (b"", b"<html>Form Type</html>", (HEAD + ROWS)[:-20], HEAD + ROWS + b"13F-NT/A   B"):
        with pytest.raises(IncompleteError):
            form_index._check(body)


def test_no_index_is_an_empty_frame() -> None:
    assert dict(read_index([]).schema) == form_index.INDEX


def test_path_of_follows_the_librarys_layout(tmp_path: Path) -> None:
    path = path_of(Settings(tmp_path), 1037389, "13F-HR/A", NUMBER)
    assert path == tmp_path / f"filings/sec-edgar-filings/0001037389/13F-HR/{NUMBER}/full-submission.txt"


@pytest.mark.parametrize(
    ("cik", "form", "number"),
    [
        (0, "13F-HR", NUMBER),
        (-1, "13F-HR", NUMBER),
        (10**10, "13F-HR", NUMBER),
        ("1", "13F-HR", NUMBER),
        (1, "13F-HR/../..", NUMBER),
        (1, "13F-CTR", NUMBER),
        (1, "13F-HR", "../../etc/passwd"),
        (1, "13F-HR", NUMBER + "\n"),
        (1, "13F-HR", "0001037389-25-00006\u0664"),
        (1, "13F-HR", "000103738925000064"),
        (1, "13F-HR", ""),
    ],
)
def test_nothing_unexamined_becomes_a_path(cik: int, form: str, number: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        path_of(Settings(tmp_path), cik, form, number)


@pytest.mark.parametrize("tail", [b"", b"\n\n  \n", b"-----END PRIVACY-ENHANCED MESSAGE-----\r\n"])
def test_a_submission_is_whole_with_any_of_edgars_endings(tail: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(submission() + tail)
    assert submission_files.is_whole(path)
    submission_files.check_submission(submission() + tail, NUMBER, "13F-HR")


@pytest.mark.parametrize(
    "body", [b"", submission()[:-3], submission() + b"more", b"</SEC-DOCUMENT", submission()[:100]]
)
def test_a_submission_without_its_end_is_not_whole(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(body)
    assert not submission_files.is_whole(path)
    with pytest.raises(IncompleteError):
        submission_files.check_submission(body, NUMBER)


def test_a_submission_must_be_the_one_that_was_asked_for() -> None:
    for body, what in (
        (submission("0001037389-25-000065"), "what arrived is 0001037389-25-000065"),
        (submission(form="13F-HR/A"), "expected 13F-HR, what arrived is 13F-HR/A"),
        (b"<html></html></SEC-DOCUMENT>", "no SEC header"),
    ):
        with pytest.raises(IncompleteError, match=what):
            submission_files.check_submission(body, NUMBER, "13F-HR")


def test_on_disk_are_the_whole_submissions_each_once(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert on_disk(settings).is_empty()
    torn, alien = "0001037389-25-000065", "not-an-accession-number"
    for cik, form, number, body in (
        (1037389, "13F-HR", NUMBER, submission()),
        (99, "13F-HR", NUMBER, submission()),
        (1037389, "13F-NT", torn, submission()[:-9]),
    ):
        path = path_of(settings, cik, form, number)
        path.parent.mkdir(parents=True)
        path.write_bytes(body)
    other = settings.filings / f"sec-edgar-filings/0001037389/13F-HR/{alien}/full-submission.txt"
    other.parent.mkdir(parents=True)
    other.write_bytes(submission())
    (settings.filings / "sec-edgar-filings/DUOT/13F-HR").mkdir(parents=True)
    rows = on_disk(settings).rows()
    assert [(number, cik) for number, cik, _ in rows] == [(NUMBER, 99)]
    assert Path(rows[0][2]) == path_of(settings, 99, "13F-HR", NUMBER)


def test_a_list_of_submissions_tells_periods(tmp_path: Path) -> None:
    path = submission_lists.list_path(Settings(tmp_path), 7)
    path.parent.mkdir(parents=True)
    columns = {"accessionNumber": ["a", "b", "c"], "reportDate": ["2025-09-30", "", None]}
    for content in ({"filings": {"recent": columns, "files": []}}, columns):
        path.write_text(json.dumps(content))
        assert submission_lists._periods(path) == {"a": date(2025, 9, 30)}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"filings": []}', '{"filings": {"recent": 1}}', '{"accessionNumber": "abc"}']
)
def test_a_list_that_makes_no_sense_tells_nothing(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    assert submission_lists._periods(path) == {}
    assert list(submission_lists._pages(path, 7, [date(2025, 1, 1)])) == []


def test_older_pages_are_followed_by_date_and_strict_name(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    good, old = "CIK0000000007-submissions-001.json", "CIK0000000007-submissions-002.json"
    pages = [
        {"name": good, "filingFrom": "2020-01-01", "filingTo": "2025-01-01"},
        {"name": old, "filingFrom": "2010-01-01", "filingTo": "2019-12-31"},
        {"name": "../../evil.json", "filingFrom": "2020-01-01", "filingTo": "2025-01-01"},
        {"name": "CIK0000000008-submissions-001.json"},
        "odd",
    ]
    path.write_text(json.dumps({"filings": {"recent": {}, "files": pages}}))
    assert list(submission_lists._pages(path, 7, [date(2024, 5, 1)])) == [good]
    assert list(submission_lists._pages(path, 7, [date(2026, 5, 1)])) == []


def test_the_library_is_imported_only_when_something_is_fetched() -> None:
    code = "import sys, tracker.sources.edgar; sys.exit('sec_edgar_downloader' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
