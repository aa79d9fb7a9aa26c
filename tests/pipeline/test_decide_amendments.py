"""What amendments do, from downloads to counts: decided again as quarters come in, and overruled by the user."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.data_sets import Line, Report, write
from tests.pipeline.helpers import CITADEL, Q3, RENAISSANCE, counts, put, report, state
from tests.submissions import accession, cusip
from tracker.errors import InputError, NotFoundError
from tracker.filings.amendment_choices import CHOICES
from tracker.pipeline import decide_amendments, refresh
from tracker.pipeline.judge_filings import judge
from tracker.progress import Silent
from tracker.reports.filings import explain
from tracker.reports.holders import who_holds
from tracker.reports.portfolio import portfolio
from tracker.reports.status import status
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import (
    CUSIP_MATCHES,
    JUDGED_FILINGS,
    AmendmentEffect,
    EffectEvidence,
    RejectKind,
    Role,
)

Q4 = Q3.next
BOOK = {cusip(f"9906{place:02d}10"): 1000 + place for place in range(30)}
NAMES = list(BOOK)
CORRECTED, LEFT_OUT = NAMES[0], NAMES[1]
AMENDED, DAY = date(2025, 11, 24), date(2026, 1, 5)
ORIGINAL, AMENDMENT = accession(1), accession(2)


def small(shares: Mapping[str, int]) -> bytes:
    return report(2, RENAISSANCE, shares, filed=AMENDED, amendment=("RESTATEMENT", 1))


def load(home: Path, *texts: bytes) -> Settings:
    settings = put(home, report(1, RENAISSANCE, BOOK), report(3, CITADEL, {LEFT_OUT: 5}), *texts)
    refresh.refresh(settings, Q3, offline=True)
    return settings


def amendment(settings: Settings) -> dict[str, object]:
    with Store(settings) as store:
        return store.read(JUDGED_FILINGS, accession_number=AMENDMENT).row(0, named=True)


def holders(settings: Settings, security: str) -> object:
    row = counts(settings, Q3).get(security)
    return row and row["holders"]


@pytest.fixture
def patched(tmp_path: Path) -> Settings:
    return load(tmp_path, small({CORRECTED: 7}))


def test_a_small_restatement_keeps_the_book_and_is_listed(patched: Settings) -> None:
    assert amendment(patched)["role"] == Role.PATCH
    assert (holders(patched, CORRECTED), holders(patched, LEFT_OUT)) == (1, 2)
    rows = {str(row["what"]).strip(): row for row in status(patched, DAY).rows}
    assert rows["amendments decided"]["value"] == 1
    assert "patch" in str(rows[AMENDMENT]["detail"]) and "2025Q3" in str(rows[AMENDMENT]["detail"])
    kinds = [str(row["detail"]) for row in rows.values()]
    assert any(str(RejectKind.RESTATEMENT_DOUBTED) in kind for kind in kinds)


def test_explain_shows_which_line_was_corrected(patched: Settings) -> None:
    answer = explain(patched, CORRECTED, Q3)
    fates = {row["accession_number"]: (row["fate_kind"], row["counts_as"], row["shares"]) for row in answer.rows}
    assert fates == {AMENDMENT: ("counted", 1, 7), ORIGINAL: ("corrected", 0, BOOK[CORRECTED])}
    assert answer.facts["holders"] == who_holds(patched, CORRECTED, Q3).facts["holders"] == 1
    assert [row["fate_kind"] for row in explain(patched, LEFT_OUT, Q3).rows] == ["counted", "counted"]


def test_a_day_before_the_amendment_has_the_original_line(patched: Settings) -> None:
    before = who_holds(patched, CORRECTED, Q3, date(2025, 11, 20))
    assert [row["shares"] for row in before.rows] == [BOOK[CORRECTED]]
    assert [row["shares"] for row in who_holds(patched, CORRECTED, Q3, AMENDED).rows] == [7]
    assert len(portfolio(patched, str(RENAISSANCE), Q3).rows) == len(BOOK)
    assert len(portfolio(patched, str(RENAISSANCE), Q3, AMENDED).rows) == len(BOOK)


def test_the_next_quarter_decides_again(tmp_path: Path) -> None:
    """Only the books after show that the 29 other positions were not the manager's."""
    settings = load(tmp_path, small({CORRECTED: 7}))
    assert holders(settings, LEFT_OUT) == 2
    put(tmp_path, report(5, RENAISSANCE, {CORRECTED: 8}, Q4), report(6, CITADEL, {LEFT_OUT: 5}, Q4))
    refresh.refresh(settings, Q4, offline=True)
    decided = amendment(settings)
    assert (decided["effect_evidence"], decided["compared_with"]) == (EffectEvidence.NEXT_REPORT, accession(5))
    assert (decided["role"], holders(settings, LEFT_OUT)) == (Role.RESTATEMENT, 1)


def test_the_order_of_loading_never_matters(tmp_path: Path) -> None:
    texts = [small({CORRECTED: 7}), report(5, RENAISSANCE, {CORRECTED: 8}, Q4), report(6, CITADEL, {LEFT_OUT: 5}, Q4)]
    at_once = load(tmp_path / "at-once", *texts)
    refresh.refresh(at_once, Q4, offline=True)
    bit_by_bit = load(tmp_path / "bit-by-bit", texts[2])
    for text in texts[:2]:
        put(bit_by_bit.home, text)
        refresh.refresh(bit_by_bit, Q4, offline=True)
    expected, found = state(at_once), state(bit_by_bit)
    for table in ("filings", "rejects", "positions", "holder_counts", "cusip_matches"):
        assert found[table] == expected[table], table


def test_settling_twice_changes_nothing(patched: Settings) -> None:
    before = state(patched)
    assert refresh.refresh(patched, Q3, offline=True).changed is False
    assert judge(Store(patched), Silent()) == set()
    assert state(patched) == before


def test_a_small_restatement_of_a_report_that_was_withdrawn_is_decided_once(tmp_path: Path) -> None:
    withdrawn = report(7, RENAISSANCE, {}, filed=date(2025, 11, 20), form="13F-NT", amendment=("RESTATEMENT", 1))
    settings = load(tmp_path, withdrawn, small({CORRECTED: 7}), report(5, RENAISSANCE, BOOK, Q4))
    decided = amendment(settings)
    assert (decided["role"], decided["effect_evidence"]) == (Role.RESTATEMENT, EffectEvidence.LABEL)
    assert holders(settings, LEFT_OUT) == 1
    assert judge(Store(settings), Silent()) == set()


# ---- the user's own decisions -------------------------------------------------------------------------------------


def test_a_choice_counts_at_once_and_survives_a_refresh(patched: Settings) -> None:
    said = decide_amendments.decide(patched, AMENDMENT.replace("-", ""), AmendmentEffect.REPLACE, note="x", today=DAY)
    assert said == [
        f"{AMENDMENT}: FIXTURE CAPITAL LLC, 2025Q3, filed 2025-11-24: replaces the report (your choice)",
        "1 position counted, before 30",
        "recounted: 2025Q3",
    ]
    assert holders(patched, LEFT_OUT) == 1
    text = (patched.home / CHOICES).read_text()
    assert text.splitlines()[1] == f"{AMENDMENT},replace,x,2026-01-05"
    put(patched.home, report(5, RENAISSANCE, BOOK, Q4))
    refresh.refresh(patched, Q3, offline=True)
    assert (amendment(patched)["effect_evidence"], holders(patched, LEFT_OUT)) == (EffectEvidence.USER_CHOICE, 1)
    assert (patched.home / CHOICES).read_text() == text
    decide_amendments.decide(patched, AMENDMENT, AmendmentEffect.ADD, today=DAY)
    assert (patched.home / CHOICES).read_text().splitlines()[1] == f"{AMENDMENT},add,x,2026-01-05"  # the note stays
    assert counts(patched, Q3)[CORRECTED]["shares"] == BOOK[CORRECTED] + 7


def test_a_choice_that_is_forgotten_leaves_no_trace(patched: Settings) -> None:
    before = state(patched)
    decide_amendments.decide(patched, AMENDMENT, AmendmentEffect.REPLACE, today=DAY)
    assert state(patched) != before
    said = decide_amendments.forget(patched, AMENDMENT)
    assert "corrects its own lines" in said[0] and said[1:] == ["30 positions counted, before 1", "recounted: 2025Q3"]
    assert state(patched) == before


def test_a_choice_written_by_hand_counts_with_the_next_refresh(patched: Settings) -> None:
    (patched.home / CHOICES).write_text(f"accession_number,amendment_effect\n{AMENDMENT},replace\n")
    assert refresh.refresh(patched, Q3, offline=True).changed
    assert holders(patched, LEFT_OUT) == 1
    (patched.home / CHOICES).unlink()
    refresh.refresh(patched, Q3, offline=True)
    assert holders(patched, LEFT_OUT) == 2


def test_what_cannot_be_decided_is_refused(patched: Settings) -> None:
    with pytest.raises(InputError, match="only a 13F-HR/A"):
        decide_amendments.decide(patched, ORIGINAL, AmendmentEffect.PATCH, today=DAY)
    with pytest.raises(InputError, match="is not an accession number"):
        decide_amendments.decide(patched, "'; drop table filings; --", AmendmentEffect.PATCH, today=DAY)
    with pytest.raises(NotFoundError, match="is loaded") as caught:
        decide_amendments.decide(patched, accession(99), AmendmentEffect.PATCH, today=DAY)
    assert caught.value.candidates == [f"{AMENDMENT} (FIXTURE CAPITAL LLC, 2025-09-30)"]
    with pytest.raises(NotFoundError, match="no choice"):
        decide_amendments.forget(patched, AMENDMENT)
    assert not (patched.home / CHOICES).exists()


def test_a_manager_that_does_not_count_is_said_not_to(tmp_path: Path) -> None:
    texts = [report(8, 9_000_007_000, BOOK), report(2, 9_000_007_000, {CORRECTED: 7}, amendment=("RESTATEMENT", 1))]
    settings = load(tmp_path, *texts)
    said = decide_amendments.decide(settings, AMENDMENT, AmendmentEffect.REPLACE, today=DAY)
    assert said[1:] == [
        "the manager is not counted as a hedge fund: no count of holders changes",
        "no loaded quarter is affected",
    ]


# ---- shortened CUSIPs, by both ways of reading --------------------------------------------------------------------

WHOLE, SHORT = cusip("14161W10"), "14161105"


def books(*ciks: int) -> list[Report]:
    reports = [
        Report(
            11, [Line(SHORT, 1150, 1000, "CARDLYTICS, INC"), Line("19990100", 50, 10)], cik=RENAISSANCE, manager="R"
        ),
        Report(12, [Line(WHOLE, 2300, 2000, "CARDLYTICS INC")], cik=CITADEL, manager="C"),
    ]
    return [each for each in reports if each.cik in (ciks or (RENAISSANCE, CITADEL))]


def test_both_ways_of_reading_count_a_shortened_cusip_alike(tmp_path: Path) -> None:
    singly = put(tmp_path / "singly", *(each.text for each in books()))
    write(tmp_path / "set" / "filings" / "data-sets" / "01sep2025-30nov2025_form13f.zip", books())
    in_a_set = Settings(tmp_path / "set")
    found = []
    for settings in (singly, in_a_set):
        refresh.refresh(settings, Q3, offline=True)
        with Store(settings) as store:
            matches = store.read(CUSIP_MATCHES).rows()
        found.append((matches, {one: row["holders"] for one, row in counts(settings, Q3).items()}))
    assert found[0] == found[1]
    assert found[0][1] == {WHOLE: 2, "19990100": 1}


def test_a_filing_that_comes_later_shows_what_was_meant(tmp_path: Path) -> None:
    """The filer of the whole CUSIP need not be a hedge fund: the funds' own filings are as they were."""
    settings = put(tmp_path, *(each.text for each in books(RENAISSANCE)))
    refresh.refresh(settings, Q3, offline=True)
    assert set(counts(settings, Q3)) == {SHORT, "19990100"}
    bank = Report(13, [Line(WHOLE, 2300, 2000, "CARDLYTICS INC")], cik=9_000_006_000)
    put(tmp_path, bank.text)
    refresh.refresh(settings, Q3, offline=True)
    assert set(counts(settings, Q3)) == {WHOLE, "19990100"}


def test_explain_finds_it_by_what_was_filed_and_says_so(tmp_path: Path) -> None:
    settings = put(tmp_path, *(each.text for each in books()))
    refresh.refresh(settings, Q3, offline=True)
    for asked in (WHOLE, SHORT, SHORT.lower()):
        answer = explain(settings, asked, Q3)
        assert {row["accession_number"]: row["cusip_as_filed"] for row in answer.rows} == {
            accession(11): SHORT,
            accession(12): None,
        }
        assert answer.facts["holders"] == 2
        assert any(SHORT in note and WHOLE in note and accession(11) in note for note in answer.notes)
    with Store(settings) as store:
        assert pl.Series(["19990100"]).is_in(store.lines(Q3.end)["cusip"].implode()).all()  # as filed
