"""The adviser rosters."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest

from tests.sources import adv_zips
from tests.sources.helpers import Notes
from tracker import tables
from tracker.errors import SourceError
from tracker.settings import Settings
from tracker.sources import advisers


def read(tmp_path: Path, *rows: dict[str, object], name: str = "ia120125", **given: object) -> dict[str, object]:
    """The first firm of a roster with these rows, by our names; nulls are left out."""
    rows = tuple({"Organization CRD#": 5, "Primary Business Name": "ONE", **row} for row in rows)
    frame = advisers.read(adv_zips.roster(tmp_path / f"{name}.zip", rows, **given))
    return {key: value for key, value in frame.row(0, named=True).items() if value is not None}


def test_a_roster_is_read_by_column_names(tmp_path: Path) -> None:
    first = {
        "Organization CRD#": "000106661",
        "SEC#": "801-53609",
        "CIK#": "1037389",
        "Primary Business Name": 'RENAISSANCE, "RT"',
        "Legal Name": "RENTEC LLC",
        "5F(2)(c)": "106000000000",
        "5D(f)(3)": "90,000,000,000",
        "7B": "Y",
        "Any Hedge Funds": "Y",
        "Total number of Hedge funds": "           12",
        "Any PE Funds": "N",
        "Total Gross Assets of Private Funds": "$52,000,000,000",
    }
    second = {
        "Organization CRD#": 7,
        "CIK#": "0000000012; 13",
        "Primary Business Name": "SOCI\xc9T\xc9 G\xc9N\xc9RALE",
        "7B": "n",
        "Any PE Funds": "y",
        "5F(2)(c)": ".00",
    }
    notes = Notes()
    firms = advisers.read(adv_zips.roster(tmp_path / "ia120125.zip", [first, second]), notes).to_dicts()
    columns = ["crd_number", "ciks", "name", "regulatory_assets_usd", "pooled_assets_usd", "has_private_funds"]
    columns += ["has_hedge_funds", "hedge_fund_count", "has_private_equity_funds", "private_fund_assets_usd"]
    assert [[firm[column] for column in columns] for firm in firms] == [
        ["106661", [1037389], 'RENAISSANCE, "RT"', 106e9, 90e9, True, True, 12, False, 52e9],
        ["7", [12, 13], "SOCIÉTÉ GÉNÉRALE", 0.0, None, False, None, None, True, None],
    ]
    assert firms[0]["legal_name"] == "RENTEC LLC" and firms[0]["sec_file_number"] == "801-53609"
    assert notes.told == []
    assert advisers.read([]).equals(tables.ADVISERS.frame())


def test_an_address_comes_through(tmp_path: Path) -> None:
    firm = read(
        tmp_path,
        {
            "Main Office Street Address 1": "100 MAIN ST",
            "Main Office Street Address 2": "FLOOR 2",
            "Main Office State": "ny",
            "Main Office Country": "United States",
            "Main Office Telephone Number": "212-555-0100",
        },
    )
    assert (firm["street"], firm["state"], firm["country"], firm["phone"]) == (
        "100 MAIN ST",
        "NY",
        "United States",
        "212-555-0100",
    )


def test_the_assets_of_clients_are_added_up_by_kind(tmp_path: Path) -> None:
    values = {f"5D({letter})(3)": 2**place for place, letter in enumerate("abcdefghijklmn")}
    # the numbers of clients are beside them
    firm = read(tmp_path, {**values, **{f"5D({letter})(1)": 10**9 for letter in "abcdefghijklmn"}})
    assert {name: value for name, value in firm.items() if name.endswith("assets_usd")} == {
        "individual_assets_usd": 1 + 2,
        "investment_company_assets_usd": 8,
        "pooled_assets_usd": 32,
        "pension_assets_usd": 64,
        "insurance_assets_usd": 1024,
        "other_client_assets_usd": 4 + 16 + 128 + 256 + 512 + 2048 + 4096 + 8192,
    }
    # of a part that is empty nothing is known; the other is the sum
    assert read(tmp_path, {"5D(b)(3)": "7"})["individual_assets_usd"] == 7.0
    assert "individual_assets_usd" not in read(tmp_path, {"5D(c)(3)": "7"})


def test_fees_and_other_business_are_those_of_items_5e_and_6a(tmp_path: Path) -> None:
    names = {"has_performance_fees": "5E(6)", "is_broker_dealer": "6A(1)", "is_insurer": "6A(6)", "is_bank": "6A(7)"}
    for ours, heading in names.items():
        others = dict.fromkeys({"5E(1)", "6A(8)", *names.values()}, "N")
        firm = read(tmp_path, {**others, heading: "Y"})
        assert {name for name in names if firm[name]} == {ours}


def test_funds_are_counted_by_type(tmp_path: Path) -> None:
    types = ("Hedge", "PE", "VC", "Real Estate", "Securitized", "Liquidity", "Other")
    firm = read(tmp_path, {f"Total number of {name} funds": 2**place for place, name in enumerate(types)})
    counts = ("hedge_fund_count", "private_equity_fund_count", "venture_fund_count", "other_fund_count")
    assert [firm[name] for name in counts] == [1, 2, 4, 8 + 16 + 32 + 64]
    assert read(tmp_path, {"Any VC Funds": "Y"})["has_venture_funds"] is True


def test_additional_ciks_are_the_firms_too(tmp_path: Path) -> None:
    columns = ("Organization CRD#", "Primary Business Name", "CIK#", "Total number of CIK numbers", "Additional CIK#s")
    row = {"CIK#": "0000000012", "Total number of CIK numbers": 3, "Additional CIK#s": "13, 12; 0000000014 0"}
    assert read(tmp_path, row, columns=columns)["ciks"] == [12, 13, 14]


def test_an_exempt_adviser_is_one_and_lacks_nothing_without_item_5(tmp_path: Path) -> None:
    notes = Notes()
    columns = [name for name in adv_zips.ROSTER if not name.startswith("5")]
    rows = [{"Organization CRD#": 5, "Primary Business Name": "ONE", "Any Hedge Funds": "Y"}]
    firm = advisers.read(adv_zips.roster(tmp_path / "ia120125-exempt.zip", rows, columns), notes).row(0, named=True)
    assert (firm["is_exempt"], firm["has_hedge_funds"], firm["regulatory_assets_usd"]) == (True, True, None)
    assert notes.told == []
    registered = advisers.read(adv_zips.roster(tmp_path / "ia120125.zip", rows, columns), notes).row(0, named=True)
    assert registered["is_exempt"] is False
    assert len(notes.told) == 1 and "'5D(f)(3)'" in notes.told[0]


def test_absent_columns_are_null_and_told(tmp_path: Path) -> None:
    notes = Notes()
    text = "organization  crd# , Primary Business Name\r\n5,ONE\r\n"
    firm = advisers.read(adv_zips.pack(tmp_path / "ia120125.zip", {"ia.csv": text}), notes).row(0, named=True)
    assert {key: value for key, value in firm.items() if value is not None} == {
        "crd_number": "5",
        "ciks": [],
        "name": "ONE",
        "is_exempt": False,
    }
    assert notes.told == [
        "ia120125.zip lacks 'Any Hedge Funds', 'Total Gross Assets of Private Funds', '5D(f)(3)', '5E(6)' "
        "and 16 other columns: managers are classified without them"
    ]


def test_rows_and_amounts_that_make_no_sense_are_told(tmp_path: Path) -> None:
    notes = Notes()
    rows = [
        {"Primary Business Name": "NOBODY", "SEC#": "801-1"},
        {"Organization CRD#": "abc", "Primary Business Name": "NOBODY"},
        {"Organization CRD#": "5", "Primary Business Name": "ONE", "5F(2)(c)": "lots"},
        {"Organization CRD#": "6", "Primary Business Name": "SIX", "5F(2)(c)": "inf"},
        {"Organization CRD#": "5", "Primary Business Name": "TWO", "5F(2)(c)": "2"},
    ]
    firms = advisers.read(adv_zips.roster(tmp_path / "ia120125.zip", rows), notes)
    assert sorted(firms.select("name", "regulatory_assets_usd").rows()) == [("SIX", None), ("TWO", 2.0)]
    assert notes.told == [
        "ia120125.zip: 2 rows without a CRD number left out",
        "ia120125.zip: 2 amounts in '5F(2)(c)' are not numbers",
    ]


def test_of_several_rosters_the_last_says(tmp_path: Path) -> None:
    def firm(crd: int, name: str) -> dict[str, object]:
        return {"Organization CRD#": crd, "Primary Business Name": name}

    old = adv_zips.roster(tmp_path / "ia110125.zip", [firm(5, "OLD"), firm(6, "GONE")])
    new = adv_zips.roster(tmp_path / "ia120125.zip", [firm(5, "NEW")])
    assert set(advisers.read([old, new])["name"]) == {"NEW", "GONE"}


@pytest.mark.parametrize("text", ["", "a,b\r\n1,2\r\n", "<html></html>", "Primary Business Name\r\nX\r\n"])
def test_something_else_is_an_error_that_names_the_file(text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"ia120125\.zip"):
        advisers.read(adv_zips.pack(tmp_path / "ia120125.zip", {"ia120125.csv": text}))


def test_rosters_are_ordered_by_the_date_in_their_names(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    folder = tmp_path / "filings/reference/advisers"
    folder.mkdir(parents=True)
    names = ["ia110125_0.zip", "ia120125-exempt.zip", "ia120125.zip", "ia01022026-exempt_1.zip", "ia01022026.zip"]
    for name in ("ia999999.zip", "ia120125-other.zip", *reversed(names)):
        (folder / name).write_bytes(b"")
    assert [path.name for path in advisers.on_disk(settings)] == names
    match = advisers._NAME.fullmatch("ia070124.zip")
    assert match and advisers._day(match) == date(2024, 7, 1)


@pytest.mark.parametrize("line", [b"", b"7,N" + b"x" * 2**20])
def test_a_roster_of_too_many_or_too_long_lines_is_refused_before_it_is_read(tmp_path: Path, line: bytes) -> None:
    """A zip of 398 KB took 1.3 GiB."""
    path = tmp_path / "ia120125.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        head = b"Organization CRD#,Primary Business Name\n"
        archive.writestr("ia120125.csv", head + (line + b"\n") * (1 if line else 200_001))
    with pytest.raises(SourceError, match=r"has (more than 200,000 lines|a line of more than 1,048,576 bytes)"):
        advisers.read(path)
