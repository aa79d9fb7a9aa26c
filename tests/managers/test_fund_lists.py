"""Classes in lists of managers, and what they decide."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.managers.helpers import adviser, filing
from tracker.errors import InputError
from tracker.managers import classification, fund_lists
from tracker.managers.evidence import Evidence
from tracker.tables import ADVISERS, FUND_LIST, JUDGED_FILINGS, MANAGERS, ManagerClass

WOLVERINE, SOROS, VANGUARD = 927337, 1029160, 102909


def read(tmp_path: Path, text: str, **given: bool) -> list[tuple[object, ...]]:
    (tmp_path / "list.csv").write_text(text)
    return fund_lists.read_list(tmp_path / "list.csv", **given).select("is_hedge_fund", "manager_class").rows()


@pytest.mark.parametrize(
    ("answer", "text", "expected"),
    [
        ("", "Market Maker", (False, ManagerClass.MARKET_MAKER)),  # of hedge funds, but for these
        ("Y", "market-maker", (True, ManagerClass.MARKET_MAKER)),
        ("", "family_office", (True, ManagerClass.FAMILY_OFFICE)),
        ("N", "bank", (False, ManagerClass.BANK)),
        ("", "", (True, None)),
    ],
)
def test_a_class_is_read_as_people_write_it(
    tmp_path: Path, answer: str, text: str, expected: tuple[bool, ManagerClass | None]
) -> None:
    assert read(tmp_path, f"cik,name,is_hedge_fund,manager_class\n1,x,{answer},{text}\n") == [expected]


def test_a_choice_of_the_class_alone_decides_nothing(tmp_path: Path) -> None:
    text = "cik,name,is_hedge_fund,manager_class\n1,x,,market_maker\n"
    assert read(tmp_path, text, may_abstain=True) == [(None, ManagerClass.MARKET_MAKER)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1,x,Y,hedgie", "line 2: manager_class is 'hedgie'; write one of hedge_fund, market_maker, "),
        ("1,x,N,hedge_fund", "manager_class is hedge_fund, but is_hedge_fund is 'n'"),
    ],
)
def test_a_class_that_cannot_be_is_an_error_with_its_cure(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(tmp_path, f"cik,name,is_hedge_fund,manager_class\n{line}\n")


def test_the_hand_kept_list_states_a_class_for_everyone() -> None:
    kept = fund_lists.hand_kept()
    assert kept["manager_class"].null_count() == 0
    makers = kept.filter(pl.col("manager_class") == ManagerClass.MARKET_MAKER)
    assert makers.height > 40 and not makers["is_hedge_fund"].any()
    assert kept.filter("is_hedge_fund")["manager_class"].is_in(["hedge_fund", "family_office"]).all()


def classes(filings: list[dict[str, object]], **given: pl.DataFrame) -> dict[int, tuple[bool, str | None]]:
    roster = ADVISERS.frame([adviser("1", ciks=[9])])
    managers = classification.classify(JUDGED_FILINGS.frame(filings), Evidence(roster, **given))
    return {
        cik: (flag, kind)
        for cik, flag, kind in MANAGERS.check(managers)["cik", "is_hedge_fund", "manager_class"].rows()
    }


FILINGS = [filing(cik) for cik in (WOLVERINE, SOROS, VANGUARD, 8, 9)]


def test_everyone_has_the_class_that_a_source_states() -> None:
    assert classes(FILINGS) == {
        WOLVERINE: (False, "market_maker"),
        SOROS: (True, "family_office"),
        VANGUARD: (False, "long_only"),
        8: (False, None),
        9: (True, "hedge_fund"),
    }


def test_a_choice_decides_on_the_class_as_well() -> None:
    choices = FUND_LIST.frame(
        [
            {"cik": WOLVERINE, "is_hedge_fund": False},  # not to be counted at all
            {"cik": VANGUARD, "is_hedge_fund": True},
            {"cik": 8, "manager_class": "market_maker"},
            {"cik": 9, "is_hedge_fund": False},
        ]
    )
    assert classes(FILINGS, choices=choices) == {
        WOLVERINE: (False, None),
        SOROS: (True, "family_office"),
        VANGUARD: (True, "hedge_fund"),
        8: (False, "market_maker"),
        9: (False, None),
    }
