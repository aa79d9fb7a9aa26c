"""Which ticker a CUSIP had on a day, from what had been seen by then."""

from __future__ import annotations

from datetime import date

import polars as pl

from tracker.strategies.known_tickers import known_by, seen_by, seen_later
from tracker.tables import PRICES, SECURITIES

DAY = date(2025, 6, 30)
QUOTED = PRICES.frame(
    {"ticker": ticker, "date": DAY, "close": 1.0, "name": f"{ticker} Common Stock", "source": "file:x"}
    for ticker in ("OLD", "NEW", "LATE", "TWICE")
)


def pair(cusip: str, ticker: str, first: date, last: date = date(2025, 12, 31)) -> dict[str, object]:
    return {"cusip": cusip, "ticker": ticker, "first_seen": first, "last_seen": last, "name": "TODAY'S NAME"}


def known(*pairs: dict[str, object]) -> dict[str, str]:
    return dict(known_by(SECURITIES.frame(pairs), QUOTED, DAY).select("cusip", "ticker").iter_rows())


def test_the_pair_that_appeared_last_counts_whenever_it_was_last_seen() -> None:
    assert known(pair("1", "OLD", date(2024, 1, 2)), pair("1", "NEW", date(2025, 1, 2), date(2025, 2, 3))) == {
        "1": "NEW"
    }


def test_a_new_name_does_not_count_before_its_day() -> None:
    assert known(pair("1", "OLD", date(2024, 1, 2)), pair("1", "NEW", date(2025, 7, 1))) == {"1": "OLD"}


def test_a_ticker_that_is_not_quoted_on_the_day_is_none() -> None:
    assert known(pair("1", "OLD", date(2024, 1, 2)), pair("1", "GONE", date(2025, 1, 2))) == {"1": "OLD"}


def test_a_cusip_that_was_seen_later_has_its_first_ticker_and_is_told() -> None:
    rows = [
        pair("1", "LATE", date(2025, 8, 1)),
        pair("1", "TWICE", date(2025, 9, 1)),
        pair("2", "OLD", date(2024, 1, 2)),
    ]
    securities = known_by(SECURITIES.frame(rows), QUOTED, DAY)
    assert dict(securities.select("cusip", "ticker").iter_rows()) == {"1": "LATE", "2": "OLD"}
    assert seen_later(securities).to_list() == ["1"]


def test_names_are_those_of_the_day() -> None:
    securities = known_by(SECURITIES.frame([pair("1", "OLD", date(2024, 1, 2))]), QUOTED, DAY)
    assert securities["name"].to_list() == ["OLD Common Stock"]


def test_changes_of_name_are_followed_as_far_as_they_were_seen() -> None:
    rows = SECURITIES.frame([pair("1", "OLD", date(2024, 1, 2)), pair("1", "NEW", date(2025, 7, 1))])
    seen = seen_by(rows, DAY)
    assert seen.select("ticker", "last_seen").rows() == [("OLD", DAY)]
    assert rows.filter(pl.col("last_seen") > DAY).height == 2
