"""What an amendment does where its label is in doubt: each kind of evidence, and that none of it acts in silence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.filings.helpers import A, B, C, parse
from tests.submissions import accession, cusip, line, submission
from tracker.filings import amendment_effects, holdings
from tracker.filings.submission import Submissions
from tracker.tables import COUNTED_ROLES, AmendmentEffect, EffectEvidence, RejectKind, Role

Q2, Q3, Q4 = date(2025, 6, 30), date(2025, 9, 30), date(2025, 12, 31)
BOOK = {cusip(f"9903{place:02d}10"): 1000 + place for place in range(40)}
NAMES = list(BOOK)
ORIGINAL, AMENDMENT = accession(1), accession(2)
FEW = dict.fromkeys(NAMES[:1], 777)  # one line, another amount
UNKNOWN = {A: 50, B: 60}  # nothing of the book


def report(number: int, shares: Mapping[str, int], **given: object) -> bytes:
    lines = [line(one, held * 10, held) for one, held in shares.items()]
    return submission(number, lines=lines, **given)


def restated(shares: Mapping[str, int], number: int = 2, **given: object) -> bytes:
    return report(number, shares, amendment=("RESTATEMENT", number - 1), **given)


def judge(
    *texts: bytes, around: Mapping[bool, set[str] | None] | None = None, effects: Mapping[str, str] | None = None
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, float]]:
    """Judged filings, flags and shares held; `around` has the CUSIPs of the next (True) and the previous report."""
    parsed: Submissions = parse(*texts)
    others = pl.DataFrame(
        [
            {
                "cik": parsed.filings["cik"][0],
                "period_of_report": Q3,
                "is_next": is_next,
                "accession_numbers": [accession(90 + is_next)],
                "cusips": None if held is None else sorted(held),
            }
            for is_next, held in (around or {}).items()
        ],
        schema={"cik": pl.Int64, "period_of_report": pl.Date, "is_next": pl.Boolean,
                "accession_numbers": pl.List(pl.String), "cusips": pl.List(pl.String)},
    )  # fmt: skip
    chosen = pl.DataFrame(
        [{"accession_number": number, "amendment_effect": effect} for number, effect in (effects or {}).items()],
        schema={"accession_number": pl.String, "amendment_effect": pl.String},
    )
    judged, flags = holdings.judge(parsed.filings, parsed.lines, chosen, others)
    effective = holdings.effective(judged, parsed.lines)
    return judged, flags, dict(effective.select("cusip", "shares").rows())


def decided(judged: pl.DataFrame, number: str = AMENDMENT) -> tuple[str, str]:
    row = judged.filter(pl.col("accession_number") == number).row(0, named=True)
    assert row["effect_basis"]
    return row["amendment_effect"], row["effect_evidence"]


REPLACE, PATCH, ADD = AmendmentEffect.REPLACE, AmendmentEffect.PATCH, AmendmentEffect.ADD
MOST, NONE = set(NAMES[5:]), {A, B, C}


@pytest.mark.parametrize(
    ("amendment", "around", "expected"),
    [
        pytest.param(FEW, {}, (PATCH, EffectEvidence.CHANGED_LINES), id="a line with another amount"),
        pytest.param({NAMES[0]: BOOK[NAMES[0]]}, {}, (REPLACE, EffectEvidence.SAME_LINES), id="a line as it was"),
        pytest.param(FEW, {True: MOST}, (PATCH, EffectEvidence.NEXT_REPORT), id="the rest is held again"),
        pytest.param(FEW, {True: NONE}, (REPLACE, EffectEvidence.NEXT_REPORT), id="the rest is gone"),
        pytest.param(FEW, {True: set(NAMES[:12])}, (PATCH, EffectEvidence.CHANGED_LINES), id="a part is held again"),
        pytest.param(FEW, {True: None}, (PATCH, EffectEvidence.CHANGED_LINES), id="the next is not at hand"),
        pytest.param(FEW, {False: MOST}, (PATCH, EffectEvidence.PREVIOUS_REPORT), id="another amount, the rest before"),
        pytest.param(
            FEW, {False: NONE}, (REPLACE, EffectEvidence.PREVIOUS_REPORT), id="another amount, never the rest"
        ),
        pytest.param({NAMES[0]: BOOK[NAMES[0]]}, {False: MOST}, (REPLACE, EffectEvidence.SAME_LINES), id="sold since"),
        pytest.param(UNKNOWN, {}, (PATCH, EffectEvidence.UNDECIDED), id="other lines"),
        pytest.param(UNKNOWN, {True: MOST}, (PATCH, EffectEvidence.NEXT_REPORT), id="other lines, the rest held again"),
        pytest.param(UNKNOWN, {False: MOST}, (PATCH, EffectEvidence.PREVIOUS_REPORT), id="the rest was held before"),
        pytest.param(UNKNOWN, {False: NONE}, (REPLACE, EffectEvidence.PREVIOUS_REPORT), id="it never was"),
        pytest.param(UNKNOWN, {False: MOST, True: NONE}, (REPLACE, EffectEvidence.NEXT_REPORT), id="before, not after"),
        pytest.param({A: 0}, {}, (REPLACE, EffectEvidence.NOTHING_HELD), id="a line of zero"),
        pytest.param({NAMES[0]: 0}, {}, (PATCH, EffectEvidence.CHANGED_LINES), id="a line corrected to zero"),
    ],
)
def test_a_small_restatement_is_decided_by_evidence_and_flagged(
    amendment: Mapping[str, int], around: Mapping[bool, set[str] | None], expected: tuple[str, str]
) -> None:
    judged, flags, shares = judge(report(1, BOOK), restated(amendment), around=around)
    assert decided(judged) == expected
    assert shares == ({**BOOK, **amendment} if expected[0] == PATCH else dict(amendment))
    undecided = expected[1] == EffectEvidence.UNDECIDED
    kind = RejectKind.RESTATEMENT_UNDECIDED if undecided else RejectKind.RESTATEMENT_DOUBTED
    assert flags.filter(pl.col("accession_number") == AMENDMENT)["kind"].to_list().count(kind) == 1


def test_a_cover_that_declares_the_whole_report_shows_a_table_cut_short() -> None:
    cut_short = restated({NAMES[0]: BOOK[NAMES[0]]}, entry_total=len(BOOK), value_total=sum(BOOK.values()) * 10)
    judged, _, shares = judge(report(1, BOOK), cut_short, around={True: NONE})
    assert decided(judged) == (PATCH, EffectEvidence.COVER_TOTALS) and shares == BOOK


@pytest.mark.parametrize(
    "amendment", [dict(list(BOOK.items())[:4]), {A: sum(BOOK.values()) // 2}], ids=["a tenth of the lines", "of value"]
)
def test_a_tenth_of_the_lines_or_of_the_value_is_no_doubt(amendment: Mapping[str, int]) -> None:
    judged, flags, shares = judge(report(1, BOOK), restated(amendment), around={True: MOST})
    assert decided(judged) == (REPLACE, EffectEvidence.LABEL) and shares == dict(amendment)
    assert not {RejectKind.RESTATEMENT_DOUBTED, RejectKind.RESTATEMENT_UNDECIDED} & set(flags["kind"])


def test_values_in_another_unit_do_not_hide_a_small_restatement() -> None:
    """The book is in thousands, the amendment in dollars: as written, its one line is worth more than the book."""
    lines = {one: (10.0 + place, 50_000) for place, one in enumerate(BOOK)}
    other = submission(9, cik=9_000_002_000, lines=[line(c, round(p * n), n) for c, (p, n) in lines.items()])
    book = submission(1, lines=[line(c, round(p * n / 1000), n) for c, (p, n) in lines.items()])
    amendment = submission(2, lines=[line(NAMES[0], 400_000, 40_000)], amendment=("RESTATEMENT", 1))
    assert decided(judge(book, amendment, other)[0]) == (PATCH, EffectEvidence.CHANGED_LINES)


def test_the_second_amendment_amends_what_the_first_has_left() -> None:
    second = restated({NAMES[1]: 5}, 3, filed=date(2025, 12, 3))
    judged, _, shares = judge(report(1, BOOK), restated(FEW), second)
    assert shares == {**BOOK, **FEW, NAMES[1]: 5}
    assert decided(judged, accession(3)) == (PATCH, EffectEvidence.CHANGED_LINES)
    once_replaced = judge(report(1, BOOK), restated(FEW), second, effects={AMENDMENT: REPLACE})
    assert decided(once_replaced[0], accession(3)) == (REPLACE, EffectEvidence.LABEL)
    assert once_replaced[2] == {NAMES[1]: 5}


def test_the_newest_of_two_patches_of_one_line_counts() -> None:
    again = restated({NAMES[0]: 3}, 3, filed=date(2025, 12, 3))
    assert judge(report(1, BOOK), restated(FEW), again)[2] == {**BOOK, NAMES[0]: 3}


def test_a_patch_takes_the_place_of_all_lines_of_its_holding_and_of_no_option() -> None:
    lines = [line(one, held * 10, held) for one, held in BOOK.items()]
    lines += [line(NAMES[0], 50, 5), line(NAMES[0], 900, 90, put_call="Call")]
    parsed = parse(submission(1, lines=lines), restated(FEW))
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    effective = holdings.effective(judged, parsed.lines).filter(pl.col("cusip") == NAMES[0])
    assert sorted(effective.select("put_call", "shares").rows()) == [("", 777), ("CALL", 90)]


def test_new_holdings_after_a_patch_add_to_it() -> None:
    added = report(3, {NAMES[0]: 1}, amendment=("NEW HOLDINGS", 2), filed=date(2025, 12, 3))
    assert judge(report(1, BOOK), restated(FEW), added)[2] == {**BOOK, NAMES[0]: 778}


def test_a_whole_restatement_replaces_a_patch_too() -> None:
    whole = restated(BOOK, 3, filed=date(2025, 12, 3))
    judged, flags, shares = judge(report(1, BOOK), restated(FEW), whole)
    assert shares == BOOK and sorted(judged["role"]) == ["replaced", "replaced", "restatement"]
    assert RejectKind.RESTATEMENT_DOUBTED not in set(flags["kind"])


@pytest.mark.parametrize("effect", AmendmentEffect)
@pytest.mark.parametrize("label", ["RESTATEMENT", "NEW HOLDINGS", "SOMETHING ELSE"])
def test_a_choice_overrules_label_and_evidence(effect: AmendmentEffect, label: str) -> None:
    amendment = report(2, {**FEW, A: 4}, amendment=(label, 1))
    judged, _, shares = judge(report(1, BOOK), amendment, around={True: NONE}, effects={AMENDMENT: effect})
    expected = {
        REPLACE: {**FEW, A: 4},
        PATCH: {**BOOK, **FEW, A: 4},
        ADD: {**BOOK, NAMES[0]: BOOK[NAMES[0]] + 777, A: 4},
    }
    assert decided(judged) == (effect, EffectEvidence.USER_CHOICE) and shares == expected[effect]


def test_a_choice_on_what_is_no_amendment_changes_nothing() -> None:
    judged, _, shares = judge(report(1, BOOK), effects={ORIGINAL: ADD, "0000000000-00-000000": PATCH})
    assert shares == BOOK and judged["role"].to_list() == [Role.BASE] and judged["amendment_effect"].to_list() == [None]


# ---- NEW HOLDINGS that repeats the report -------------------------------------------------------------------------


def test_new_holdings_that_repeats_the_report_counts_once() -> None:
    repeated = report(2, {**BOOK, A: 9}, amendment=("NEW HOLDINGS", 1))
    judged, flags, shares = judge(report(1, BOOK), repeated)
    assert shares == {**BOOK, A: 9} and decided(judged) == (PATCH, EffectEvidence.REPEATED_LINES)
    assert set(flags["kind"]) >= {RejectKind.NEW_HOLDINGS_REPEATED}


@pytest.mark.parametrize("repeated", [1, 2, 3])
def test_a_few_repeated_holdings_are_flagged_and_added(repeated: int) -> None:
    some = dict(list(BOOK.items())[:repeated])
    others = {cusip(f"9904{place:02d}10"): 5 for place in range(9)}
    judged, flags, shares = judge(report(1, BOOK), report(2, {**some, **others}, amendment=("NEW HOLDINGS", 1)))
    assert shares[NAMES[0]] == 2 * BOOK[NAMES[0]] and decided(judged) == (ADD, EffectEvidence.REPEATED_LINES)
    assert set(flags["kind"]) >= {RejectKind.NEW_HOLDINGS_REPEATED}


def test_more_of_what_is_held_is_no_repetition() -> None:
    more = report(2, dict.fromkeys(NAMES, 5), amendment=("NEW HOLDINGS", 1))
    judged, flags, shares = judge(report(1, BOOK), more)
    assert shares == {one: held + 5 for one, held in BOOK.items()}
    assert decided(judged) == (ADD, EffectEvidence.LABEL) and RejectKind.NEW_HOLDINGS_REPEATED not in set(flags["kind"])


# ---- which other reports are consulted ----------------------------------------------------------------------------


def test_only_reports_beside_a_doubtful_restatement_are_consulted() -> None:
    texts = [
        report(1, BOOK),
        restated(FEW),
        report(4, BOOK, period=Q2, filed=date(2025, 8, 14)),
        report(5, BOOK, period=Q4, filed=date(2026, 2, 14)),
        report(6, {A: 1}, period=Q4, filed=date(2026, 3, 1), amendment=("NEW HOLDINGS", 1)),
        report(7, BOOK, period=date(2026, 3, 31), filed=date(2026, 5, 14)),
        report(8, BOOK, cik=9_000_003_000, period=Q4, filed=date(2026, 2, 14)),
    ]
    neighbours = amendment_effects.neighbours(parse(*texts).filings)
    rows = neighbours.select("period_of_report", "is_next", "period", "accession_numbers").rows()
    assert rows == [(Q3, False, Q2, [accession(4)]), (Q3, True, Q4, [accession(5), accession(6)])]
    expected = " ".join(map(accession, (4, 5, 6)))
    assert amendment_effects.compared_with(neighbours)["_compared_with"].to_list() == [expected]


def test_a_report_that_is_in_doubt_itself_is_no_evidence() -> None:
    next_quarter = [
        report(5, BOOK, period=Q4, filed=date(2026, 2, 14)),
        restated(FEW, 6, period=Q4, filed=date(2026, 3, 1)),
    ]
    neighbours = amendment_effects.neighbours(parse(report(1, BOOK), restated(FEW), *next_quarter).filings)
    assert neighbours.is_empty()


SHARES = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 10**6), min_size=1, max_size=3)


@given(SHARES, st.sampled_from([{}, {True: MOST}, {True: NONE}, {False: MOST}]), st.integers(0, 10**6))
def test_order_of_arrival_never_matters(shares: dict[str, int], around: dict[bool, set[str]], seed: int) -> None:
    texts = [report(1, BOOK), restated(shares), report(3, {A: 5}, amendment=("NEW HOLDINGS", 2))]
    expected = judge(*texts, around=around)
    swapped = texts[seed % 3 :] + texts[: seed % 3]
    found = judge(*swapped, around=around)
    assert found[2] == expected[2]
    assert found[0].sort("accession_number").equals(expected[0].sort("accession_number"))
    assert expected[0].filter(pl.col("role").is_in(COUNTED_ROLES)).height
