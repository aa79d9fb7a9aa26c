"""Prices are dated alike however their days are looked up."""

from __future__ import annotations

from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from tracker.store import session_dates
from tracker.tables import PRICE_DAYS, PRICES

DAYS = [date(2025, 3, day) for day in (10, 11, 12, 13)]
UNMOVED, LATER = (date(2001, 1, 2), date(2025, 3, 17), date(2040, 1, 3)), date(2025, 3, 20)
SOURCES, EXCHANGES = ("a", "b", "file:c"), ("NASDAQ", "NYSE", "", None)
ROWS = PRICES.frame(
    {"date": day, "ticker": f"T{number}", "close": 1.0, "source": source, "exchange": exchange}
    for source in SOURCES
    for number, exchange in enumerate(EXCHANGES)
    for day in (*DAYS, *UNMOVED, LATER)
)
MOVED = PRICE_DAYS.frame(
    [
        {"source": "a", "exchange": "NASDAQ", "supplied_date": DAYS[1], "date": DAYS[0], "status": "redated"},
        {"source": "a", "exchange": "NYSE", "supplied_date": DAYS[1], "date": DAYS[0], "status": "redated"},
        {"source": "a", "exchange": "NYSE", "supplied_date": LATER, "date": date(2025, 3, 19), "status": "redated"},
        {"source": "a", "exchange": "NASDAQ", "supplied_date": DAYS[0], "date": None, "status": "superseded"},
        {"source": "a", "exchange": "NYSE", "supplied_date": DAYS[2], "date": DAYS[2], "status": "doubtful"},
        {"source": "b", "exchange": "", "supplied_date": DAYS[3], "date": DAYS[2], "status": "redated"},
        {"source": "b", "exchange": "", "supplied_date": DAYS[2], "date": None, "status": "repeated"},
    ]
)


def test_comparing_and_joining_date_alike() -> None:
    moved = MOVED.filter(pl.col("date").ne_missing(pl.col("supplied_date")))
    groups = session_dates._alike(moved)
    compared = session_dates._compared(ROWS.lazy(), moved, groups).collect()
    assert_frame_equal(compared, session_dates._joined(ROWS.lazy(), moved).collect())
    moved_days = pl.Series([*DAYS, LATER], dtype=pl.Date)
    changed = compared.filter(compared["date"].ne_missing(ROWS["date"]))
    assert ROWS.filter(compared["date"].ne_missing(ROWS["date"]))["date"].is_in(moved_days.implode()).all()
    assert sorted(set(changed.select("source", "ticker").rows())) == [
        ("a", "T0"),
        ("a", "T1"),
        ("b", "T2"),
        ("b", "T3"),
    ]


def test_exchanges_with_the_same_days_are_looked_up_together() -> None:
    of_a = MOVED.filter(source="a", supplied_date=DAYS[1])
    assert [group["exchange"].to_list() for group in session_dates._alike(of_a)] == [["NASDAQ", "NYSE"]]


def test_some_tickers_are_dated_as_among_all() -> None:
    for ticker in ROWS["ticker"].unique():
        alone = session_dates.dated(ROWS.lazy().filter(pl.col("ticker") == ticker), MOVED).collect()
        among_all = session_dates.dated(ROWS.lazy(), MOVED).filter(pl.col("ticker") == ticker).collect()
        assert_frame_equal(alone, among_all)
