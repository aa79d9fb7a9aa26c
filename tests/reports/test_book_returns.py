"""Books followed from the day after they were filed: never from the quarter's end, and never by a later amendment."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from tracker.reports.book_returns import excess_of_peers, follow, measure
from tracker.tables import JUDGED_FILINGS, Role

Q1, Q2, Q3 = date(2025, 3, 31), date(2025, 6, 30), date(2025, 9, 30)
MAY, AUGUST, NOVEMBER = date(2025, 5, 15), date(2025, 8, 14), date(2025, 11, 14)
SPANS = pl.DataFrame(
    {"cik": [1], "period_of_report": [Q1], "followed_from": [MAY], "followed_to": [AUGUST]},
)


def filed(*rows: tuple[date, date, Role], cik: int = 1) -> pl.DataFrame:
    return JUDGED_FILINGS.frame(
        {"accession_number": f"{number}", "cik": cik, "period_of_report": period, "filing_date": day, "role": role}
        for number, (period, day, role) in enumerate(rows)
    )


def book(**weights: float) -> pl.DataFrame:
    rows = [(1, Q1, ticker, ticker if ticker != "none" else None, weight) for ticker, weight in weights.items()]
    return pl.DataFrame(rows, schema=["cik", "period_of_report", "security", "ticker", "weight"], orient="row")


def closes(**tickers: dict[date, float]) -> pl.DataFrame:
    rows = [(ticker, day, value) for ticker, days in tickers.items() for day, value in days.items()]
    schema = {"ticker": pl.String(), "date": pl.Date(), "adjusted": pl.Float64()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def jumps(*rows: tuple[str, date]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"ticker": pl.String(), "date": pl.Date()}, orient="row")


WHOLE = {
    "A": {Q1: 1.0, MAY - timedelta(1): 90.0, MAY: 100.0, AUGUST - timedelta(1): 300.0, AUGUST: 150.0},
    "B": {MAY + timedelta(4): 10.0, AUGUST + timedelta(1): 9.0},
}


def returned(books: pl.DataFrame, prices: pl.DataFrame, *unclear: tuple[str, date]) -> tuple[float, float | None]:
    row = measure(SPANS, books, prices, jumps(*unclear)).row(0, named=True)
    return row["priced_pct"], row["return_pct"]


def test_a_book_is_followed_from_the_day_after_filing_to_the_next() -> None:
    rows = filed((Q1, MAY, Role.BASE), (Q2, AUGUST, Role.BASE), (Q3, NOVEMBER, Role.BASE))
    assert follow(rows).rows() == [
        (1, Q1, MAY + timedelta(1), AUGUST + timedelta(1)),
        (1, Q2, AUGUST + timedelta(1), NOVEMBER + timedelta(1)),
    ]


def test_an_amendment_is_not_known_before_it_is_filed() -> None:
    rows = filed((Q1, MAY, Role.BASE), (Q1, date(2025, 6, 20), Role.NEW_HOLDINGS), (Q2, AUGUST, Role.BASE))
    assert follow(rows)["followed_from"].to_list() == [date(2025, 6, 21)]
    late = filed((Q1, MAY, Role.REPLACED), (Q1, NOVEMBER, Role.RESTATEMENT), (Q2, AUGUST, Role.BASE))
    assert follow(late).is_empty()


def test_a_missing_quarter_ends_nothing() -> None:
    assert follow(filed((Q1, MAY, Role.BASE), (Q3, NOVEMBER, Role.BASE))).is_empty()
    assert follow(filed((Q1, MAY, Role.BASE), (Q2, AUGUST, Role.NOTICE))).is_empty()


def test_a_return_by_hand() -> None:
    """A from 100 to 150, B from 10 to 9, a week late: not from the quarter's end, nor the filing day's close."""
    assert returned(book(A=0.6, B=0.4), closes(**WHOLE)) == (pytest.approx(100), pytest.approx(0.6 * 50 - 0.4 * 10))


def test_a_stock_that_is_gone_is_sold_at_its_last_close() -> None:
    gone = {**WHOLE, "B": {MAY: 10.0, date(2025, 6, 2): 4.0}}
    assert returned(book(A=0.5, B=0.5), closes(**gone)) == (pytest.approx(100), pytest.approx(25 - 30))


def test_what_has_no_price_is_left_to_the_rest_while_that_is_half() -> None:
    assert returned(book(A=0.6, none=0.4), closes(**WHOLE)) == (pytest.approx(60), pytest.approx(50))
    assert returned(book(A=0.4, none=0.6), closes(**WHOLE)) == (pytest.approx(40), None)
    late = {**WHOLE, "B": {MAY + timedelta(8): 10.0, AUGUST: 20.0}}
    assert returned(book(A=0.6, B=0.4), closes(**late)) == (pytest.approx(60), pytest.approx(50))


def test_an_unexplained_jump_is_not_a_return() -> None:
    assert returned(book(A=0.6, B=0.4), closes(**WHOLE), ("A", date(2025, 7, 1))) == (pytest.approx(40), None)
    assert returned(book(A=0.6, B=0.4), closes(**WHOLE), ("A", MAY), ("A", NOVEMBER))[0] == pytest.approx(100)


def test_a_book_that_is_not_over_has_no_return() -> None:
    until = closes(A={MAY: 100.0, AUGUST - timedelta(1): 300.0})
    assert returned(book(A=1.0), until) == (pytest.approx(100), None)
    assert measure(SPANS.clear(), book(A=1.0), until, jumps()).is_empty()


def test_peers_are_the_books_of_the_same_quarter() -> None:
    results = pl.DataFrame({"period_of_report": [Q1, Q1, Q2, Q1], "return_pct": [4.0, 1.0, 9.0, None]})
    assert excess_of_peers(results)["excess_pct"].to_list() == [1.5, -1.5, None, None]
