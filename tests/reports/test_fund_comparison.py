"""Chosen funds side by side: a fund that has not reported has no weights, and none of its sales are known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.filings.helpers import A, B
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, put, report
from tracker.errors import SettingError
from tracker.output import FORMATS, render
from tracker.pipeline import refresh
from tracker.reports.fund_comparison import ComparisonPart, compare_funds
from tracker.reports.fund_consensus import GroupMeasure, find_consensus
from tracker.settings import Settings

C = "037833100"
TWO_SIGMA, VANGUARD = 1179392, 102909
GROUP = [str(RENAISSANCE), str(TWO_SIGMA), str(VANGUARD)]
NAMES = {
    RENAISSANCE: "RENAISSANCE TECHNOLOGIES LLC",
    TWO_SIGMA: "TWO SIGMA INVESTMENTS, LP",
    CITADEL: "CITADEL ADVISORS LLC",
    VANGUARD: "VANGUARD GROUP INC",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Citadel has not reported the third quarter; of Vanguard only that is loaded. Vanguard is no hedge fund."""
    settings = put(
        tmp_path_factory.mktemp("home"),
        report(1, RENAISSANCE, {A: 100, B: 100}, Q2, manager=NAMES[RENAISSANCE]),
        report(2, TWO_SIGMA, {A: 100, B: 300}, Q2, manager=NAMES[TWO_SIGMA]),
        report(3, CITADEL, {A: 100}, Q2, manager=NAMES[CITADEL]),
        report(4, RENAISSANCE, {A: 50, C: 50}, manager=NAMES[RENAISSANCE]),
        report(5, TWO_SIGMA, {A: 200, C: 200}, manager=NAMES[TWO_SIGMA]),
        report(6, VANGUARD, {A: 900, B: 100}, manager=NAMES[VANGUARD]),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


def rows(settings: Settings, *queries: int, part: ComparisonPart = ComparisonPart.ALL) -> dict[str, dict[str, Any]]:
    return {row["cusip"]: dict(row) for row in compare_funds(settings, list(map(str, queries)), Q3, part=part).rows}


def test_weights_stand_side_by_side(settings: Settings) -> None:
    found = rows(settings, RENAISSANCE, TWO_SIGMA, VANGUARD)
    assert list(found) == [A, C, B]
    weights = {cusip: [row[f"weight_pct_{cik}"] for cik in map(int, GROUP)] for cusip, row in found.items()}
    assert weights == {A: [50, 50, 90], C: [50, 50, 0], B: [0, 0, 10]}
    assert found[A]["difference_pct"] == pytest.approx(40)


def test_what_was_bought_and_sold_is_told_of_those_who_reported_twice(settings: Settings) -> None:
    found = rows(settings, RENAISSANCE, TWO_SIGMA, VANGUARD)
    assert (found[C]["new"], found[B]["closed"]) == (2, 2)
    assert found[C]["bought_by"].count("(new)") == 2 and found[B]["sold_by"].count("(closed)") == 2
    assert found[A][f"change_{VANGUARD}"] is None and found[A][f"change_{RENAISSANCE}"] == "reduced"
    assert found[A]["increased"] == found[A]["reduced"] == 1


def test_who_is_pending_has_no_weights_and_no_sales(settings: Settings) -> None:
    """Citadel held A a quarter before: neither 0% of it now, nor closed."""
    found = rows(settings, RENAISSANCE, CITADEL)
    assert found[A][f"weight_pct_{CITADEL}"] is None and found[A]["closed"] == 0
    assert found[A]["difference_pct"] == 0


def test_parts(settings: Settings) -> None:
    asked = (RENAISSANCE, TWO_SIGMA, VANGUARD)
    assert set(rows(settings, *asked, part=ComparisonPart.SHARED)) == {A, C}
    assert next(iter(rows(settings, *asked, part=ComparisonPart.DIFFERENT))) == C
    assert list(rows(settings, *asked, part=ComparisonPart.BOUGHT)) == [C]
    assert list(rows(settings, *asked, part=ComparisonPart.SOLD)) == [B]


def test_two_funds_or_more_and_not_too_many(settings: Settings) -> None:
    with pytest.raises(SettingError, match="name another fund"):
        compare_funds(settings, [GROUP[0], GROUP[0]], Q3)


def test_the_overlap_is_told_in_every_format(settings: Settings) -> None:
    answer = compare_funds(settings, GROUP[:2], Q3, top=1)
    assert len(answer.rows) == 1 and answer.facts["rows_found"] == 3
    (pair,) = answer.facts["pairs"]
    assert pair["overlap_pct"] == pytest.approx(100)
    for form in FORMATS:
        assert render(answer, form)


def test_a_group_is_counted_by_what_it_holds_and_buys(settings: Settings) -> None:
    held = {row["cusip"]: row for row in find_consensus(settings, GROUP, Q3).rows}
    assert {cusip: (row["holders"], round(row["holders_pct"], 1)) for cusip, row in held.items()} == {
        A: (3, 100.0),
        C: (2, 66.7),
        B: (1, 33.3),
    }
    assert [row["rank"] for row in held.values()] == [1, 2, 3]
    assert [row["cusip"] for row in find_consensus(settings, GROUP, Q3, by=GroupMeasure.NEW).rows] == [C]
    assert [row["cusip"] for row in find_consensus(settings, GROUP, Q3, by=GroupMeasure.SOLD).rows] == [B, A]


def test_a_pending_fund_is_no_part_of_the_percentage(settings: Settings) -> None:
    answer = find_consensus(settings, [*GROUP[:2], str(CITADEL)], Q3)
    assert answer.facts["families_reported"] == 2 and len(answer.facts["pending"]) == 1
    assert {row["holders_pct"] for row in answer.rows} == {100}
    assert {row["cusip"] for row in answer.rows if row["pending_holders"]} == {A}
