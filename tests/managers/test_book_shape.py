"""The shape of a manager's newest book, against lines whose shares are known."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.managers.helpers import filing
from tracker.managers import book_shape
from tracker.tables import BOOK_SHAPES, JUDGED_FILINGS, LINES

Q2, Q3 = date(2025, 6, 30), date(2025, 9, 30)


def line(accession_number: str, cusip: str, value: float | None, **given: object) -> dict[str, object]:
    defaults = {"put_call": "", "name_of_issuer": "ACME INC", "title_of_class": "COM"}
    return {"accession_number": accession_number, "cusip": cusip, "value": value, **defaults, **given}


def measure(
    lines: list[dict[str, object]], *, filings: list[dict[str, object]] | None = None
) -> dict[int, dict[str, object]]:
    """The shapes by CIK; by default filing `a` is of manager 9, `b` of 8, and `p` of 9 for the quarter before."""
    judged = JUDGED_FILINGS.frame(
        filings
        or [
            filing(9, accession_number="a"),
            filing(8, accession_number="b"),
            filing(9, accession_number="p", period_of_report=Q2),
        ]
    )
    frame = LINES.frame({"line_number": at, **row} for at, row in enumerate(lines))
    reports = book_shape.newest_reports(judged)
    before = book_shape.reports_before(judged, reports)
    shapes = book_shape.measure(
        reports, frame.select(book_shape.LINE_COLUMNS), before, frame.select(book_shape.COLUMNS_BEFORE)
    )
    return {row["cik"]: row for row in BOOK_SHAPES.check(shapes).to_dicts()}


def test_what_is_measured_is_the_newest_report_that_counts() -> None:
    filings = [
        filing(8, line_count=5000, period_of_report=Q2),
        filing(8, number=2, line_count=10),
        filing(9, line_count=1500),
        filing(9, number=2, line_count=600, role="new holdings"),
        filing(9, number=3, line_count=9000, role="replaced"),
        filing(7, period_of_report=Q2),
        filing(7, number=2, role="notice"),
    ]
    judged = JUDGED_FILINGS.frame(filings)
    reports = book_shape.newest_reports(judged)
    assert reports["accession_number"].to_list() == [
        "0000000008-25-000002",
        "0000000009-25-000001",
        "0000000009-25-000002",
    ]
    assert book_shape.reports_before(judged, reports).select("cik", "accession_number").rows() == [
        (8, "0000000008-25-000001")
    ]


def test_shares_are_of_the_value_without_options() -> None:
    lines = [line("a", f"0000000{at:02}", 10.0) for at in range(20)]
    lines += [line("a", "000000000", 90.0), line("a", "000000001", 200.0, put_call="PUT")]
    lines += [line("a", "999999999", 100.0, put_call="CALL")]
    assert measure(lines)[9] == {
        "cik": 9,
        "position_count": 20,
        "top_ten_share": pytest.approx((100 + 9 * 10) / 290),
        "option_share": pytest.approx(300 / 590),
        "etf_share": 0.0,
        "turnover": 1.0,
    }


def test_funds_are_known_by_issuer_and_title() -> None:
    lines = [
        line("a", "464287200", 10.0, name_of_issuer="ISHARES TR", title_of_class="CORE S&P500 ETF"),
        line("a", "922908363", 20.0, name_of_issuer="VANGUARD INDEX FDS", title_of_class="S&P 500 ETF SHS"),
        line("a", "78462F103", 30.0, name_of_issuer="SPDR S&P 500 ETF TR", title_of_class="TR UNIT"),
        line("a", "46090E103", 40.0, name_of_issuer="INVESCO QQQ TR", title_of_class="UNIT SER 1"),
        line("a", "78462F103", 900.0, put_call="PUT", name_of_issuer="SPDR S&P 500 ETF TR"),
        line("a", "037833100", 100.0, name_of_issuer="APPLE INC"),
        line("b", "037833100", 100.0, name_of_issuer="APPLE INC"),
    ]
    shapes = measure(lines)
    assert (shapes[9]["etf_share"], shapes[8]["etf_share"]) == (0.5, 0.0)


def test_turnover_is_the_part_not_reported_the_quarter_before() -> None:
    lines = [
        line("a", "000000001", 30.0),
        line("a", "000000001", 30.0),
        line("a", "000000002", 20.0),
        line("a", "000000003", 20.0),
        line("p", "000000001", 1.0),
        line("p", "000000003", 1.0, put_call="PUT"),  # not held itself
        line("b", "000000001", 1.0),
    ]
    shapes = measure(lines)
    assert shapes[9]["turnover"] == pytest.approx(0.4)
    assert shapes[8]["turnover"] is None  # no report for the quarter before
    filings = JUDGED_FILINGS.frame([filing(9, accession_number="a")])
    alone = book_shape.measure(book_shape.newest_reports(filings), LINES.frame([{"line_number": 1, **lines[0]}]))
    assert alone["turnover"].to_list() == [None]


def test_a_book_of_nothing_but_options_or_without_values_has_no_shares() -> None:
    shapes = measure([line("a", "000000001", 5.0, put_call="CALL"), line("b", "000000001", None)])
    assert shapes[9] == {
        **dict.fromkeys(BOOK_SHAPES.columns),
        "cik": 9,
        "position_count": 0,
        "option_share": 1.0,
    }
    assert (shapes[8]["position_count"], shapes[8]["top_ten_share"]) == (1, None)
    assert measure([line("other", "000000001", 5.0)]) == {}


def test_the_order_of_lines_decides_nothing() -> None:
    lines = [
        line("a", f"0000000{at:02}", float(at), name_of_issuer=name)
        for at in range(30)
        for name in ("ACME INC", "ISHARES TR")
    ]
    assert measure(lines) == measure(lines[::-1])


def test_the_quarter_before_is_found_across_a_year() -> None:
    filings = [
        filing(9, accession_number="a", period_of_report=date(2025, 3, 31)),
        filing(9, accession_number="p", period_of_report=date(2024, 12, 31)),
        filing(9, accession_number="q", period_of_report=date(2024, 9, 30)),
    ]
    judged = JUDGED_FILINGS.frame(filings)
    before = book_shape.reports_before(judged, book_shape.newest_reports(judged))
    assert before["accession_number"].to_list() == ["p"]
    assert pl.Series(before["period_of_report"]).to_list() == [date(2024, 12, 31)]
