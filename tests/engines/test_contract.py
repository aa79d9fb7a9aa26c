"""The rules of the contract, a period each, written by hand; and made-up quarters that mix them all."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.engines.conftest import Count
from tests.engines.helpers import A, B, C, D, HandMade, quarter_ends
from tracker.tables import SECURITY_COUNTS, Role

(
    PLAIN, RESTATED, ADDED, PATCHED, THOUSANDS, OPTIONS, PRINCIPAL, FAMILIES, PADDED, SHORTENED, RENAMED, UNKNOWN, ZERO,
    OTHERS, NO_CUSIP, FRACTIONS, LARGE, PATCHED_OPTION, ONLY_OPTIONS, NOTHING, MISPLACED,
) = quarter_ends(21)  # fmt: skip


def quirks() -> HandMade:
    """Every rule of the contract."""
    made = HandMade()
    made.report(PLAIN, 1, (A, 10.0, 100.0), (A, 5.0, 50.0), (B, 1.0, 7.0))
    made.report(PLAIN, 3, (A, 20.0, 200.0))
    # the report is replaced: what was filed before has the role `replaced` and counts for nothing
    made.report(RESTATED, 1, (A, 10.0, 100.0), (B, 10.0, 100.0), role=Role.REPLACED)
    made.report(RESTATED, 1, (A, 4.0, 40.0), role=Role.RESTATEMENT, number=2)
    made.report(ADDED, 1, (A, 10.0, 100.0))
    made.report(ADDED, 1, (A, 3.0, 30.0), (B, 2.0, 20.0), role=Role.NEW_HOLDINGS, number=2)
    made.report(ADDED, 3, (A, 99.0, 990.0), role=Role.UNKNOWN_AMENDMENT)
    # a patch takes the place of its own securities in what was filed before, and of nothing filed after
    made.report(PATCHED, 1, (A, 10.0, 100.0), (A, 1.0, 10.0), (B, 5.0, 50.0))
    made.report(PATCHED, 1, (A, 7.0, 70.0), role=Role.PATCH, number=2)
    made.report(PATCHED, 1, (A, 2.0, 20.0), role=Role.NEW_HOLDINGS, number=3)
    made.report(THOUSANDS, 1, (A, 1000.0, 25.0), unit="thousands")
    made.report(THOUSANDS, 3, (A, 1000.0, 25_000.0))
    made.report(OPTIONS, 1, (A, 10.0, 100.0), (A, 50.0, 500.0, "CALL"), (A, 60.0, 600.0, "PUT"))
    # its number alone says that it is a call (90), or a put (95)
    made.report(OPTIONS, 3, ("990101909", 5.0, 50.0), ("990101958", 5.0, 50.0), ("990101909", 2.0, 2.0, "", "PRN"))
    made.report(PRINCIPAL, 1, (A, 1000.0, 900.0, "", "PRN"), (B, 1.0, 10.0))
    made.report(FAMILIES, 1, (A, 1.0, 10.0), (A, 4.0, 4.0, "CALL"))
    made.report(FAMILIES, 2, (A, 2.0, 20.0), (A, 4.0, 4.0, "CALL"))
    made.report(FAMILIES, 3, (A, 4.0, 40.0))
    made.report(PADDED, 1, (f" {A[:6]}-{A[6:]}", 1.0, 10.0), (A, 2.0, 20.0))
    made.report(PADDED, 3, ("g7997r103", 1.0, 10.0), ("G7997R103", 1.0, 10.0), ("G7997r909", 1.0, 1.0))
    made.spellings = {f" {A[:6]}-{A[6:]}": A, "g7997r103": "G7997R103", "G7997r909": "G7997R909"}
    # short for one CUSIP in one filing, for none in another; what looks like an option is a share once it is matched
    number = made.report(SHORTENED, 1, (A[1:], 1.0, 10.0), ("99010290", 2.0, 20.0))
    made.match(SHORTENED, number, A[1:], A)
    made.match(SHORTENED, number, "99010290", B)
    made.match(SHORTENED, made.report(SHORTENED, 3, (A[1:], 4.0, 40.0)), A[1:], None)
    made.report(RENAMED, 1, (A, 1.0, 10.0), (B, 1.0, 30.0))
    made.report(RENAMED, 3, (A, 1.0, 19.0), (C, 1.0, 5.0), (D, 1.0, 5.0), (D, 9.0, 900.0, "PUT"))
    made.ticker(RENAMED, A, B, ticker="TICK")
    made.ticker(RENAMED, C, D, ticker="TIED")
    made.report(UNKNOWN, 1, (A, 100.0, 100.0), is_share_value=True)
    made.report(UNKNOWN, 2, (A, 5.0, 50.0), is_share_value=None)
    made.report(UNKNOWN, 3, (B, 0.0, 0.0), is_share_value=True)
    made.report(ZERO, 1, (A, 0.0, 10.0), (A, 3.0, 30.0), (B, 0.0, 99.0))
    made.report(ZERO, 3, (A, None, 5.0), (A, 1.0, None))
    made.report(OTHERS, 9, (A, 10.0, 100.0))
    made.report(OTHERS, 77, (A, 10.0, 100.0))
    made.report(OTHERS, 1, (A, 1.0, 10.0))
    made.report(NO_CUSIP, 1, (None, 10.0, 100.0), (A, 1.0, 10.0))
    made.report(FRACTIONS, 1, *((A, 0.1, 0.1) for _ in range(10)))
    made.report(FRACTIONS, 3, (A, 1e15, 0.7), unit="thousands")
    made.report(LARGE, 1, *((A, 9_999_999_999_999_999.0, 9_999_999_999_999_999.0) for _ in range(3)), unit="thousands")
    made.report(PATCHED_OPTION, 1, (A, 10.0, 100.0), (A, 20.0, 200.0, "PUT"))
    made.report(PATCHED_OPTION, 1, (A, 1.0, 1.0, "PUT"), role=Role.PATCH, number=2)
    # held through options and as principal only: the CUSIP is the first, as nothing is held of either in shares
    made.report(ONLY_OPTIONS, 1, (B, 1.0, 10.0, "CALL"), (A, 1.0, 10.0, "", "PRN"))
    made.ticker(ONLY_OPTIONS, A, B, ticker="OPTN")
    made.report(NOTHING, 1, ("000000000", 0.0, 0.0))
    # of one filing's lines under a CUSIP those of one issuer are another security, options too; nobody else's are
    other = (A, 5.0, 50.0, "", "SH", "OTHER")
    moved = made.report(MISPLACED, 1, (A, 1.0, 10.0), other, (*other[:3], "PUT", "SH", "OTHER"), (B, 2.0, 20.0))
    made.misplace(MISPLACED, moved, A, "OTHER", B)
    made.report(MISPLACED, 3, (A, 4.0, 40.0, "", "SH", "OTHER"))
    return made


# period: cusip, ticker, holders, filers, shares, value_usd, call_holders, put_holders
EXPECTED = {
    PLAIN: [(A, None, 2, 2, 35, 350, 0, 0), (B, None, 1, 1, 1, 7, 0, 0)],
    RESTATED: [(A, None, 1, 1, 4, 40, 0, 0)],
    ADDED: [(A, None, 1, 1, 13, 130, 0, 0), (B, None, 1, 1, 2, 20, 0, 0)],
    PATCHED: [(A, None, 1, 1, 9, 90, 0, 0), (B, None, 1, 1, 5, 50, 0, 0)],
    THOUSANDS: [(A, None, 2, 2, 2000, 50_000, 0, 0)],
    OPTIONS: [
        (A, None, 1, 1, 10, 100, 1, 1),
        ("990101909", None, 0, 0, 0, 0, 1, 0),
        ("990101958", None, 0, 0, 0, 0, 0, 1),
    ],
    PRINCIPAL: [(B, None, 1, 1, 1, 10, 0, 0)],
    FAMILIES: [(A, None, 2, 3, 7, 70, 1, 0)],
    PADDED: [
        (A, None, 1, 1, 3, 30, 0, 0),
        ("G7997R103", None, 1, 1, 2, 20, 0, 0),
        ("G7997R909", None, 0, 0, 0, 0, 1, 0),
    ],
    SHORTENED: [
        ("90101107", None, 1, 1, 4, 40, 0, 0),
        (A, None, 1, 1, 1, 10, 0, 0),
        (B, None, 1, 1, 2, 20, 0, 0),
    ],
    RENAMED: [(B, "TICK", 2, 2, 3, 59, 0, 0), (C, "TIED", 1, 1, 2, 10, 0, 1)],
    UNKNOWN: [(A, None, 1, 2, 5, 150, 0, 0)],
    ZERO: [(A, None, 2, 2, 4, 45, 0, 0)],
    OTHERS: [(A, None, 1, 1, 1, 10, 0, 0)],
    NO_CUSIP: [(A, None, 1, 1, 1, 10, 0, 0)],
    FRACTIONS: [(A, None, 2, 2, 1_000_000_000_000_001, 701, 0, 0)],
    LARGE: [(A, None, 1, 1, 30_000_000_000_000_000, 30_000_000_000_000_000_000, 0, 0)],
    PATCHED_OPTION: [(A, None, 1, 1, 10, 100, 0, 1)],
    ONLY_OPTIONS: [(A, "OPTN", 0, 0, 0, 0, 1, 0)],
    NOTHING: [],
    MISPLACED: [(A, None, 2, 2, 5, 50, 0, 0), (B, None, 1, 1, 7, 70, 0, 1)],
}


def expected(period: date) -> pl.DataFrame:
    rows = [dict(zip(SECURITY_COUNTS.columns, (period, *row), strict=True)) for row in EXPECTED[period]]
    return SECURITY_COUNTS.frame([{**row, **_floats(row)} for row in rows])


def _floats(row: dict[str, object]) -> dict[str, float]:
    return {name: float(row[name]) for name in ("shares", "value_usd")}  # type: ignore[arg-type]


def test_every_engine_follows_every_rule(count_by: Count, tmp_path: Path) -> None:
    counts = count_by(quirks().write(tmp_path))
    wrong = [period for period in EXPECTED if not counts.filter(period_of_report=period).equals(expected(period))]
    assert wrong == [], counts.filter(pl.col("period_of_report").is_in(wrong)).rows()
    assert_frame_equal(counts, pl.concat(map(expected, EXPECTED)))


def test_the_rules_are_those_of_a_refresh() -> None:
    made = quirks()
    inexact = (FRACTIONS, LARGE)  # a refresh adds floats
    made.filings = [row for row in made.filings if row["period_of_report"] not in (*inexact, NO_CUSIP)]
    wanted = pl.concat(expected(period) for period in EXPECTED if period not in (*inexact, NO_CUSIP))
    assert_frame_equal(made.published(), wanted)


def made_up(seed: int) -> HandMade:
    """Three quarters of few securities, in which everything meets everything."""
    chosen = random.Random(seed)  # noqa: S311
    made = HandMade(funds={cik: (f"FAMILY {cik % 5}", cik % 4 > 0) for cik in range(1, 12)})
    cusips = [A, B, C, D, "990101909", "990102956", " 990103103", A[1:]]
    made.spellings = {" 990103103": C}
    roles = [Role.BASE, Role.NEW_HOLDINGS, Role.PATCH, Role.REPLACED, Role.RESTATEMENT]
    for period in quarter_ends(3):
        made.ticker(period, *chosen.sample([A, B, C, D], 2), ticker="ZZZ")
        for cik in range(1, 12):
            for number in range(1, chosen.randint(2, 4)):
                lines = [
                    (
                        chosen.choice(cusips),
                        float(chosen.choice([0, chosen.randint(1, 10**6)])),
                        float(chosen.randint(0, 10**9)),
                        chosen.choice(["", "", "", "PUT", "CALL"]),
                        chosen.choice(["SH", "SH", "SH", "PRN"]),
                    )
                    for _ in range(chosen.randint(0, 12))
                ]
                accession_number = made.report(
                    period,
                    cik,
                    *lines,
                    role=chosen.choice(roles),
                    unit=chosen.choice(["dollars", "dollars", "thousands"]),
                    is_share_value=chosen.choice([False, False, None, True]),
                    number=number,
                )
                if chosen.random() < 0.5:
                    made.match(period, accession_number, A[1:], chosen.choice([A, None]))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_every_engine_counts_made_up_quarters_as_a_refresh_does(count_by: Count, tmp_path: Path, seed: int) -> None:
    made = made_up(seed)
    assert_frame_equal(count_by(made.write(tmp_path)), made.published())


def test_a_quarter_without_filings_has_no_rows(count_by: Count, tmp_path: Path) -> None:
    made = HandMade()
    made.report(PLAIN, 9, (A, 1.0, 10.0))
    assert count_by(made.write(tmp_path)).equals(SECURITY_COUNTS.frame())
