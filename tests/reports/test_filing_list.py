"""Filings with their roles and decisions, holdings that were shown late, and CUSIPs that cannot be right."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, put, report
from tests.submissions import accession, cusip, line, submission
from tracker.errors import NotFoundError
from tracker.pipeline import refresh
from tracker.reports.filing_list import LATE_DAYS, list_filings, list_late
from tracker.reports.filings import explain
from tracker.settings import Settings

BOOK = {cusip(f"9907{place:02d}10"): 1000 + place for place in range(30)}
NAMES = list(BOOK)
BANK = 9_000_008_000
LATE = Q3.deadline + timedelta(LATE_DAYS)
ADDED = ("NEW HOLDINGS", 1)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    secret = [
        line(NAMES[3], 500_000, 100, "THIRD LARGEST INC"),
        line(NAMES[4], 900_000, 100, "LARGEST INC"),
        line(NAMES[4], 1, 1, "LARGEST INC"),
        line(NAMES[5], 600_000, 100, "SECOND LARGEST INC"),
        line(NAMES[6], 1, 100, "SMALLEST INC"),
    ]
    settings = put(
        tmp_path_factory.mktemp("home"),
        report(1, RENAISSANCE, BOOK),
        report(
            2,
            RENAISSANCE,
            {NAMES[0]: 7},
            filed=date(2025, 11, 24),
            amendment=("RESTATEMENT", 1),
            additional_information="To correct one line.",
        ),
        report(3, CITADEL, BOOK),
        submission(4, cik=CITADEL, lines=secret, filed=LATE, amendment=ADDED, confidential_expired=True),
        report(5, BANK, BOOK, manager="A BANK OF SORTS"),
        report(6, BANK, {NAMES[0]: 1}, filed=LATE - timedelta(1), amendment=ADDED, manager="A BANK OF SORTS"),
        report(7, CITADEL, BOOK, Q2),
        report(8, CITADEL, {NAMES[1]: 3}, Q2, filed=date(2026, 2, 2), amendment=ADDED),
        submission(9, cik=9_000_008_001, form="13F-NT", lines=[]),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


def test_every_filing_has_its_role_amendments_first(settings: Settings) -> None:
    answer = list_filings(settings)
    roles = {row["accession_number"]: row["role"] for row in answer.rows}
    assert roles == {
        accession(1): "base", accession(2): "patch", accession(3): "base", accession(4): "new holdings",
        accession(5): "base", accession(6): "new holdings", accession(9): "notice",
    }  # fmt: skip
    assert [row["form_type"] for row in answer.rows[:4]] == ["13F-HR/A"] * 3 + ["13F-HR"]
    patch = next(row for row in answer.rows if row["accession_number"] == accession(2))
    assert (patch["amendment_effect"], patch["effect_evidence"]) == ("patch", "changed_lines")
    assert (patch["value_usd"], patch["line_count"], patch["days_late"]) == (70.0, 1, 10)
    assert (answer.facts["amendments"], answer.facts["doubted"]) == (3, 1)
    assert f"{accession(2)} states: To correct one line." in answer.notes


def test_filings_are_chosen_by_quarter_manager_and_kind(settings: Settings) -> None:
    def numbers(**chosen: object) -> set[str]:
        return {row["accession_number"] for row in list_filings(settings, **chosen).rows}  # type: ignore[arg-type]

    assert numbers(quarter=Q2) == {accession(7), accession(8)}
    assert numbers(manager=str(CITADEL)) == {accession(3), accession(4)}
    assert numbers(manager="bank of", only_amendments=True) == {accession(6)}
    assert numbers(only_amendments=True, quarter=Q3) == {accession(2), accession(4), accession(6)}
    assert len(numbers(top=2)) == 2
    with pytest.raises(NotFoundError, match="2024Q1 is not loaded"):
        list_filings(settings, Q3.previous.previous.previous.previous.previous.previous)
    with pytest.raises(NotFoundError, match="nobody"):
        list_filings(settings, manager="nobody")


def test_holdings_shown_late_have_their_days_and_largest_names(settings: Settings) -> None:
    answer = list_late(settings)
    assert [(row["accession_number"], row["quarter"]) for row in answer.rows] == [
        (accession(8), "2025Q2"),
        (accession(4), "2025Q3"),
    ]
    late = answer.rows[1]
    assert (late["days_late"], late["line_count"], late["value_usd"]) == (LATE_DAYS, 5, 2_000_002.0)
    assert late["largest"] == "LARGEST INC; SECOND LARGEST INC; THIRD LARGEST INC"
    assert late["is_hedge_fund"] is True and late["is_confidential_expired"] is True
    assert answer.facts["value_usd"] == 2_000_032.0


def test_a_day_before_thirty_it_is_a_correction(settings: Settings) -> None:
    assert list_late(settings, manager=str(BANK)).rows == []
    assert [row["accession_number"] for row in list_late(settings, Q3).rows] == [accession(4)]
    assert len(list_late(settings, top=1).rows) == 1


def test_an_empty_home_says_what_to_run(tmp_path: Path) -> None:
    for ask in (list_filings, list_late):
        with pytest.raises(NotFoundError, match="run `tracker refresh"):
            ask(Settings(tmp_path))


# ---- CUSIPs that cannot be right ----------------------------------------------------------------------------------

WHOLE = cusip("99081010")
MISTYPED = WHOLE[:8] + str((int(WHOLE[8]) + 1) % 10)


@pytest.fixture(scope="module")
def mistyped(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A fund with WHOLE; and the same shares under numbers that are none, beside others that only look alike."""

    def held(number: int, *lines: str) -> bytes:
        return submission(number, cik=9_000_008_100 + number, lines=list(lines))

    settings = put(
        tmp_path_factory.mktemp("home"),
        submission(1, cik=RENAISSANCE, lines=[line(WHOLE, 1000, 100, "HARROW GLASS INC")]),
        held(2, line("000000000", 2000, 200, "HARROW GLASS INC"), line("000000000", 50, 1, "OTHER CORP")),
        held(3, line(MISTYPED, 3000, 300, "HARROW GLASS INC")),
        held(4, line("123", 3000, 300, "Harrow Glass, Inc.")),
        held(5, line("000000000", 9000, 300, "HARROW GLASS INC")),  # at another price: another class
        submission(6, cik=CITADEL, lines=[line("000000000", 70, 7, "SECRET LTD")]),
    )
    refresh.refresh(settings, Q3, offline=True)
    return settings


def test_explain_names_what_was_filed_under_no_cusip(mistyped: Settings) -> None:
    answer = explain(mistyped, WHOLE, Q3)
    fates = {row["accession_number"]: (row["fate_kind"], row["cusip"], row["shares"]) for row in answer.rows}
    assert fates == {
        accession(1): ("counted", WHOLE, 100),
        accession(2): ("unidentified", "000000000", 200),
        accession(3): ("unidentified", MISTYPED, 300),
        accession(4): ("unidentified", "123", 300),
    }
    assert answer.facts["holders"] == sum(row["counts_as"] for row in answer.rows) == 1
    assert {one for one in ("000000000", MISTYPED, "123") if any(one in note for note in answer.notes)} == {
        "000000000", MISTYPED, "123",
    }  # fmt: skip


@pytest.mark.parametrize(("asked", "filings"), [("000000000", {2, 5, 6}), (MISTYPED, {3}), ("123", {4})])
def test_explain_takes_the_wrong_number_itself(mistyped: Settings, asked: str, filings: set[int]) -> None:
    answer = explain(mistyped, asked, Q3)
    assert {row["accession_number"] for row in answer.rows} == {accession(number) for number in filings}
    assert any(asked in note for note in answer.notes)


def test_nine_zeros_have_no_name(mistyped: Settings) -> None:
    assert explain(mistyped, "000000000", Q3).facts["name"] is None


def test_what_nobody_filed_is_refused(mistyped: Settings) -> None:
    for asked in ("12345678", "000000001", "", " ", "%", "_", "'"):
        with pytest.raises(NotFoundError):
            explain(mistyped, asked, Q3)


def test_where_there_is_none_the_quarters_that_have_some_are_named(settings: Settings) -> None:
    answer = list_filings(settings, Q2, str(RENAISSANCE))
    assert not answer.rows and answer.notes == ["2025Q3 has 2 filings: --quarter names one."]
    amended = list_filings(settings, Q2, str(BANK), only_amendments=True)
    assert not amended.rows and amended.notes == ["2025Q3 has 1 amendment: --quarter names one."]
    nobody = list_filings(settings, Q3, "9000008001", only_amendments=True)
    assert nobody.notes == ["No loaded quarter has such an amendment."]
