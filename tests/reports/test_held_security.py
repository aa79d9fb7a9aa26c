"""What each holder did since the quarter before: known only of managers whose reports for both quarters are loaded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.filings.helpers import A, B
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, put, report
from tracker.errors import NotFoundError
from tracker.output import FORMATS, render
from tracker.pipeline import refresh
from tracker.reports.holders import who_hold_several, who_holds
from tracker.settings import Settings

C = "037833100"
TWO_SIGMA, MILLENNIUM = 1179392, 1273087
NAMES = {
    RENAISSANCE: "RENAISSANCE TECHNOLOGIES LLC",
    TWO_SIGMA: "TWO SIGMA INVESTMENTS, LP",
    CITADEL: "CITADEL ADVISORS LLC",
    MILLENNIUM: "MILLENNIUM MANAGEMENT LLC",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Of Citadel no report for the second quarter is loaded; of Millennium only an addition to one for the third."""
    settings = put(
        tmp_path_factory.mktemp("home"),
        report(1, RENAISSANCE, {A: 100, B: 50}, Q2, manager=NAMES[RENAISSANCE]),
        report(2, TWO_SIGMA, {A: 80, B: 20}, Q2, manager=NAMES[TWO_SIGMA]),
        report(3, MILLENNIUM, {A: 30}, Q2, manager=NAMES[MILLENNIUM]),
        report(4, RENAISSANCE, {A: 150, C: 10}, manager=NAMES[RENAISSANCE]),
        report(5, TWO_SIGMA, {A: 80, B: 5}, manager=NAMES[TWO_SIGMA]),
        report(6, CITADEL, {A: 70}, manager=NAMES[CITADEL]),
        report(7, MILLENNIUM, {A: 40}, amendment=("NEW HOLDINGS", 1), manager=NAMES[MILLENNIUM]),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


def changes(settings: Settings, security: str, **given: Any) -> dict[int, tuple[str | None, float | None]]:
    rows = who_holds(settings, security, given.pop("quarter", Q3), **given).rows
    return {row["cik"]: (row["change"], row["shares_before"]) for row in rows}


def test_a_fund_without_the_report_before_is_not_new(settings: Settings) -> None:
    """Citadel may have held it all along; Millennium's addition is not the whole report."""
    assert changes(settings, A) == {
        RENAISSANCE: ("increased", 100),
        TWO_SIGMA: ("unchanged", 80),
        CITADEL: (None, None),
        MILLENNIUM: (None, None),
    }


def test_new_reduced_and_closed(settings: Settings) -> None:
    assert changes(settings, C) == {RENAISSANCE: ("new", 0)}
    assert changes(settings, B) == {TWO_SIGMA: ("reduced", 20)}
    facts = who_holds(settings, B, Q3).facts
    (closed,) = facts["closed_positions"]
    assert (closed["cik"], closed["shares"], closed["period_of_report"]) == (RENAISSANCE, 50, Q2.end)
    assert closed["accession_number"].endswith("000001")


def test_who_closed_is_told_below(settings: Settings) -> None:
    notes = who_holds(settings, B, Q3).notes
    assert any(note.startswith("Closed, with what was held at 2025-06-30: ") for note in notes)
    assert any("2 filers the change is not known" in note for note in who_holds(settings, A, Q3).notes)


def test_without_the_quarter_before_nothing_is_known(settings: Settings) -> None:
    answer = who_holds(settings, A, Q2)
    assert {row["change"] for row in answer.rows} == {None}
    assert "Changes are not known: no counted report for 2025Q1 is loaded." in answer.notes
    assert answer.facts["closed_positions"] == []


def test_changes_are_as_they_were_known(settings: Settings) -> None:
    assert changes(settings, A, known_on=Q3.deadline)[RENAISSANCE] == ("increased", 100)
    assert changes(settings, A, by_filer=True)[RENAISSANCE] == ("increased", 100)


def test_a_reverse_split_is_no_sale(market: Settings) -> None:
    """Unadjusted, every holder of DRSL would have reduced it nineteenfold."""
    rows = who_holds(market, "DRSL", Q3).rows
    before = {row["cik"]: row["shares"] for row in who_holds(market, "DRSL", Q2).rows}
    ratio = next(row["shares_before"] / before[row["cik"]] for row in rows)
    assert ratio < 1
    for row in rows:
        assert row["shares_before"] == pytest.approx(before[row["cik"]] * ratio)
        expected = "increased" if row["shares"] > row["shares_before"] else "reduced"
        assert row["change"] == expected


def test_rows_and_counts_agree(market: Settings) -> None:
    """By filer the changes of the rows are those that the counts have."""
    answer = who_holds(market, "MRWD", Q3, by_filer=True)
    for name in ("new", "increased", "reduced"):
        assert sum(row["change"] == name for row in answer.rows) == answer.facts[name]
    assert len({row["cik"] for row in answer.facts["closed_positions"]}) == answer.facts["closed"]


def test_several_securities_are_one_table(market: Settings) -> None:
    answer = who_hold_several(market, ["QNLR", "$MRWD", "NASDAQ:QNLR"], Q3)
    each = {ticker: who_holds(market, ticker, Q3) for ticker in ("QNLR", "MRWD")}
    assert [row["security"] for row in answer.rows] == [
        ticker for ticker, one in each.items() for _ in one.rows
    ]  # fmt: skip
    assert [{**row} for row in answer.rows] == [
        {"security": ticker, **row} for ticker, one in each.items() for row in one.rows
    ]
    for facts in answer.facts["securities"]:
        assert facts.items() <= each[facts["ticker"]].facts.items()
    assert answer.columns[0].key == "security"
    for form in FORMATS:
        assert "QNLR" in render(answer, form)


def test_one_unknown_of_several_is_an_error_with_suggestions(market: Settings) -> None:
    with pytest.raises(NotFoundError, match="'QNRL' is not a known ticker") as caught:
        who_hold_several(market, ["MRWD", "QNRL"], Q3)
    assert caught.value.candidates[0].startswith("QNLR")
