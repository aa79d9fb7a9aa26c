"""Units, amendments and holdings: from lines as filed to effective holdings."""

from __future__ import annotations

import random
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import fewer_examples
from tests.filings.helpers import FILINGS_FOLDER, A, B, C, D, book, number_in, parse
from tests.submissions import line, submission
from tracker.filings import cusip_matches, holdings
from tracker.filings import submission as form13f
from tracker.filings.submission import Submissions
from tracker.tables import HOLDINGS, RejectKind, Severity, UnitEvidence

PERIOD = date(2025, 9, 30)


def load(*names: str) -> Submissions:
    """Hand-written filings by the beginning of their names."""
    paths = sorted(path for path in FILINGS_FOLDER.glob("*.txt") if path.name.startswith(names))
    assert paths
    return Submissions.concat(map(parse_file, paths))


@cache
def parse_file(path: Path) -> Submissions:
    return form13f.parse(path.read_bytes(), number_in(path.read_bytes()))


def run(parsed: Submissions) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    judged, flags = holdings.judge(parsed.filings, parsed.lines)
    matches = cusip_matches.match(judged, parsed.lines)
    flags = pl.concat([flags, cusip_matches.flag_matches(matches)])
    return judged, flags, HOLDINGS.check(holdings.effective(judged, parsed.lines, matches))


def held(effective: pl.DataFrame) -> dict[str, float]:
    return dict(effective.filter(pl.col("put_call") == "").select("cusip", "shares").rows())


def kinds(flags: pl.DataFrame) -> list[str]:
    assert set(flags["severity"]) <= {Severity.FLAGGED}
    return flags["kind"].to_list()


# ---- amendments ---------------------------------------------------------------------------------------------------


def test_a_restatement_replaces() -> None:
    judged, _, effective = run(load("restatement_"))
    assert held(effective) == {A: 1500}
    assert judged.sort("filing_date")["role"].to_list() == ["replaced", "restatement"]
    assert judged.sort("filing_date")["replaced_by"][0] == judged.sort("filing_date")["accession_number"][1]


def test_new_holdings_add() -> None:
    _, _, effective = run(load("new_holdings_"))
    assert held(effective) == {A: 1000, B: 2000, C: 500}


def test_several_amendments_apply_in_order_of_dates_not_of_text() -> None:
    judged, _, effective = run(load("several_1", "several_2", "several_3", "several_4"))
    assert held(effective) == {A: 1000, B: 50, D: 4000}
    assert effective.filter(pl.col("cusip") == A)["filing_count"].item() == 2
    assert sorted(judged["role"]) == ["new holdings", "replaced", "replaced", "restatement"]


def test_of_one_day_the_later_acceptance_is_the_newer() -> None:
    assert held(run(load("same_day_"))[2]) == {A: 1100, B: 2000}


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_cusip_under_two_names_has_the_one_that_most_is_held_under(is_reversed: bool) -> None:
    lines = [
        line(A, 500, 50, "SMALL PART TR", title="SHS"),
        line(A, 9000, 900, "LARGE PART INC", title="COM"),
        line(A, 400, 40, "SMALL PART TR", title="SHS"),
    ]
    text = submission(lines=lines[::-1] if is_reversed else lines)
    _, _, effective = run(parse(text))
    assert effective.select("name_of_issuer", "title_of_class", "shares").rows() == [("LARGE PART INC", "COM", 990.0)]


PRICES = ((A, 12.5), (B, 4.0), (C, 2.0))


def in_thousands(number: int, *, amendment: tuple[str, int] | None = None) -> bytes:
    """One manager's report with every value in thousands, as base or as restatement."""
    lines = [line(cusip, round(price * 9000 / 1000), 9000) for cusip, price in PRICES]
    return submission(number, cik=9_000_001_900, lines=lines, amendment=amendment)


def test_a_managers_own_restatements_do_not_confirm_its_unit() -> None:
    restated = [in_thousands(10 + number, amendment=("RESTATEMENT", number)) for number in (1, 2)]
    judged, flags, _ = run(parse(in_thousands(10), *restated))
    assert set(judged["unit_evidence"]) == {UnitEvidence.NOT_CONFIRMED} and set(judged["unit_lines"]) == {0}
    assert kinds(flags).count(RejectKind.UNIT_NOT_CONFIRMED) == 1


def test_one_other_manager_outweighs_a_managers_own_restatements() -> None:
    restated = [in_thousands(10 + number, amendment=("RESTATEMENT", number)) for number in (1, 2)]
    others = [book(fund, *((cusip, price, 5000) for cusip, price in PRICES)) for fund in (21, 22)]
    judged, _, effective = run(parse(in_thousands(10), *restated, *others))
    units = dict(judged.select("cik", "unit").unique().rows())
    assert units == {9_000_001_900: "thousands", 9_000_001_021: "dollars", 9_000_001_022: "dollars"}
    worth = effective.filter(pl.col("cik") == 9_000_001_900, pl.col("cusip") == A)["value_usd"].item()
    assert worth == pytest.approx(12.5 * 9000, rel=0.01)


def test_new_holdings_without_a_base_are_counted_and_flagged() -> None:
    _, flags, effective = run(load("amendment_without_base"))
    assert held(effective) == {A: 700}
    assert kinds(flags).count(RejectKind.NEW_HOLDINGS_ALONE) == 1


def test_a_restatement_of_one_corrected_line_does_not_wipe_the_book() -> None:
    judged, flags, effective = run(load("patch_"))
    shares = held(effective)
    assert len(shares) == 12 and (shares[A], shares[C]) == (1000, 200)
    assert judged.sort("filing_date")["role"].to_list() == ["base", "patch"]
    assert judged.sort("filing_date")["replaced_by"].to_list() == [None, None]
    assert kinds(flags).count(RejectKind.RESTATEMENT_DOUBTED) == 1


def test_a_notice_that_amends_replaces_the_report() -> None:
    judged, _, effective = run(load("withdrawn_"))
    assert effective.is_empty()
    assert judged.sort("filing_date")["role"].to_list() == ["replaced", "notice"]


def test_a_report_after_a_notice_counts_and_so_does_one_beside_a_notice() -> None:
    notice = submission(1, form="13F-NT", lines=[], filed=date(2025, 11, 3))
    _, flags, effective = run(parse(notice, submission(2, lines=[line(A, 1250, 100)])))
    assert held(effective) == {A: 100} and kinds(flags).count(RejectKind.NOTICE_BESIDE_REPORT) == 1
    withdrawn = submission(3, form="13F-NT", lines=[], amendment=("RESTATEMENT", 1), filed=date(2025, 11, 20))
    assert held(run(parse(notice, submission(2, lines=[line(A, 1250, 100)]), withdrawn))[2]) == {}
    again = submission(4, lines=[line(A, 1250, 70)], filed=date(2025, 12, 1), amendment=("RESTATEMENT", 2))
    assert held(run(parse(submission(2, lines=[line(A, 1250, 100)]), withdrawn, again))[2]) == {A: 70}


def test_new_holdings_after_a_withdrawal_are_counted_alone_and_flagged() -> None:
    withdrawn = submission(3, form="13F-NT", lines=[], amendment=("RESTATEMENT", 1), filed=date(2025, 11, 20))
    added = submission(4, lines=[line(B, 400, 100)], filed=date(2025, 12, 1), amendment=("NEW HOLDINGS", 2))
    _, flags, effective = run(parse(submission(2, lines=[line(A, 1250, 100)]), withdrawn, added))
    assert held(effective) == {B: 100} and kinds(flags).count(RejectKind.NEW_HOLDINGS_ALONE) == 1


def test_an_unknown_amendment_is_flagged_and_changes_nothing() -> None:
    judged, flags, effective = run(load("amendment_unknown"))
    assert effective.is_empty()
    assert judged["role"].to_list() == ["unknown amendment"]
    assert RejectKind.UNKNOWN_AMENDMENT in kinds(flags)


def test_a_second_original_replaces_the_first_and_both_are_flagged() -> None:
    parsed = parse(
        submission(1, lines=[line(A, 1250, 100)], filed=date(2025, 11, 1)),
        submission(2, lines=[line(A, 2500, 200)], filed=date(2025, 11, 2)),
    )
    _, flags, effective = run(parsed)
    assert held(effective) == {A: 200}
    assert kinds(flags).count(RejectKind.SEVERAL_ORIGINALS) == 2


def test_a_notice_has_no_holdings() -> None:
    judged, _, effective = run(load("notice"))
    assert judged["role"].to_list() == ["notice"]
    assert effective.is_empty()


@given(st.integers(0, 10**6))
def test_order_of_arrival_never_matters(seed: int) -> None:
    parsed = load(
        "several_", "new_holdings_", "restatement_", "same_day_", "patch_", "cusip", "thousands_2025", "plain"
    )
    shuffled = Submissions(
        parsed.filings.sample(fraction=1, shuffle=True, seed=seed),
        parsed.lines.sample(fraction=1, shuffle=True, seed=seed),
        parsed.rejects,
    )
    assert (
        run(shuffled)[2]
        .drop("name_of_issuer", "title_of_class")
        .equals(run(parsed)[2].drop("name_of_issuer", "title_of_class"))
    )


BOOK = st.dictionaries(st.sampled_from([A, B, C, D]), st.integers(0, 10**6), min_size=1)


@fewer_examples()
@given(BOOK, BOOK)
def test_a_restatement_equal_to_its_base_changes_nothing(base: dict[str, int], other: dict[str, int]) -> None:
    def text(number: int, positions: dict[str, int], fund: int, **given: object) -> bytes:
        return submission(number, cik=fund, lines=[line(c, n * 7, n) for c, n in positions.items()], **given)

    first, stranger = text(1, base, 9_000_000_901), text(2, other, 9_000_000_902)
    again = text(3, base, 9_000_000_901, amendment=("RESTATEMENT", 1))
    columns = pl.exclude("accession_number")
    assert run(parse(first, stranger, again))[2].select(columns).equals(run(parse(first, stranger))[2].select(columns))


@fewer_examples()
@given(BOOK, BOOK)
def test_a_filing_of_one_fund_never_changes_anothers_shares(mine: dict[str, int], other: dict[str, int]) -> None:
    def text(number: int, positions: dict[str, int]) -> bytes:
        return submission(number, cik=9_000_000_900 + number, lines=[line(c, n * 7, n) for c, n in positions.items()])

    alone = run(parse(text(1, mine)))[2]
    both = run(parse(text(1, mine), text(2, other)))[2].filter(pl.col("cik") == 9_000_000_901)
    assert both.equals(alone)


# ---- what one holding is ------------------------------------------------------------------------------------------


def test_lines_of_one_holding_add_up() -> None:
    _, _, effective = run(load("several_lines"))
    row = effective.filter(pl.col("cusip") == A).row(0, named=True)
    assert (row["shares"], row["value_usd"], row["line_count"]) == (1300, 16250, 4)


def test_options_and_principal_stand_apart() -> None:
    rows = run(load("options.txt"))[2].select("cusip", "put_call", "shares").rows()
    assert sorted(rows) == [(A, "", 1000), (A, "CALL", 700), (A, "PUT", 500), (B, "CALL", 2000)]
    principal = run(load("principal"))[2]
    assert principal.filter(pl.col("share_type") == "PRN")["shares"].to_list() == [1_000_000]
    assert held(principal.filter(pl.col("share_type") == "SH")) == {A: 1000}


def test_option_cusips_without_put_call_are_options_and_flagged() -> None:
    _, flags, effective = run(load("pseudo_options"))
    assert sorted(effective.filter(pl.col("put_call") != "")["put_call"]) == ["CALL", "PUT"]
    assert flags.filter(pl.col("kind") == RejectKind.OPTION_CUSIP)["reason"].item().startswith("2 lines: ")


def test_cusips_of_one_security_meet_however_they_are_written() -> None:
    parsed = load("cusips", "plain")
    _, flags, effective = run(parsed)
    of_filing = effective.filter(pl.col("cik") == parsed.filings.filter(pl.col("line_count") == 6)["cik"][0])
    assert {"G99A01100", B, C, "990101108", "99250E108", "001990100"} == set(of_filing["cusip"])
    reasons = dict(flags.select("kind", "reason").rows())
    assert reasons[RejectKind.CUSIP_INVALID].startswith("1 line: ")
    assert reasons[RejectKind.CUSIP_MATCHED].endswith(f"99010310 as {C}")


def test_a_check_digit_is_never_made_up() -> None:
    _, flags, effective = run(load("cusips"))
    assert "99010310" in set(effective["cusip"]) and C not in set(effective["cusip"])
    assert flags.filter(pl.col("kind") == RejectKind.CUSIP_SHORTENED)["reason"].item().endswith("as filed: 99010310")
    assert set(run(load("cusip_lost_zero"))[2]["cusip"]) == {"19990100", A}


def test_a_lost_letter_is_found_and_another_issuer_is_not() -> None:
    parsed = load("cusip_lost_letter", "cusips", "plain")
    of_filing = run(parsed)[2].filter(pl.col("cik") == 9_000_000_963)
    assert set(of_filing["cusip"]) == {"G99A01100", "99010110"}


def test_a_share_column_that_holds_the_value_is_flagged_and_not_believed() -> None:
    _, flags, effective = run(load("shares_are_dollars"))
    assert RejectKind.SHARES_ARE_VALUES in kinds(flags)
    assert effective["shares"].to_list() == [None] * effective.height
    assert effective["value_usd"].min() > 0


# ---- units --------------------------------------------------------------------------------------------------------


def test_thousands_since_2023_are_found_by_their_prices() -> None:
    judged, flags, effective = run(load("thousands_2025", "plain", "penny_stocks"))
    mine = judged.filter(pl.col("unit") == "thousands")
    assert mine.height == 1
    assert mine["unit_ratio"][0] == pytest.approx(0.001, rel=0.01)
    value = effective.filter((pl.col("cik") == mine["cik"][0]) & (pl.col("cusip") == A))
    assert value.select("shares", "value_usd").row(0) == (1_000_000, 12_500_000)
    assert RejectKind.UNIT_CONTRADICTED in kinds(flags)
    assert mine["unit_evidence"].item() == UnitEvidence.CONTRADICTED


def test_thousands_before_2023_are_the_rule_and_dollars_are_found() -> None:
    judged, _, effective = run(load("thousands_2022", "dollars_2022"))
    units = dict(judged.select("accession_number", "unit").rows())
    assert sorted(units.values()) == ["dollars", "thousands", "thousands"]
    values = effective.filter(pl.col("cusip") == A).sort("value_usd")["value_usd"].to_list()
    assert values == [6_250_000, 12_500_000, 12_500_000]


def test_penny_stocks_are_not_taken_for_thousands() -> None:
    judged, flags, effective = run(load("penny_stocks", "plain"))
    assert set(judged["unit"]) == {"dollars"}
    assert RejectKind.UNIT_NOT_CONFIRMED in kinds(flags)
    assert (effective["value_usd"] < 1e6).all()


def test_the_rule_is_of_the_filing_date_not_of_the_period() -> None:
    late = book(1, (A, 12.0, 1000), filed=date(2023, 3, 23), period=date(2021, 12, 31))
    early = book(2, (A, 12.0, 1000), filed=date(2022, 2, 14), period=date(2021, 12, 31), scale=1000)
    judged, _, effective = run(parse(late, early))
    assert dict(judged.sort("cik").select("cik", "unit").rows()) == {
        9_000_001_001: "dollars",
        9_000_001_002: "thousands",
    }
    assert effective["value_usd"].to_list() == pytest.approx([12_000, 12_000])


def test_two_lines_that_are_off_are_too_few() -> None:
    honest = [book(fund, (A, 12.5, 9000), (B, 4, 9000)) for fund in (1, 2, 3)]
    odd = book(4, (A, 12.5, 900_000), (B, 4, 900_000), scale=1000)
    judged, flags, _ = run(parse(*honest, odd))
    assert set(judged["unit"]) == {"dollars"}
    assert kinds(flags).count(RejectKind.UNIT_NOT_CONFIRMED) == 4
    assert set(judged["unit_evidence"]) == {UnitEvidence.NOT_CONFIRMED}


def test_prices_that_disagree_otherwise_are_flagged_not_mended() -> None:
    honest = [book(fund, *((c, 10, 1000) for c in (A, B, C, D))) for fund in (1, 2, 3)]
    odd = book(4, *((c, 100, 1000) for c in (A, B, C, D)))
    judged, flags, effective = run(parse(*honest, odd))
    assert set(judged["unit"]) == {"dollars"}
    assert kinds(flags) == [RejectKind.PRICES_DISAGREE]
    evidence = dict(judged.select("cik", "unit_evidence").rows())
    assert evidence.pop(9_000_001_004) == UnitEvidence.UNEXPLAINED
    assert set(evidence.values()) == {UnitEvidence.CONFIRMED}
    assert set(effective.filter(pl.col("cik") == 9_000_001_004)["value_usd"]) == {100_000.0}


@given(st.integers(0, 10**6), st.integers(1, 3))
def test_a_minority_in_the_other_unit_is_always_found(seed: int, odd: int) -> None:
    """Eight funds, up to three of them in thousands: books of at least four common stocks, any share counts."""
    chance = random.Random(seed)  # noqa: S311
    cusips = {A: 12.5, B: 4.0, C: 55.0, D: 8.8}
    texts = [
        book(
            fund,
            *(
                (cusip, price * chance.uniform(0.97, 1.03), chance.randint(10_000, 10**6))
                for cusip, price in cusips.items()
            ),
            scale=1000 if fund <= odd else 1,
        )
        for fund in range(1, 9)
    ]
    judged, _, effective = run(parse(*texts))
    found = set(judged.filter(pl.col("unit") == "thousands")["cik"])
    assert found == {9_000_001_000 + fund for fund in range(1, odd + 1)}
    prices = effective.with_columns(price=pl.col("value_usd") / pl.col("shares"))
    for cusip, price in cusips.items():
        assert prices.filter(pl.col("cusip") == cusip)["price"].is_between(price * 0.96, price * 1.04).all()


@pytest.mark.parametrize(
    "others", [{1037389, 102909}, pytest.param(None, marks=pytest.mark.slow)], ids=["few", "whole"]
)
def test_real_filings_in_thousands_are_found(shared: Path, others: set[int] | None) -> None:
    """T. Rowe Price reports thousands to this day, as do Greenbrier and Vulcan for 2025-12-31."""
    in_thousands = {80255, 1532262, 1556785}
    parsed = _real(shared, "2025-12-31", others and others | in_thousands)
    judged, _ = holdings.judge(parsed.filings, parsed.lines)
    assert set(judged.filter(pl.col("unit") == "thousands")["cik"]) == in_thousands


def test_real_filings_around_2023_come_out_right(shared: Path) -> None:
    metlife = _real(shared, "2021-12-31")
    judged, _ = holdings.judge(metlife.filings, metlife.lines)
    assert judged.select("accession_number", "unit").rows() == [("0001140361-23-013281", "dollars")]
    greenlight = _real(shared, "2019-12-31")
    judged, _ = holdings.judge(greenlight.filings, greenlight.lines)
    assert judged["unit"].to_list() == ["thousands"]


def _real(shared: Path, period: str, ciks: set[int] | None = None) -> Submissions:
    wanted = pl.read_csv(shared / "edgar" / "filings.csv")
    if ciks:
        wanted = wanted.filter(pl.col("cik").is_in(sorted(ciks)))
    folder = shared / "edgar" / "www.sec.gov" / "Archives" / "edgar" / "data"
    return Submissions.concat(
        form13f.parse_file(folder / str(cik) / number.replace("-", "") / f"{number}.txt", number, cik)
        for number, cik in wanted.filter(pl.col("period") == period).select("accession", "cik").rows()
    )


def test_real_filings_of_the_text_era_are_rejected_with_that_reason(shared: Path) -> None:
    """Greenlight's reports: free text for 1999 to the first quarter of 2013, tables in XML from then on."""
    known = pl.read_csv(shared / "edgar" / "filings.csv").filter(pl.col("cik") == 1079114)
    for period in known["period"].unique().sort():
        parsed = _real(shared, period)
        if period <= "2013-03-31":
            assert parsed.filings.filter(pl.col("cik") == 1079114).is_empty()
            reasons = parsed.rejects.filter(pl.col("cik") == 1079114)["reason"].to_list()
            assert reasons and all("text-era filing" in reason for reason in reasons), period
        elif period < "2025":
            assert parsed.filings.height == 1, period
