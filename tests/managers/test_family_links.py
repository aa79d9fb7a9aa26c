"""Evidence that two managers are one family: each kind, and what only looks like it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
import pytest

from tests.managers.helpers import adviser, filing
from tracker.managers import families, family_links
from tracker.tables import ADVISERS, FAMILY_LINKS, JUDGED_FILINGS, OTHER_MANAGERS, FamilyEvidence

Q2, Q3 = date(2025, 6, 30), date(2025, 9, 30)
Row = dict[str, object]


def cover(cik: int, name: str | None = None, **given: object) -> Row:
    """A report of a manager at an address, with a phone number and a name of its own unless given."""
    letters = "".join(chr(65 + int(digit)) for digit in str(cik))
    own = {"street": f"{cik} Elm Street", "city": "Nowhere", "phone": f"212-555-{cik:04d}"}
    return filing(cik, manager_name=name or f"{letters}X CAPITAL LP", **{**own, **given})


def includes(cik: int, *others: int | Row, role: str = "included", number: int = 1) -> list[Row]:
    """Rows of OTHER_MANAGERS of a manager's filing; a number is a CIK."""
    rows = [{"cik": other, "name": f"NAMED {other}"} if isinstance(other, int) else other for other in others]
    accession = f"{cik:010d}-25-{number:06d}"
    return [{"accession_number": accession, "role": role, "position": at, **row} for at, row in enumerate(rows, 1)]


def find(filings: Sequence[Row], others: Sequence[Row] = (), roster: Sequence[Row] = ()) -> pl.DataFrame:
    found = family_links.find_links(JUDGED_FILINGS.frame(filings), OTHER_MANAGERS.frame(others), ADVISERS.frame(roster))
    return FAMILY_LINKS.check(found)


def links(*given: Sequence[Row]) -> set[tuple[int, int, str]]:
    return {*find(*given).select("cik", "other_cik", "evidence").rows()}


def houses(filings: Sequence[Row], others: Sequence[Row] = (), roster: Sequence[Row] = ()) -> set[frozenset[int]]:
    """The families of more than one manager, as the evidence alone makes them."""
    filers = (
        JUDGED_FILINGS.frame(filings)
        .unique("cik")
        .sort("cik")
        .select(
            "cik",
            "manager_name",
            pl.lit(None, pl.String).alias("chosen_family"),
            pl.lit(None, pl.String).alias("listed_family"),
        )
    )
    joined = families.join_families(filers, find(filings, others, roster)).group_by("family").agg("cik")
    return {frozenset(ciks) for ciks in joined["cik"].to_list() if len(ciks) > 1}


# ---- one firm of the roster ---------------------------------------------------------------------------------------


def test_one_firm_by_any_of_its_numbers() -> None:
    firm = adviser("7", sec_file_number="801-7", ciks=[3])
    filings = [cover(1, crd_number="7"), cover(2, sec_file_number="801-7"), cover(3), cover(4, crd_number="8")]
    assert links(filings, [], [firm]) == {(1, 2, FamilyEvidence.SAME_FIRM), (1, 3, FamilyEvidence.SAME_FIRM)}
    assert find(filings, [], [firm])["detail"].unique().to_list() == ["CRD number 7"]


@pytest.mark.parametrize("number", ["N/A", "999999999", "-", "0"])
def test_what_is_no_crd_number_is_no_firm(number: str) -> None:
    assert links([cover(1, crd_number=number), cover(2, crd_number=number)]) == set()
    assert links([cover(1), cover(2, crd_number=number)], includes(1, {"crd_number": number})) == set()


def test_a_number_of_two_firms_links_nobody() -> None:
    roster = [adviser("7", sec_file_number="801-1", ciks=[3]), adviser("8", sec_file_number="801-1", ciks=[3])]
    assert links([cover(1, crd_number="7"), cover(2, sec_file_number="801-1"), cover(3)], [], roster) == set()


def test_equal_names_of_different_firms_are_no_family() -> None:
    filings = [cover(1, "MOSSGATE CAPITAL LP", crd_number="7"), cover(2, "MOSSGATE CAPITAL LP", crd_number="8")]
    assert links(filings) == set()


# ---- cover pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "own"),
    [
        ({"cik": 2}, {}),
        ({"cik": 77, "form13f_file_number": "028-222"}, {"form13f_file_number": "028-222"}),  # a CIK of nobody
        ({"crd_number": "5"}, {"crd_number": "5"}),
        ({"sec_file_number": "801-5"}, {"sec_file_number": "801-5"}),
        ({"name": "Mossgate Advisers, L.L.C."}, {}),
    ],
)
def test_a_named_manager_is_found_by_its_numbers_or_its_full_name(named: Row, own: Row) -> None:
    filings = [cover(1, "MOSSGATE PARTNERS LP"), cover(2, "MOSSGATE ADVISERS LLC", **own)]
    found = find(filings, includes(1, named))
    assert found.select("cik", "other_cik", "evidence").rows() == [(1, 2, FamilyEvidence.NAMED)]
    assert "0000000001-25-000001 names MOSSGATE ADVISERS LLC; both begin with MOSSGATE" in found["detail"][0]


def test_a_number_of_several_filers_and_a_name_of_several_name_nobody() -> None:
    same = {"form13f_file_number": "028-90000"}
    filings = [cover(1, "MOSSGATE PARTNERS LP"), *(cover(cik, "MOSSGATE ADVISERS LLC", **same) for cik in (2, 3))]
    assert links(filings, includes(1, same, {"name": "MOSSGATE ADVISERS LLC"})) == set()


def test_who_is_named_by_another_without_any_likeness_is_a_stranger() -> None:
    assert links([cover(1), cover(2)], includes(1, 2)) == set()


def test_who_is_named_and_sits_at_the_same_place_is_no_stranger() -> None:
    filings = [cover(1, "GREENLIGHT CAPITAL INC"), cover(2, "DME CAPITAL LP", phone="1 (212) 555-0001 x22")]
    assert links(filings, includes(1, 2)) == {(1, 2, FamilyEvidence.NAMED)}


def test_a_notice_and_the_report_that_includes_it_are_one_house() -> None:
    notice = cover(2, form_type="13F-NT", role="notice")
    others = [*includes(1, 2), *includes(2, 1, role="reports")]
    assert links([cover(1), notice], others) == {(1, 2, FamilyEvidence.NAMED_EACH_OTHER)}


def test_an_adviser_and_a_subadviser_that_reports_for_itself_as_well_are_two() -> None:
    others = [*includes(1, 2), *includes(2, 1, role="reports")]
    assert links([cover(1), cover(2)], others) == set()


def test_a_bank_that_names_fifty_subadvisers_has_no_family() -> None:
    many = range(100, 150)
    notices = [cover(cik, form_type="13F-NT", role="notice") for cik in many]
    others = [*includes(1, *many), *(row for cik in many for row in includes(cik, 1, role="reports"))]
    assert links([cover(1, "RIVER BANK NA"), *notices], others) == set()


def test_a_subadviser_of_two_houses_joins_neither_and_not_them() -> None:
    notice = cover(3, form_type="13F-NT", role="notice")
    others = [*includes(1, 3), *includes(2, 3), *includes(3, 1, 2, role="reports")]
    assert links([cover(1), cover(2), notice], others) == set()


# ---- places -------------------------------------------------------------------------------------------------------


def test_one_address_or_phone_and_one_beginning_of_the_name() -> None:
    street = {"street": "100 Avenue of the Americas, 16th Floor", "city": "NEW YORK"}
    filings = [
        cover(1, "TWO SIGMA INVESTMENTS, LP", **street, phone="(212) 625-5700"),
        cover(2, "TWO SIGMA ADVISERS, LP", **{**street, "street": "100 AVENUE OF THE AMERICAS, FL 17"}),
        cover(3, "TWO SIGMA SECURITIES, LLC", phone="1-212-625-5700"),
        cover(4, "TWO SIGMA VENTURES, LP"),
    ]
    assert links(filings) == {(1, 2, FamilyEvidence.SAME_ADDRESS), (1, 3, FamilyEvidence.SAME_PHONE)}
    assert houses(filings) == {frozenset({1, 2, 3})}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MOSSGATE PARTNERS LP", "LORIMARSH CAPITAL LP"),  # neighbours
        ("CAPITAL PARTNERS LLC", "CAPITAL MANAGEMENT LLC"),  # what every firm is called
        ("BLUE RIDGE CAPITAL", "BLUE HARBOUR GROUP"),
        ("FIRST ADVISORS INC", "FIRST CAPITAL INC"),
    ],
)
def test_independent_firms_at_one_address_are_not_joined(one: str, other: str) -> None:
    place = {"street": "1 Administrator Plaza", "city": "NOWHERE", "phone": "212 555 0101"}
    assert links([cover(1, one, **place), cover(2, other, **place)]) == set()


@pytest.mark.parametrize("phone", ["000-000-0000", "999-9999", "n/a", "", None])
def test_a_placeholder_is_no_phone(phone: str | None) -> None:
    assert links([cover(cik, "MOSSGATE LP", phone=phone) for cik in (1, 2)]) == set()


def test_the_same_street_in_another_city_is_another_address() -> None:
    filings = [cover(1, "MOSSGATE LP", street="1 Main St"), cover(2, "MOSSGATE INC", street="1 Main St", city="ELSE")]
    assert links(filings) == set()


def test_an_address_of_thousands_makes_no_pairs_of_strangers() -> None:
    place = {"street": "1 Administrator Plaza", "phone": "212 555 0101"}
    filings = [cover(cik, **place) for cik in range(1, 3000)]
    assert links(filings) == set()


# ---- a change of CIK ----------------------------------------------------------------------------------------------


def test_a_new_cik_under_the_old_name_goes_on_with_the_old_family() -> None:
    filings = [cover(1, "BlackRock Inc.", period_of_report=Q2), cover(2, "BLACKROCK, INC.", period_of_report=Q3)]
    assert links(filings) == {(1, 2, FamilyEvidence.SUCCESSOR)}
    assert "1 reported until 2025-06-30, 2 from 2025-09-30" in find(filings)["detail"][0]


@pytest.mark.parametrize(
    "given",
    [
        {"period_of_report": Q2},  # both reported for one quarter
        {"city": "ELSEWHERE"},
        {"manager_name": "BLACKROCK FUNDS INC"},
        {"crd_number": "8"},
    ],
)
def test_equal_names_alone_are_no_succession(given: Row) -> None:
    old = cover(1, "BLACKROCK INC", period_of_report=Q2, crd_number="7")
    new = {**cover(2, "BLACKROCK INC", period_of_report=Q3), **given}
    assert links([old, new]) == set()


# ---- together -----------------------------------------------------------------------------------------------------


def test_a_chain_of_different_evidence_is_one_house() -> None:
    filings = [
        cover(1, "ALDERMOOR CAPITAL LP", crd_number="7"),
        cover(2, "FENNWICK LLC", crd_number="7", phone="212 555 7777"),
        cover(3, "FENNWICK EUROPE LTD", phone="(212) 555-7777"),
        cover(4, "FENNWICK ASIA LTD"),
    ]
    assert houses(filings) == {frozenset({1, 2, 3})}


def test_no_filings_have_no_links() -> None:
    assert find([]).is_empty()
