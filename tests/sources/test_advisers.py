"""The adviser roster."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest

from tests.sources.helpers import Notes
from tracker import tables
from tracker.errors import SourceError
from tracker.settings import Settings
from tracker.sources import advisers

COLUMNS = {
    "Organization CRD#": "crd_number",
    "SEC#": "sec_file_number",
    "CIK#": "ciks",
    "Primary Business Name": "name",
    "Legal Name": "legal_name",
    "5F(2)(c)": "regulatory_assets_usd",
    "5D(f)(3)": "pooled_assets_usd",
    "7B": "has_private_funds",
    "Any Hedge Funds": "has_hedge_funds",
    "Total number of Hedge funds": "hedge_fund_count",
    "Any PE Funds": "has_private_equity_funds",
    "Other": "",
    "Total Gross Assets of Private Funds": "private_fund_assets_usd",
}
HEAD = ",".join(COLUMNS)


def row(**given: str) -> str:
    """A line of the roster: the given columns, by our names; the others are empty."""
    return "\r\n" + ",".join(given.get(ours, "") for ours in COLUMNS.values())


def pack(tmp_path: Path, text: str, name: str = "ia120125") -> Path:
    path = tmp_path / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"folder/{name}.csv", text.encode("latin-1"))
    return path


def test_a_roster_is_read_by_column_names(tmp_path: Path) -> None:
    text = HEAD + (
        '\r\n000106661,801-53609,1037389,"RENAISSANCE, ""RT""",RENTEC LLC,106000000000,"90,000,000,000",Y,Y,12,N,x,'
        '"$52,000,000,000"\r\n'
        "7,801-7,0000000012; 13,SOCI\xc9T\xc9 G\xc9N\xc9RALE,,,,n,N,0,y,x,\r\n8,802-8,,THIRD,,0,,,,,,x,0\r\n"
    )
    notes = Notes()
    frame = advisers.read(pack(tmp_path, text), notes)
    assert frame.drop("legal_name").rows() == [
        ("106661", "801-53609", [1037389], 'RENAISSANCE, "RT"', 106e9, 90e9, True, True, 12, False, 52e9),
        ("7", "801-7", [12, 13], "SOCIÉTÉ GÉNÉRALE", None, None, False, False, 0, True, None),
        ("8", "802-8", [], "THIRD", 0.0, None, None, None, None, None, 0.0),
    ]
    assert frame["legal_name"].to_list() == ["RENTEC LLC", None, None]
    assert notes.told == []
    assert advisers.read([]).equals(tables.ADVISERS.frame())


def test_absent_columns_are_null_and_told(tmp_path: Path) -> None:
    notes = Notes()
    text = "organization crd# , Primary Business Name\r\n5,ONE\r\n"
    read = advisers.read(pack(tmp_path, text), notes).row(0, named=True)
    assert {key: value for key, value in read.items() if value is not None} == {
        "crd_number": "5",
        "ciks": [],
        "name": "ONE",
    }
    absent = [f"'{name}'" for name, ours in COLUMNS.items() if ours not in ("crd_number", "name", "")]
    assert notes.told == [f"ia120125.zip lacks {', '.join(absent)}: managers are classified without them"]


def test_rows_and_amounts_that_make_no_sense_are_told(tmp_path: Path) -> None:
    notes = Notes()
    text = HEAD + "".join(
        [
            row(name="NOBODY", sec_file_number="801-1"),
            row(crd_number="abc", name="NOBODY"),
            row(crd_number="5", name="ONE", regulatory_assets_usd="lots"),
            row(crd_number="5", name="TWO", regulatory_assets_usd="2"),
        ]
    )
    assert advisers.read(pack(tmp_path, text), notes)["name"].to_list() == ["TWO"]
    assert notes.told == [
        "ia120125.zip: 2 rows without a CRD number left out",
        "ia120125.zip: 1 amount in '5F(2)(c)' is not a number",
    ]


def test_of_several_rosters_the_last_says(tmp_path: Path) -> None:
    old = pack(tmp_path, HEAD + row(crd_number="5", name="OLD") + row(crd_number="6", name="GONE"), "ia110125")
    new = pack(tmp_path, HEAD + row(crd_number="5", name="NEW", has_hedge_funds="N"))
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
