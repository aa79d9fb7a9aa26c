"""Which managers are hedge funds, and why."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tracker import managers
from tracker.errors import InputError
from tracker.tables import ADVISERS, JUDGED_FILINGS, MANAGERS

RENAISSANCE, VANGUARD = 1037389, 102909


def filing(cik: int, **given: object) -> dict[str, object]:
    defaults = {
        "accession_number": f"{cik:010d}-25-{given.pop('number', 1):06d}",
        "cik": cik,
        "manager_name": f"MANAGER {cik}",
        "form_type": "13F-HR",
        "period_of_report": date(2025, 9, 30),
        "filing_date": date(2025, 11, 14),
        "role": "base",
        "unit": "dollars",
        "value_total": 1000.0,
        "line_count": 3,
    }
    return {**defaults, **given}


def adviser(crd: str, **given: object) -> dict[str, object]:
    defaults = {"crd_number": crd, "ciks": [], "name": f"FIRM {crd}", "has_hedge_funds": True}
    return {**defaults, **given}


def classify(
    filings: list[dict[str, object]],
    roster: tuple[dict[str, object], ...] | list[dict[str, object]] = (),
    only: pl.DataFrame | None = None,
) -> dict[int, dict[str, object]]:
    made = managers.classify(JUDGED_FILINGS.frame(filings), ADVISERS.frame(roster), only)
    return {row["cik"]: row for row in MANAGERS.check(made).to_dicts()}


def test_the_hand_kept_list_beats_the_roster_both_ways() -> None:
    roster = [adviser("1", ciks=[VANGUARD]), adviser("2", ciks=[RENAISSANCE], has_hedge_funds=False)]
    found = classify([filing(VANGUARD), filing(RENAISSANCE)], roster)
    assert (found[VANGUARD]["is_hedge_fund"], found[RENAISSANCE]["is_hedge_fund"]) == (False, True)
    assert "hand-kept list: not a hedge fund (index house" in str(found[VANGUARD]["basis"])


@pytest.mark.parametrize(
    ("cover", "firm", "way"),
    [
        ({"crd_number": "777"}, {"crd_number": "777"}, "CRD number"),
        ({"sec_file_number": "801-777"}, {"crd_number": "5", "sec_file_number": "801-777"}, "SEC file number"),
        ({}, {"crd_number": "5", "ciks": [12, 9_000_000_777]}, "CIK"),
    ],
)
def test_the_roster_is_joined_by_number_or_cik(cover: dict[str, object], firm: dict[str, object], way: str) -> None:
    cik = 9_000_000_777
    row = classify([filing(cik, **cover)], [adviser(**{"crd": "0", **{"crd_number": "0"}, **firm})])[cik]  # type: ignore[arg-type]
    assert row["is_hedge_fund"] is True
    assert f"by {way}" in str(row["basis"])


def test_a_crd_number_beats_a_cik_that_names_another_firm() -> None:
    cik = 9_000_000_777
    roster = [adviser("1", has_hedge_funds=False), adviser("2", ciks=[cik])]
    assert classify([filing(cik, crd_number="1")], roster)[cik]["is_hedge_fund"] is False


@pytest.mark.parametrize(("private", "expected"), [(500.0, True), (499.0, False), (None, True)])
def test_private_funds_must_be_half_of_the_assets_where_that_is_known(private: float | None, expected: bool) -> None:
    roster = [adviser("1", ciks=[9], regulatory_assets_usd=1000.0, private_fund_assets_usd=private)]
    row = classify([filing(9)], roster)[9]
    assert row["is_hedge_fund"] is expected
    assert ("not known" in str(row["basis"])) is (private is None)


def test_managers_of_one_name_are_not_one_house() -> None:
    found = classify([filing(8, manager_name="SAME LP"), filing(9, manager_name="SAME LP"), filing(10)])
    assert found[8]["family"] != found[9]["family"]
    assert found[10]["family"] == "MANAGER 10"


def test_who_is_in_no_list_is_none_and_says_so() -> None:
    row = classify([filing(9)])[9]
    assert row["is_hedge_fund"] is False
    assert "unclassified" in str(row["basis"])


def test_a_users_list_is_the_whole_universe(tmp_path: Path) -> None:
    path = tmp_path / "funds.csv"
    path.write_text("CIK,Name,Family\n0000000009,Nine,House\n")
    found = classify([filing(9), filing(RENAISSANCE)], only=managers.read_list(path))
    assert {cik: row["is_hedge_fund"] for cik, row in found.items()} == {9: True, RENAISSANCE: False}
    assert found[9]["family"] == "House"


def test_name_and_numbers_are_the_newest_covers_and_weight_is_what_counts() -> None:
    old = filing(
        9, period_of_report=date(2025, 6, 30), filing_date=date(2026, 1, 1), manager_name="OLD", crd_number="1"
    )
    new = filing(9, number=2, manager_name="NEW", unit="thousands")
    replaced = filing(9, number=3, role="replaced", value_total=7.0, filing_date=date(2025, 11, 1))
    row = classify([old, new, replaced])[9]
    assert (row["manager_name"], row["crd_number"], row["value_usd"], row["line_count"]) == ("NEW", "1", 1_000_000.0, 3)


def test_whom_to_fetch_is_known_before_anything_is_read() -> None:
    roster = ADVISERS.frame([adviser("1", ciks=[VANGUARD, 11]), adviser("2", ciks=[12], has_hedge_funds=False)])
    stored = MANAGERS.frame([{"cik": 13, "is_hedge_fund": True}, {"cik": 14, "is_hedge_fund": False}])
    wanted = managers.to_fetch(stored, roster)
    assert {RENAISSANCE, 11, 13} <= wanted
    assert wanted.isdisjoint({VANGUARD, 12, 14})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\nx\n", "no column cik"),
        ("cik,name\nabc,x\n", "line 2: 'abc' is not a CIK"),
        ("cik,name\n1,x\n0001,y\n", "line 3: CIK 1 stands there twice"),
        ("cik,name\n../../1,x\n", "is not a CIK"),
        ("cik,name\n12345678901,x\n", "is not a CIK"),
        ("cik,name,is_hedge_fund\n1,x,perhaps\n", "write Y or N"),
        ("cik,name,checked_on\n1,x,yesterday\n", "line 2: checked_on"),
        ("cik,name\n", "names no manager"),
        ("", "no column"),
    ],
)
def test_a_list_that_cannot_be_read_names_line_and_cure(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "funds.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=f"funds.csv.*{re.escape(words)}"):
        managers.read_list(path)


def test_the_hand_kept_list_is_sound() -> None:
    kept = managers.hand_kept()
    assert kept["source"].is_not_null().all()
    assert kept["checked_on"].is_not_null().all()
    assert kept["cik"].is_sorted()
    assert kept.filter("is_hedge_fund").height > 40


def test_every_hand_kept_cik_stands_on_a_real_filing(shared: Path) -> None:
    real = pl.read_csv(shared / "edgar" / "filings.csv")
    assert set(managers.hand_kept()["cik"]) <= set(real["cik"])
