"""What chosen funds hold together; who has not reported yet is pending, and neither a holder nor none."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.filings.helpers import A, B
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, put, report
from tests.submissions import line, submission
from tracker.errors import NotFoundError, SettingError
from tracker.output import FORMATS, render
from tracker.pipeline import refresh
from tracker.reports.fund_overlap import fund_overlap
from tracker.settings import Settings

VANGUARD = 102909
C = "037833100"
AUG, NOV, DEC = date(2025, 8, 14), date(2025, 11, 14), date(2025, 12, 10)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Citadel has not reported the third quarter; Renaissance adds B in December; Vanguard is no hedge fund."""
    mixed = [line(A, 3000, 300), line(C, 1000, 100), line(B, 9000, 50, put_call="Put")]
    settings = put(
        tmp_path_factory.mktemp("home"),
        report(1, RENAISSANCE, {A: 100, B: 100, C: 40}, Q2, manager="RENAISSANCE TECHNOLOGIES LLC"),
        report(2, CITADEL, {A: 100, B: 300}, Q2, manager="CITADEL ADVISORS LLC"),
        report(3, VANGUARD, {A: 900, C: 100}, Q2, manager="VANGUARD GROUP INC"),
        submission(4, cik=RENAISSANCE, manager="RENAISSANCE TECHNOLOGIES LLC", filed=NOV, lines=mixed),
        report(
            5, RENAISSANCE, {B: 60}, filed=DEC, amendment=("NEW HOLDINGS", 1), manager="RENAISSANCE TECHNOLOGIES LLC"
        ),
        report(6, VANGUARD, {A: 900, B: 100}, manager="VANGUARD GROUP INC"),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


def rows(settings: Settings, *queries: str, **given: Any) -> dict[str, dict[str, Any]]:
    return {row["cusip"]: dict(row) for row in fund_overlap(settings, queries, **given).rows}


def test_what_two_hold_is_listed_and_what_one_holds_is_not(settings: Settings) -> None:
    found = rows(settings, "renaissance", str(CITADEL), quarter=Q2)
    assert list(found) == [B, A]
    assert found[B]["mean_weight_pct"] == pytest.approx((100 / 240 + 300 / 400) / 2 * 100)
    assert found[B]["holders"] == 2 and found[B]["value_usd"] == 4000
    assert found[B]["held_by"].startswith("CITADEL") and found[B]["accession_numbers"].count("9000000000-25-") == 2
    assert found[B]["pending_holders"] is None


def test_a_fund_that_is_no_hedge_fund_can_be_compared(settings: Settings) -> None:
    found = rows(settings, "renaissance", "citadel", "vanguard", quarter=Q2)
    assert {cusip: row["holders"] for cusip, row in found.items()} == {A: 3, B: 2, C: 2}
    assert next(iter(found)) == A


def test_who_has_not_reported_is_pending_with_what_it_held(settings: Settings) -> None:
    answer = fund_overlap(settings, ["renaissance", "citadel", "vanguard"])
    assert answer.title == "2 securities held by at least two of 3 funds, 2025Q3 (1 pending)"
    assert answer.notes[0].startswith("Pending, not counted: ") and "CITADEL" in answer.notes[0].upper()
    (pending,) = answer.facts["pending"]
    held = {row["cusip"]: (row["holders"], row["pending_holders"]) for row in answer.rows}
    assert held == {A: (2, pending), B: (2, pending)}
    states = {family["state"] for family in answer.facts["families"]}
    assert states == {"reported", "pending"} and len(answer.facts["pairs"]) == 1


def test_options_are_not_held_together(settings: Settings) -> None:
    """On 14 November Renaissance's B was a put."""
    assert list(rows(settings, "renaissance", "vanguard", known_on=NOV)) == [A]
    assert set(rows(settings, "renaissance", "vanguard", known_on=DEC)) == {A, B}


def test_on_a_day_before_any_filing_all_are_pending(settings: Settings) -> None:
    answer = fund_overlap(settings, ["renaissance", "vanguard"], known_on=AUG)
    assert len(answer.rows) == 0 and len(answer.facts["pending"]) == 2
    assert answer.title.endswith("(2 pending)")


def test_overlap_of_weights(settings: Settings) -> None:
    (pair,) = fund_overlap(settings, ["renaissance", "citadel"], Q2).facts["pairs"]
    assert pair["in_common"] == 2
    assert pair["overlap_pct"] == pytest.approx((100 / 400 + 100 / 240) * 100)


def test_one_family_or_an_unknown_one_is_refused(settings: Settings) -> None:
    with pytest.raises(SettingError, match="name another fund"):
        fund_overlap(settings, ["renaissance", str(RENAISSANCE)])
    with pytest.raises(NotFoundError, match="nobody"):
        fund_overlap(settings, ["renaissance", "nobody"])


def test_every_format(settings: Settings, tmp_path: Path) -> None:
    answer = fund_overlap(settings, ["renaissance", "vanguard"], top=1)
    assert len(answer.rows) == 1
    for form in FORMATS:
        assert render(answer, form)
    assert json.loads(render(answer, "json"))["rows"][0]["held_by"]
