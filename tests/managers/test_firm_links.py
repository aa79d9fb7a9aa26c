"""Which firm a manager is: by number, by CIK, or by a name that only one firm can mean."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.managers.helpers import adviser, filing
from tracker.managers import classification, firm_links, firm_names
from tracker.managers.evidence import Evidence
from tracker.sources import advisers
from tracker.tables import ADVISERS, EDGAR_FILERS, JUDGED_FILINGS, MANAGERS, LinkedBy

COVER = {"cik": 9, "manager_name": "NINE CAPITAL LP", "crd_number": None, "sec_file_number": None}
SCHEMA = {"cik": pl.Int64, "manager_name": pl.String, "crd_number": pl.String, "sec_file_number": pl.String}


def firm(crd: str, **given: object) -> dict[str, object]:
    return adviser(crd, **{"name": f"FIRM {crd}", "legal_name": f"FIRM {crd} LLC", **given})


def link(
    *firms: dict[str, object], filer: dict[str, object] | None = None, former: str | None = None, **cover: object
) -> tuple[str, str] | None:
    """How the manager with this cover page is linked, and with which firm; None if it is not."""
    covers = pl.DataFrame([{**COVER, **cover}], schema=SCHEMA)
    filers = EDGAR_FILERS.frame([{"cik": 9, "former_names": [], **filer}] if filer else None)
    names = pl.DataFrame({"cik": [9], "name": [former]}) if former else None
    linked = firm_links.link_firms(covers, ADVISERS.frame(firms), filers, names)
    return (linked["linked_by"].item(), linked["firm_crd"].item()) if linked.height else None


@pytest.mark.parametrize(
    ("names", "plain"),
    [
        (["BAUPOST GROUP LLC/MA", "The Baupost Group, L.L.C.", "Baupost Group, L. L. C. /MA/"], "BAUPOST GROUP"),
        (["ARBOR CAPITAL MANAGEMENT INC /ADV", "Arbor Cap Mgmt, Incorporated"], "ARBOR CAPITAL MANAGEMENT"),
        (["ROVIN CAPITAL /UT/ /ADV", "ROVIN CAPITAL L P"], "ROVIN CAPITAL"),
        (["Riggs Asset Managment Co. Inc.", "RIGGS ASSET MANAGEMENT COMPANY"], "RIGGS ASSET MANAGEMENT"),
        (["Smith & Jones Advisers", "SMITH AND JONES ADVISORS, LLLP"], "SMITH AND JONES ADVISORS"),
        (["Lanham O'Dell Intl", "LANHAM ODELL INTERNATIONAL"], "LANHAM ODELL INTERNATIONAL"),
        (["SOCIÉTÉ GÉNÉRALE", "Societe Generale"], "SOCIETE GENERALE"),
        (["P.A.W. CAPITAL CORP"], "PAW CAPITAL"),
        (["CAP CAP MGMT MGMT LP"], "CAPITAL CAPITAL MANAGEMENT MANAGEMENT"),
        # what only looks like a legal form or a suffix stays
        (["INCLINE GLOBAL/LONG SHORT"], "INCLINE GLOBAL LONG SHORT"),
        (["Cohen Limitless Partners"], "COHEN LIMITLESS PARTNERS"),
    ],
)
def test_one_name_however_it_is_written(names: list[str], plain: str) -> None:
    frame = pl.DataFrame({"name": names}).select(firm_names.plain(pl.col("name")))
    assert set(frame.to_series()) == {plain}


@pytest.mark.parametrize("name", ["", "LLC", " , Inc. ", None])
def test_a_name_without_a_word_is_none(name: str | None) -> None:
    frame = pl.DataFrame({"name": [name]}, schema={"name": pl.String})
    assert frame.select(firm_names.plain(pl.col("name"))).item() is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VALUE PARTNERS", "VALUE PARTNER"),
        ("ADAGE CAPITAL PARTNERS", "ADAGE CAPITAL MANAGEMENT"),
        ("ORION RESOURCE PARTNERS", "ORION RESOURCE PARTNERS (USA)"),
        ("STABLEFORD CAPITAL II", "STABLEFORD CAPITAL"),
    ],
)
def test_names_that_are_merely_alike_stay_different(one: str, other: str) -> None:
    assert link(firm("1", legal_name=other), manager_name=one) is None


def test_the_strongest_way_is_taken() -> None:
    firms = [
        firm("1"),
        firm("2", sec_file_number="801-57838"),
        firm("3", ciks=[7, 9]),
        firm("4", legal_name="NINE CAPITAL"),
    ]
    assert link(*firms, crd_number="1", sec_file_number="801-057838") == (LinkedBy.CRD_NUMBER, "1")
    assert link(*firms, crd_number="99", sec_file_number="801-057838") == (LinkedBy.SEC_FILE_NUMBER, "2")
    assert link(*firms, sec_file_number="802-57838") == (LinkedBy.CIK, "3")
    assert link(*firms[:2], firms[3]) == (LinkedBy.NAME, "4")
    assert link(*firms[:2]) is None


def test_a_cik_that_two_firms_state_is_the_one_with_the_filers_name() -> None:
    parent, child = firm("1", ciks=[9]), firm("2", ciks=[9], name="NINE CAPITAL")
    assert link(parent, child) == (LinkedBy.CIK, "2")
    assert link(parent, firm("2", ciks=[9])) is None
    assert link(child, firm("3", ciks=[9], name="NINE CAPITAL")) is None


@pytest.mark.parametrize("ours", [{"legal_name": "NINE CAPITAL L.P."}, {"name": "Nine Capital"}])
def test_a_legal_or_a_business_name_will_do(ours: dict[str, object]) -> None:
    assert link(firm("1", **ours)) == (LinkedBy.NAME, "1")


@pytest.mark.parametrize("other", [{"legal_name": "NINE CAPITAL INC"}, {"name": "The Nine Capital Company"}])
def test_a_name_of_two_firms_is_nobodys(other: dict[str, object]) -> None:
    assert link(firm("1", legal_name="NINE CAPITAL LP"), firm("2", **other)) is None


def test_a_name_under_which_business_is_done_counts() -> None:
    assert link(firm("1", name="HOLT PARTNERS"), manager_name="Ten Advisors, LLC d/b/a Holt Partners") == (
        LinkedBy.NAME,
        "1",
    )
    # one firm for each of its names: which of them it is is not known
    firms = firm("1", name="HOLT PARTNERS"), firm("2", name="TEN ADVISERS")
    assert link(*firms, manager_name="Ten Advisors, LLC dba Holt Partners") is None


def test_phone_and_state_tell_firms_of_one_name_apart() -> None:
    firms = [
        firm("1", name="NINE CAPITAL", state="NY", phone="(212) 555-0100"),
        firm("2", name="NINE CAPITAL", state="TX", phone="713-555-0100"),
        firm("3", name="NINE CAPITAL", state="TX", phone="713-555-0111"),
    ]
    assert link(*firms, filer={"state": "NY"}) == (LinkedBy.NAME_AND_PLACE, "1")
    assert link(*firms, filer={"state": "TX"}) is None
    assert link(*firms, filer={"state": "TX", "phone": "1 713 555 0111"}) == (LinkedBy.NAME_AND_PLACE, "3")
    assert link(*firms, filer={"state": "CA", "phone": "2125550100"}) == (LinkedBy.NAME_AND_PLACE, "1")
    assert link(*firms, filer={"state": "CA"}) is None
    assert link(*firms) is None


@pytest.mark.parametrize(
    ("state", "country", "filer_state", "expected"),
    [
        ("NY", "United States", "NY", True),
        ("NY", None, "CA", False),  # in another state
        ("NY", "United States", "X0", False),  # a British filer
        (None, "United Kingdom", "NY", False),
        ("NY", "United States", "X1", True),  # in the United States, without a state
        ("NY", "United States", "XX", True),  # not known
        ("NY", "United States", None, True),
        (None, "United Kingdom", "X0", True),
        (None, "Hong Kong", "E9", True),  # offshore
        (None, None, "NY", True),
    ],
)
def test_a_firm_elsewhere_is_not_taken_by_its_name(
    state: str | None, country: str | None, filer_state: str | None, expected: bool
) -> None:
    namesake = firm("1", name="MISSION CAPITAL", state=state, country=country)
    others = [firm(str(number), legal_name=f"MISSION {number} CAPITAL LLC") for number in (2, 3)]
    linked = link(namesake, *others, manager_name="MISSION CAPITAL LLC", filer={"state": filer_state})
    assert linked == ((LinkedBy.NAME, "1") if expected else None)


def test_a_firm_elsewhere_is_taken_if_its_legal_name_has_a_word_of_its_own() -> None:
    filer = {"state": "CA"}
    moved = firm("1", legal_name="ALTIMETER CAPITAL MANAGEMENT, LP", state="MA")
    name = {"manager_name": "Altimeter Capital Management, LP"}
    assert link(moved, filer=filer, **name) == (LinkedBy.NAME, "1")
    assert link(moved, filer=filer, manager_name="Altimeter Capital Management, LLC") is None
    brand = {**moved, "name": "ALTIMETER CAPITAL MANAGEMENT, LP", "legal_name": "ACM US LLC"}
    assert link(brand, filer=filer, **name) is None
    others = [firm(str(number), legal_name=f"ALTIMETER CAPITAL MANAGEMENT {number}") for number in (2, 3)]
    assert link(moved, *others, filer=filer, **name) is None


def test_former_names_count_last() -> None:
    old = firm("1", name="OLD NAME ADVISERS")
    assert link(old, former="Old Name Advisors LLC") == (LinkedBy.FORMER_NAME, "1")
    assert link(old, filer={"former_names": ["OLD NAME ADVISORS"]}) == (LinkedBy.FORMER_NAME, "1")
    assert link(old, filer={"name": "OLD NAME ADVISORS"}) == (LinkedBy.NAME, "1")
    assert link(old, firm("2", name="NINE CAPITAL"), former="Old Name Advisors") == (LinkedBy.NAME, "2")
    assert link(old, firm("2", legal_name="OLD NAME ADVISORS LP"), former="Old Name Advisors") is None
    # somebody else has the name now
    assert link({**old, "state": "NY"}, filer={"state": "CA", "former_names": ["OLD NAME ADVISORS"]}) is None


def test_names_on_older_cover_pages_are_former_names() -> None:
    filings = JUDGED_FILINGS.frame(
        [
            filing(9, number=1, manager_name="OLD NAME LLC", filing_date=None),
            filing(9, number=2, manager_name="NEW NAME LLC"),
        ]
    )
    managers = classification.classify(filings, Evidence(ADVISERS.frame([firm("1", name="OLD NAME")])))
    row = MANAGERS.check(managers).row(0, named=True)
    assert (row["manager_name"], row["linked_by"], row["is_hedge_fund"]) == ("NEW NAME LLC", "former_name", True)


def test_the_address_of_the_firm_comes_through() -> None:
    covers = pl.DataFrame([{**COVER, "crd_number": "1"}], schema=SCHEMA)
    address = {"street": "1 MAIN ST", "state": "NY", "country": "United States", "phone": "212"}
    row = firm_links.link_firms(covers, ADVISERS.frame([firm("1", **address)])).row(0, named=True)
    assert {name: row[f"firm_{name}"] for name in address} == address


def test_real_names_lead_to_the_firm_that_states_the_cik(shared: Path) -> None:
    """Where a real firm states the filer's CIK, its name alone leads to the same firm, with one known exception."""
    firms = advisers.read(sorted((shared / "edgar").rglob("ia120125.zip")))
    filers = pl.read_csv(shared / "managers" / "filers.csv").select("cik", "name", "state")
    covers = filers.select(
        "cik", pl.col("name").alias("manager_name"), *(pl.lit(None, pl.String).alias(name) for name in list(SCHEMA)[2:])
    )
    known = EDGAR_FILERS.fit(filers.with_columns(pl.lit([], pl.List(pl.String)).alias("former_names")))
    truth = firms.explode("ciks").drop_nulls("ciks").unique("ciks", keep="none")
    truth = truth.select(pl.col("ciks").alias("cik"), pl.col("crd_number").alias("truth"))
    nameless = firms.with_columns(pl.lit([], pl.List(pl.Int64)).alias("ciks"))
    checked = firm_links.link_firms(covers, nameless, known).join(truth, on="cik")
    wrong = checked.filter(pl.col("truth") != pl.col("firm_crd"))
    assert checked.height > 2700
    assert wrong.height <= 1
    assert firm_links.link_firms(covers, firms, known).height > 6900
