"""Filers without a firm in the rosters: what EDGAR's industry code, the book and the name decide."""

from __future__ import annotations

import pytest

from tests.managers.helpers import adviser, filing
from tracker.managers import classification
from tracker.managers.evidence import Evidence
from tracker.tables import ADVISERS, BOOK_SHAPES, EDGAR_FILERS, JUDGED_FILINGS, MANAGERS, DecidedBy

CIK = 9_000_000_777


def classify(name: str, shape: dict[str, object] | None = None, **edgar_filer: object) -> dict[str, object]:
    """The manager of that name, as a row of MANAGERS; `shape` is of its book."""
    managers = classification.classify(
        JUDGED_FILINGS.frame([filing(CIK, manager_name=name, line_count=2500)]),
        Evidence(
            shapes=BOOK_SHAPES.frame([{"cik": CIK, **shape}] if shape else []),
            filers=EDGAR_FILERS.frame([{"cik": CIK, **edgar_filer}]),
        ),
    )
    return MANAGERS.check(managers).to_dicts()[0]


@pytest.mark.parametrize(
    ("name", "state", "expected"),
    [
        ("SEVEN HILLS CAPITAL, L.P.", "NY", True),
        ("Seven Hills Capital Management L P", "NY", True),
        ("SEVEN HILLS MANAGEMENT LLLP", "FL", True),
        ("SEVEN HILLS CAPITAL LLC", "NY", False),  # of companies more are something else
        ("SEVEN HILLS PARTNERS", "NY", False),
        ("SEVEN HILLS LPX", "NY", False),
        ("Seven Hills Capital LLP", "X0", True),
        ("Seven Hills Investment Partners LLP", "X0", False),  # London's long-only managers are LLPs, too
        ("SEVEN HILLS CAPITAL FUND IV, L.P.", "TX", False),  # a private-equity fund of a series
        ("SEVEN HILLS GROWTH 2 LP", "CA", False),
        ("SEVEN HILLS VENTURES LP", "CA", False),
        ("SEVEN HILLS WEALTH LP", "CA", False),
        ("SEVEN HILLS TRUST CO LP", "CA", False),
        ("Seven Hills Capital (HK) Ltd", "K3", True),
        ("Seven Hills Capital Pte. Ltd.", "U0", True),
        ("Seven Hills Capital Ltd", "A6", False),
        ("Seven Hills Asset Management Ltd", "K3", False),
    ],
)
def test_a_name_alone_decides_weakly(name: str, state: str, expected: bool) -> None:
    manager = classify(name, state=state)
    assert manager["is_hedge_fund"] is expected
    decided_by = DecidedBy.INDUSTRY_AND_NAME if expected else DecidedBy.UNCLASSIFIED
    assert manager["decided_by"] == decided_by
    assert ("weak" in str(manager["basis"])) >= expected


@pytest.mark.parametrize("sic_code", ["6021", "6022", "6311", "6411", "2834", "7372"])
@pytest.mark.parametrize("name", ["SEVEN HILLS LP", "SEVEN HILLS LLC"])
def test_a_bank_an_insurer_or_a_drug_maker_is_none_whatever_its_form(name: str, sic_code: str) -> None:
    manager = classify(name, sic_code=sic_code, sic_description="State Commercial Banks")
    if sic_code == "7372":  # services: the code of many managers that never thought about it
        assert manager["is_hedge_fund"] is name.endswith("LP")
    else:
        assert manager["is_hedge_fund"] is False
        assert manager["decided_by"] == DecidedBy.INDUSTRY_AND_NAME
        assert f"state commercial banks by its industry code {sic_code}" in str(manager["basis"])


@pytest.mark.parametrize("sic_code", [None, "", "abcd", "6282", "6799", "99999999999999999999"])
def test_a_code_that_is_missing_or_a_managers_excludes_nobody(sic_code: str | None) -> None:
    assert classify("SEVEN HILLS LP", sic_code=sic_code)["is_hedge_fund"] is True


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"etf_share": 0.31}, "exchange-traded funds are 31% of its book"),
        ({"etf_share": 0.29}, None),
        ({"top_ten_share": 0.3, "option_share": 0.0}, "2500 lines with the weights of an index"),
        ({"top_ten_share": 0.1, "option_share": 0.0}, None),
        ({"top_ten_share": 0.3, "option_share": 0.2}, None),
    ],
)
def test_a_book_of_funds_or_an_index_is_not_a_hedge_funds(shape: dict[str, object], words: str | None) -> None:
    manager = classify("SEVEN HILLS LP", shape)
    assert manager["is_hedge_fund"] is (words is None)
    if words:
        assert manager["decided_by"] == DecidedBy.UNCLASSIFIED and words in str(manager["basis"])


def test_a_bank_of_the_roster_is_none_unless_its_fund_assets_are_known() -> None:
    """The flag alone marks banks that advise one hedge fund."""
    known = {"regulatory_assets_usd": 1000.0, "hedge_fund_assets_usd": 900.0}
    bank = EDGAR_FILERS.frame([{"cik": CIK, "sic_code": "6022", "sic_description": "State Commercial Banks"}])
    filings = JUDGED_FILINGS.frame([filing(CIK, manager_name="SEVEN HILLS LP")])
    for firm, expected in (({}, False), (known, True)):
        roster = ADVISERS.frame([adviser("1", ciks=[CIK], **firm)])
        managers = classification.classify(filings, Evidence(roster, filers=bank))
        assert managers["is_hedge_fund"].to_list() == [expected]
