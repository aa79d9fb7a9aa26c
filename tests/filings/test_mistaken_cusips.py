"""Lines under another security's CUSIP: counted under the one that issuer and price show, or flagged."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data_sets import Line, Report
from tests.submissions import cusip
from tracker.filings import cusip_matches, holdings, mistaken_cusips
from tracker.filings import submission as form13f
from tracker.filings.submission import Submissions
from tracker.tables import CUSIP_MATCHES, MatchEvidence, RejectKind

MILESTONE, MORGAN, OTHER = cusip("59935P20"), cusip("61744644"), cusip("99010110")
LONE = 9_000_004_001
Found = dict[tuple[str, str], tuple[str | None, str]]


def filer(number: int, *lines: Line, **given: object) -> Report:
    return Report(number, lines, cik=9_000_004_000 + number, **given)  # type: ignore[arg-type]


def position(one: str, name: str, price: float, shares: int = 1000, **given: object) -> Line:
    return Line(one, round(price * shares), shares, name, **given)  # type: ignore[arg-type]


def milestone(price: float = 0.45, shares: int = 10_000) -> Line:
    return position(MILESTONE, "MILESTONE SCIENTIFIC INC", price, shares)


def morgan(price: float = 158.96, name: str = "MORGAN STANLEY", one: str = MORGAN, **given: object) -> Line:
    return position(one, name, price, **given)  # type: ignore[arg-type]


OTHERS = [filer(number, milestone(), morgan()) for number in (2, 3, 4, 5)]


def read(*reports: Report) -> Submissions:
    return Submissions.concat(form13f.parse(report.text, report.accession) for report in reports)


def find(*reports: Report) -> tuple[Found, pl.DataFrame]:
    """What CUSIPs stand for, by number and issuer, with the evidence; and all holdings."""
    parsed = read(*reports)
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    matches = CUSIP_MATCHES.check(mistaken_cusips.find(judged, parsed.lines))
    rows = matches.select("cusip_as_filed", "name_of_issuer", "cusip", "evidence").rows()
    found = {(filed, name): (whole, evidence) for filed, name, whole, evidence in rows}
    return found, holdings.effective(judged, parsed.lines, matches)


def held(effective: pl.DataFrame, put_call: str = "") -> dict[str, float]:
    own = effective.filter(pl.col("cik") == LONE, pl.col("put_call") == put_call)
    return dict(own.select("cusip", "shares").rows())


def test_a_line_is_counted_under_the_number_that_its_issuer_and_price_show() -> None:
    found, effective = find(filer(1, morgan(one=MILESTONE)), *OTHERS)
    assert found == {(MILESTONE, "MORGAN STANLEY"): (MORGAN, MatchEvidence.OTHER_SECURITY)}
    assert held(effective) == {MORGAN: 1000.0}


def test_the_filers_true_line_under_the_number_stays() -> None:
    found, effective = find(filer(1, milestone(), morgan(one=MILESTONE), morgan(shares=7)), *OTHERS)
    assert list(found) == [(MILESTONE, "MORGAN STANLEY")]
    assert held(effective) == {MILESTONE: 10_000.0, MORGAN: 1007.0}


def test_options_of_the_issuer_go_with_its_shares() -> None:
    own = filer(1, morgan(one=MILESTONE), morgan(one=MILESTONE, put_call="Put", shares=300))
    effective = find(own, *OTHERS)[1]
    assert held(effective) == {MORGAN: 1000.0} and held(effective, "PUT") == {MORGAN: 300.0}


@pytest.mark.parametrize(
    ("line", "others"),
    [
        (morgan(one=MILESTONE, price=0.45), OTHERS),
        (position(MILESTONE, "MILESTONE SCIENTIFIC", 158.96), OTHERS),
        (position(MILESTONE, "THE NEW MILESTONE CO", 158.96), OTHERS),
        (morgan(one=MILESTONE), OTHERS[:2]),
        (morgan(one=MILESTONE), [*OTHERS, filer(6, morgan(one=MILESTONE, price=160))]),
        (morgan(one=MILESTONE, shares=0), OTHERS),
    ],
    ids=["its price", "its name", "its name within", "two witnesses", "another files it so", "no price"],
)
def test_a_line_is_left_where_one_of_the_signs_is_missing(line: Line, others: list[Report]) -> None:
    found, effective = find(filer(1, line), *others)
    assert found == {} and set(held(effective)) == {MILESTONE}


@pytest.mark.parametrize(
    "others",
    [
        [filer(number, milestone()) for number in (2, 3, 4, 5)],
        [filer(number, milestone(), morgan(price=100.0)) for number in (2, 3, 4, 5)],
        [filer(number, milestone(), morgan(name="MORGAN GROUP HOLDING CO XAVER")) for number in (2, 3, 4, 5)],
        [*OTHERS, filer(6, morgan(one=OTHER))],
    ],
    ids=["nobody files it", "another price", "another issuer", "two numbers"],
)
def test_what_no_other_number_explains_is_counted_as_filed_and_told(others: list[Report]) -> None:
    parsed = read(filer(1, morgan(one=MILESTONE)), *others)
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    found, effective = find(filer(1, morgan(one=MILESTONE)), *others)
    assert found == {(MILESTONE, "MORGAN STANLEY"): (None, MatchEvidence.CONTRADICTED)}
    assert set(held(effective)) == {MILESTONE}
    (flag,) = cusip_matches.flag_matches(mistaken_cusips.find(judged, parsed.lines)).to_dicts()
    assert flag["kind"] == RejectKind.CUSIP_CONTRADICTED and MILESTONE in flag["reason"]


def test_what_is_counted_elsewhere_is_told() -> None:
    parsed = read(filer(1, morgan(one=MILESTONE)), *OTHERS)
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    (flag,) = cusip_matches.flag_matches(mistaken_cusips.find(judged, parsed.lines)).to_dicts()
    assert flag["kind"] == RejectKind.CUSIP_OF_ANOTHER and f"{MILESTONE} as {MORGAN}" in flag["reason"]


def test_a_filing_in_thousands_is_no_other_price() -> None:
    many = [position(cusip(f"9905{place:02d}10"), f"N{place}", 3.0 + place, 50_000) for place in range(6)]
    own = [*many, position(MILESTONE, "MLSS", 0.45, 1_000_000)]
    lines = [Line(one.cusip, round(float(one.value) / 1000), one.shares, one.name) for one in own]
    found, _ = find(filer(1, *lines), *(filer(n, *many, milestone()) for n in (2, 3, 4, 5)))
    assert found == {}


def test_the_steps_on_the_lines_that_they_need_give_the_same() -> None:
    parsed = read(filer(1, morgan(one=MILESTONE), position(OTHER, "NOBODY", 3.0)), *OTHERS)
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    doubted = mistaken_cusips.doubtful(judged, parsed.lines.select(mistaken_cusips.PRICED))
    assert doubted["cusip"].to_list() == [MILESTONE]
    own = mistaken_cusips.alone(judged, doubted, parsed.lines.filter(pl.col("cusip") == MILESTONE))
    assert mistaken_cusips.words(own) == ["MORGAN"]
    named = parsed.lines.filter(pl.col("name_of_issuer").str.contains("MORGAN"))
    assert mistaken_cusips.match(judged, own, named).equals(mistaken_cusips.find(judged, parsed.lines))


def test_nothing_is_found_in_no_lines() -> None:
    parsed = read(*OTHERS)
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    assert mistaken_cusips.find(judged, parsed.lines.clear()).is_empty()


@given(st.permutations(range(5)), st.integers(0, 10**6))
def test_the_order_of_reading_never_matters(order: list[int], seed: int) -> None:
    reports = [filer(1, morgan(one=MILESTONE), morgan(one=MILESTONE, name="MORGAN STANLEY CO")), *OTHERS]

    def matches(parsed: Submissions) -> pl.DataFrame:
        lines = parsed.lines.sample(fraction=1, shuffle=True, seed=seed)
        return mistaken_cusips.find(holdings.judge(parsed.filings, lines)[0], lines)

    assert matches(read(*(reports[place] for place in order))).equals(matches(read(*reports)))
