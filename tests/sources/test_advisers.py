"""The adviser roster."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest

from tests.sources.test_edgar import Notes
from tracker import tables
from tracker.errors import SourceError
from tracker.settings import Settings
from tracker.sources import advisers

HEAD = (
    "Organization CRD#,SEC#,CIK#,Primary Business Name,5F(2)(c),Any Hedge Funds,Other,"
    "Total Gross Assets of Private Funds"
)


def pack(tmp_path: Path, text: str, name: str = "ia120125") -> Path:
    path = tmp_path / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"folder/{name}.csv", text.encode("latin-1"))
    return path


def test_a_roster_is_read_by_column_names(tmp_path: Path) -> None:
    text = HEAD + (
        '\r\n000106661,801-53609,1037389,"RENAISSANCE, ""RT""",106000000000.00,Y,x,"$52,000,000,000"\r\n'
        "7,801-7,0000000012; 13,SOCI\xc9T\xc9 G\xc9N\xc9RALE,,N,x,\r\n8,802-8,,THIRD,0,,x,0\r\n"
    )
    notes = Notes()
    frame = advisers.read(pack(tmp_path, text), notes)
    assert frame.rows() == [
        ("106661", "801-53609", [1037389], 'RENAISSANCE, "RT"', 106e9, True, 52e9),
        ("7", "801-7", [12, 13], "SOCIÉTÉ GÉNÉRALE", None, False, None),
        ("8", "802-8", [], "THIRD", 0.0, None, 0.0),
    ]
    assert notes.told == []
    assert advisers.read([]).equals(tables.ADVISERS.frame())


def test_absent_columns_are_null_and_told(tmp_path: Path) -> None:
    notes = Notes()
    text = "organization crd# , Primary Business Name\r\n5,ONE\r\n"
    assert advisers.read(pack(tmp_path, text), notes).rows() == [("5", None, [], "ONE", None, None, None)]
    assert notes.told == [
        "ia120125.zip lacks 'SEC#', 'CIK#', '5F(2)(c)', 'Any Hedge Funds', 'Total Gross Assets of Private Funds'"
    ]


def test_rows_and_amounts_that_make_no_sense_are_told(tmp_path: Path) -> None:
    notes = Notes()
    text = (
        HEAD
        + "\r\n,801-1,,NOBODY,1,Y,x,1\r\nabc,801-2,,NOBODY,1,Y,x,1\r\n"
        + "5,801-5,,ONE,lots,Y,x,1\r\n5,801-5,,TWO,2,Y,x,1\r\n"
    )
    assert advisers.read(pack(tmp_path, text), notes)["name"].to_list() == ["TWO"]
    assert notes.told == [
        "ia120125.zip: 2 rows have no CRD number and are left out",
        "ia120125.zip: 1 amounts in '5F(2)(c)' are no numbers",
    ]


def test_of_several_rosters_the_last_says(tmp_path: Path) -> None:
    old = pack(tmp_path, HEAD + "\r\n5,801-5,,OLD,1,Y,x,1\r\n6,801-6,,GONE,1,Y,x,1\r\n", "ia110125")
    new = pack(tmp_path, HEAD + "\r\n5,801-5,,NEW,1,N,x,1\r\n")
    assert set(advisers.read([old, new])["name"]) == {"NEW", "GONE"}


@pytest.mark.parametrize("text", ["", "a,b\r\n1,2\r\n", "<html></html>", "Primary Business Name\r\nX\r\n"])
def test_something_else_is_an_error_that_names_the_file(text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"ia120125\.zip"):
        advisers.read(pack(tmp_path, text))


def test_rosters_are_ordered_by_the_date_in_their_names(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    folder = tmp_path / "filings/reference/advisers"
    folder.mkdir(parents=True)
    for name in ("ia120125.zip", "ia01022026.zip", "ia110125_0.zip", "ia120125-exempt.zip", "ia999999.zip"):
        (folder / name).write_bytes(b"")
    assert [path.name for path in advisers.on_disk(settings)] == ["ia110125_0.zip", "ia120125.zip", "ia01022026.zip"]
    match = advisers._NAME.fullmatch("ia070124.zip")
    assert match and advisers._day(match) == date(2024, 7, 1)
