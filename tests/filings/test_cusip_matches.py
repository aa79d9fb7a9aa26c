"""Shortened CUSIPs: matched where the period's filings agree on issuer and price, kept as filed otherwise."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data_sets import Line, Report, read_data_set, write
from tests.submissions import cusip
from tracker.filings import cusip_matches, holdings
from tracker.filings import submission as form13f
from tracker.filings.submission import Submissions
from tracker.tables import CUSIP_MATCHES, MatchEvidence, RejectKind

WHOLE = cusip("14161W10")  # 14161W105
NAME, PRICE = "CARDLYTICS INC", 1.15
LONE = 9_000_004_001


def filer(number: int, *lines: Line, **given: object) -> Report:
    return Report(number, lines, cik=9_000_004_000 + number, **given)  # type: ignore[arg-type]


def position(one: str, name: str = NAME, price: float = PRICE, shares: int = 10_000) -> Line:
    return Line(one, round(price * shares), shares, name)


def read(*reports: Report) -> Submissions:
    return Submissions.concat(form13f.parse(report.text, report.accession) for report in reports)


def match(*reports: Report) -> tuple[dict[str, tuple[str | None, str]], pl.DataFrame]:
    """What the first filer's CUSIPs stand for, with the evidence; and all holdings."""
    parsed = read(*reports)
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    matches = CUSIP_MATCHES.check(cusip_matches.match(judged, parsed.lines))
    effective = holdings.effective(judged, parsed.lines, matches)
    own = matches.filter(pl.col("cik") == LONE).select("cusip_as_filed", "cusip", "evidence").rows()
    return {filed: (whole, evidence) for filed, whole, evidence in own}, effective


OTHERS = [filer(number, position(WHOLE)) for number in (2, 3)]


@pytest.mark.parametrize(
    "filed", ["14161105", "14161W10", " 14161w10 ", "4161W105"], ids=["a letter", "check digit", "written", "the first"]
)
def test_a_lost_character_is_found_by_what_others_file(filed: str) -> None:
    found, effective = match(filer(1, position(filed, "Cardlytics, Inc.")), *OTHERS)
    assert found == {filed.strip(): (WHOLE, MatchEvidence.MATCHED)}
    assert set(effective["cusip"]) == {WHOLE}


@pytest.mark.parametrize("zeros", [1, 2, 3])
def test_lost_zeros_are_found_by_what_others_file(zeros: int) -> None:
    whole = cusip("0" * zeros + "36020600"[: 8 - zeros])
    found, _ = match(filer(1, position(whole[zeros:])), filer(2, position(whole)))
    assert found == {whole[zeros:]: (whole, MatchEvidence.MATCHED)}


def test_the_check_digit_that_would_fit_is_not_made_up() -> None:
    found, effective = match(filer(1, position("14161105")), filer(2, position(cusip("99010110"))))
    assert found == {"14161105": (None, MatchEvidence.NOT_FILED)}
    assert cusip("14161105") not in set(effective["cusip"]) and "14161105" in set(effective["cusip"])


@pytest.mark.parametrize(
    ("other", "evidence"),
    [
        (position(WHOLE, "CARDINAL HEALTH INC"), MatchEvidence.OTHER_ISSUER),
        (position(WHOLE, price=PRICE * 1.06), MatchEvidence.OTHER_PRICE),
        (position(WHOLE, shares=0), MatchEvidence.OTHER_PRICE),
        (position(WHOLE, price=PRICE * 1.04), MatchEvidence.MATCHED),
    ],
)
def test_issuer_and_price_have_to_agree(other: Line, evidence: MatchEvidence) -> None:
    found, _ = match(filer(1, position("14161105")), filer(2, other))
    assert found == {"14161105": (WHOLE if evidence == MatchEvidence.MATCHED else None, evidence)}


def twins() -> tuple[str, str, str]:
    """Two whole CUSIPs that read alike without one character, and how they read."""
    by_short: dict[str, str] = {}
    for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ":
        whole = cusip(f"14161{letter}10")
        short = whole[:5] + whole[6:]
        if short in by_short:
            return by_short[short], whole, short
        by_short[short] = whole
    raise AssertionError


def test_of_two_that_read_alike_the_one_with_issuer_and_price_counts() -> None:
    one, other, short = twins()
    for issuer, price in (("OTHER CORP", PRICE), (NAME, PRICE * 3)):
        reports = filer(2, position(one)), filer(3, position(other, issuer, price))
        assert match(filer(1, position(short)), *reports)[0] == {short: (one, MatchEvidence.MATCHED)}
    both = match(filer(1, position(short)), filer(2, position(one)), filer(3, position(other)))[0]
    assert both == {short: (None, MatchEvidence.SEVERAL)}


@pytest.mark.parametrize(
    ("name", "other", "is_alike"),
    [
        ("KKR & CO L P DEL", "KKR AND CO INC", True),
        ("HILTON GRAND VACATIONS", "HILTON    GRAND     VACATIONS INC", True),
        ("FIRST FINL BANCORP", "FIRST FINANCIAL BANCORP /OH/", True),
        ("FIRST BANCORP", "FIRST FINANCIAL CORP", False),
        ("THE ALLSTATE CORPORATION", "ALLSTATE CORP", True),
        ("NEW GOLD INC", "NEW YORK TIMES CO", False),
        ("", "", False),
    ],
)
def test_issuers_are_alike_without_their_legal_forms(name: str, other: str, is_alike: bool) -> None:
    if not name:
        name = other = "-"  # a name without a word is nobody's
    found, _ = match(filer(1, position("14161105", name)), filer(2, position(WHOLE, other)))
    assert (found["14161105"][0] == WHOLE) is is_alike


def test_each_filing_is_matched_by_itself() -> None:
    reports = [filer(1, position("14161105")), filer(2, position("14161105", "OTHER CORP")), filer(3, position(WHOLE))]
    effective = match(*reports)[1]
    assert dict(effective.select("cik", "cusip").rows()) == {LONE: WHOLE, LONE + 1: "14161105", LONE + 2: WHOLE}


def test_a_filing_in_thousands_is_compared_in_dollars() -> None:
    many = [position(cusip(f"9905{place:02d}10"), f"N{place}", 3.0 + place, 50_000) for place in range(6)]
    short = position("14161105", shares=100_000)
    lines = [Line(one.cusip, round(float(one.value) / 1000), one.shares, one.name) for one in (*many, short)]
    found, effective = match(filer(1, *lines), *(filer(n, *many, position(WHOLE)) for n in (2, 3)))
    assert found == {"14161105": (WHOLE, MatchEvidence.MATCHED)}
    assert effective.filter(pl.col("cik") == LONE, pl.col("cusip") == WHOLE)["value_usd"].item() == 115_000


def test_whole_and_shortened_lines_of_one_filing_add_up() -> None:
    effective = match(filer(1, position("14161105", shares=300), position(WHOLE, shares=500)), *OTHERS)[1]
    own = effective.filter(pl.col("cik") == LONE)
    assert own.select("cusip", "shares", "line_count").rows() == [(WHOLE, 800.0, 2)]


def test_an_options_number_is_no_shortened_one() -> None:
    """Character 7 and 8 are 95: read from the shortened number, the shares would be puts."""
    whole = next(one for one in (cusip(f"0{base:05d}29") for base in range(10_000, 99_999)) if one.endswith("5"))
    short = whole[1:]
    assert short[6:8] == "95"
    effective = match(filer(1, position(short)), filer(2, position(whole)))[1]
    assert effective.filter(pl.col("cik") == LONE).select("cusip", "put_call").rows() == [(whole, "")]


@pytest.mark.parametrize("filed", ["14161W104", "000000000", "N/A", "141", "!!!!!!!!", "999999999999"])
def test_what_lost_no_characters_is_never_matched(filed: str) -> None:
    found, effective = match(filer(1, position(filed)), *OTHERS)
    assert found == {filed: (None, MatchEvidence.NOT_SHORTENED)}
    assert filed in set(effective["cusip"])


def test_whole_cusips_and_option_numbers_are_no_matter() -> None:
    parsed = read(filer(1, position("037833900", "APPLE INC")), *OTHERS)
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    assert cusip_matches.match(judged, parsed.lines).is_empty()
    assert cusip_matches.related(parsed.lines["cusip"]) == []


def test_few_lines_have_to_be_read() -> None:
    parsed = read(filer(1, position("14161105"), position(cusip("99010110"))), *OTHERS)
    assert cusip_matches.related(parsed.lines["cusip"]) == ["14161105", WHOLE]


def test_matched_and_kept_ones_are_flagged_each() -> None:
    parsed = read(filer(1, position("14161105"), position("99010110", "NOBODY INC")), *OTHERS)
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    flags = cusip_matches.flag_matches(cusip_matches.match(judged, parsed.lines))
    reasons = dict(flags.select("kind", "reason").rows())
    assert reasons.keys() == {RejectKind.CUSIP_MATCHED, RejectKind.CUSIP_SHORTENED}
    assert f"14161105 as {WHOLE}" in reasons[RejectKind.CUSIP_MATCHED]
    assert "99010110" in reasons[RejectKind.CUSIP_SHORTENED]


REPORTS = [
    filer(1, position("14161105", "Cardlytics, Inc."), position("99010110", "NOBODY INC"), position("000000000")),
    filer(2, position(WHOLE), position("4161W105", price=9)),
    filer(3, position(WHOLE, price=1.16), position("14161W104")),
]


@given(st.permutations(range(len(REPORTS))), st.integers(0, 10**6))
def test_the_order_of_reading_never_matters(order: list[int], seed: int) -> None:
    def matches(parsed: Submissions) -> pl.DataFrame:
        lines = parsed.lines.sample(fraction=1, shuffle=True, seed=seed)
        return cusip_matches.match(holdings.judge(parsed.filings, lines)[0], lines)

    assert matches(read(*(REPORTS[place] for place in order))).equals(matches(read(*REPORTS)))


def test_data_sets_and_submissions_give_the_same(tmp_path: Path) -> None:
    path = write(tmp_path / "01sep2025-30nov2025_form13f.zip", REPORTS)
    both = []
    for parsed in (read_data_set(path, REPORTS[0].period), read(*REPORTS)):
        judged, _ = holdings.judge(parsed.filings, parsed.lines)
        both.append(cusip_matches.match(judged, parsed.lines))
    assert both[0].equals(both[1]) and both[0].height == 5
