"""CUSIPs, tickers and kinds of security."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.securities.helpers import NEW, OLD, match, newest
from tracker.securities import ticker_map
from tracker.tables import HOLDER_COUNTS, PRICES, SECURITIES


def test_the_pair_seen_last_counts_and_a_ticker_may_have_had_several_cusips() -> None:
    assert newest(("1", "OLDT", OLD), ("1", "NEWT", NEW), ("2", "NEWT", OLD)) == {"1": "NEWT", "2": "NEWT"}


def test_of_one_day_the_listed_ticker_counts() -> None:
    assert newest(("1", "AAA", NEW), ("1", "ZZZZ", NEW), tickers=("ZZZZ",)) == {"1": "ZZZZ"}


def test_another_companys_old_cusip_does_not_get_the_ticker_it_once_had() -> None:
    known = match([("48115J109", "DERM", NEW), ("24983L104", "DERM", OLD)], tickers=("DERM",))
    found = ticker_map.tickers(
        pl.DataFrame({"cusip": ["48115J109", "24983L104"], "name_of_issuer": ["JOURNEY MED CORP", "DERMIRA INC"]}),
        known,
    )
    assert found.rows() == [("48115J109", "DERM")]


def test_the_same_company_keeps_its_ticker_through_new_numbers() -> None:
    known = match(
        [("266042407", "DUOT", NEW), ("266042209", "DUOT", OLD), ("81727U105", "SENS", NEW), ("817268105", "SENS", OLD)]
    )
    names = {
        "266042209": "DUOS TECHNOLOGIES GROUP INC",
        "817268105": "SENSEONICS HLDGS INC",
        "81727U105": "Senseonics Holdings",
    }
    found = ticker_map.tickers(pl.DataFrame({"cusip": list(names), "name_of_issuer": list(names.values())}), known)
    assert found.rows() == [("266042209", "DUOT"), ("817268105", "SENS"), ("81727U105", "SENS")]


# ---- on a date ----------------------------------------------------------------------------------------------------

MARCH, MAY, JULY, SEPTEMBER = (date(2025, month, 1) for month in (3, 5, 7, 9))


def spans(*pairs: tuple[str, str, date, date]) -> pl.DataFrame:
    """SECURITIES of (cusip, ticker, first seen, last seen)."""
    return SECURITIES.frame(
        {"cusip": cusip, "ticker": ticker, "first_seen": first, "last_seen": last, "is_listed": True}
        for cusip, ticker, first, last in pairs
    )


def on(day: date | None, held: dict[str, str], known: pl.DataFrame) -> dict[str, str]:
    frame = pl.DataFrame({"cusip": list(held), "name_of_issuer": list(held.values())})
    return dict(ticker_map.tickers(frame, known, day).rows())


@pytest.mark.parametrize(
    ("day", "ticker"),
    [
        (date(2024, 1, 1), "OLDT"),  # before it was seen at all: the first
        (MARCH, "OLDT"),
        (date(2025, 6, 30), "OLDT"),  # seen last as OLDT in May
        (JULY, "NEWT"),
        (date(2026, 6, 1), "NEWT"),
        (None, "NEWT"),
    ],
)
def test_a_renamed_stock_has_the_ticker_of_the_day(day: date | None, ticker: str) -> None:
    known = spans(("1", "OLDT", MARCH, MAY), ("1", "NEWT", JULY, SEPTEMBER))
    assert on(day, {"1": "ACME"}, known) == {"1": ticker}


def test_a_name_that_came_up_while_the_old_one_was_still_seen_is_the_newer() -> None:
    known = spans(("1", "OLDT", MARCH, JULY), ("1", "NEWT", MAY, SEPTEMBER))
    assert on(date(2025, 6, 1), {"1": "ACME"}, known) == {"1": "NEWT"}
    assert on(date(2025, 4, 1), {"1": "ACME"}, known) == {"1": "OLDT"}


def test_a_ticker_belongs_to_the_company_that_had_it_on_the_day() -> None:
    held = {"48115J109": "JOURNEY MED CORP", "24983L104": "DERMIRA INC"}
    known = spans(
        ("24983L104", "DERM", date(2019, 1, 2), date(2020, 2, 20)),
        ("48115J109", "DERM", date(2021, 11, 15), date(2025, 12, 31)),
    )
    assert on(None, held, known) == on(date(2025, 9, 30), held, known) == {"48115J109": "DERM"}
    assert on(date(2019, 12, 31), held, known) == {"24983L104": "DERM"}


def test_both_numbers_of_a_reverse_split_have_the_ticker_on_every_day() -> None:
    held = {"266042209": "DUOS TECHNOLOGIES GROUP INC", "266042407": "DUOS TECHNOLOGIES GROUP INC"}
    known = spans(("266042209", "DUOT", MARCH, MAY), ("266042407", "DUOT", JULY, SEPTEMBER))
    for day in (None, MARCH, MAY, JULY, SEPTEMBER):
        assert on(day, held, known) == dict.fromkeys(held, "DUOT")


days = st.integers(0, 700).map(lambda count: date(2024, 1, 1) + timedelta(count))


@given(
    st.lists(st.tuples(st.sampled_from("AB"), days, days), min_size=1, max_size=6, unique_by=lambda one: one[0]), days
)
def test_no_ticker_is_taken_from_the_future_while_an_older_one_is_known(
    seen: list[tuple[str, date, date]], day: date
) -> None:
    known = spans(*(("1", ticker, min(a, b), max(a, b)) for ticker, a, b in seen))
    first = {ticker: min(a, b) for ticker, a, b in seen}
    (found,) = on(day, {"1": "ACME"}, known).values()
    if any(start <= day for start in first.values()):
        assert first[found] <= day
    else:
        assert first[found] == min(first.values())


def test_a_list_of_a_day_bears_the_tickers_of_that_day() -> None:
    known = spans(("1", "OLDT", MARCH, MAY), ("1", "NEWT", JULY, SEPTEMBER), ("2", "SAME", MARCH, SEPTEMBER))
    counts = HOLDER_COUNTS.frame(
        {"cusip": cusip, "ticker": ticker, "name_of_issuer": "ACME", "holders": 1}
        for cusip, ticker in (("1", "NEWT"), ("2", "SAME"), ("3", None))
    )
    told = ticker_map.with_tickers_of(counts, known, MAY)
    assert told.columns == counts.columns
    assert dict(told.select("cusip", "ticker").rows()) == {"1": "OLDT", "2": "SAME", "3": None}
    assert ticker_map.with_tickers_of(counts, known, SEPTEMBER).equals(counts)


def test_a_ticker_that_passed_on_is_given_to_one_company_only() -> None:
    """1 was WXYZ and is WXYN; 2 took WXYZ over later."""
    known = spans(("1", "WXYZ", MARCH, MAY), ("1", "WXYN", JULY, SEPTEMBER), ("2", "WXYZ", SEPTEMBER, SEPTEMBER))
    counts = HOLDER_COUNTS.frame(
        {"cusip": cusip, "ticker": ticker, "name_of_issuer": name, "holders": 1}
        for cusip, ticker, name in (("1", "WXYN", "FIRST CO"), ("2", "WXYZ", "SECOND CO"))
    )
    assert dict(ticker_map.with_tickers_of(counts, known, MAY).select("cusip", "ticker").rows()) == {
        "1": "WXYZ",
        "2": None,
    }


# ---- prices across a change of name -------------------------------------------------------------------------------


def prices(**closes: dict[date, float]) -> pl.DataFrame:
    return PRICES.frame(
        {"ticker": ticker, "date": day, "close": close, "source": "nasdaq"}
        for ticker, found in closes.items()
        for day, close in found.items()
    )


def series(frame: pl.DataFrame, ticker: str) -> list[float]:
    return frame.filter(pl.col("ticker") == ticker).sort("date")["close"].to_list()


RENAMED = spans(("1", "OLDT", MARCH, MAY), ("1", "NEWT", JULY, SEPTEMBER))
JUNE = date(2025, 6, 16)


def test_prices_go_on_under_the_new_name() -> None:
    given = prices(OLDT={MARCH: 1.0, MAY: 2.0}, NEWT={JUNE: 3.0, SEPTEMBER: 4.0})
    assert series(ticker_map.follow(given, RENAMED, SEPTEMBER), "NEWT") == [1.0, 2.0, 3.0, 4.0]
    assert series(ticker_map.follow(given, RENAMED, SEPTEMBER), "OLDT") == []
    assert series(ticker_map.follow(given, RENAMED, MAY), "OLDT") == [1.0, 2.0, 3.0, 4.0]


def test_prices_of_another_company_under_the_name_are_not_taken() -> None:
    """NEWT was another's until May, and OLDT is another's from July on."""
    given = prices(OLDT={MARCH: 1.0, MAY: 2.0, SEPTEMBER: 90.0}, NEWT={MARCH: 70.0, MAY: 80.0, SEPTEMBER: 4.0})
    found = ticker_map.follow(given, RENAMED, SEPTEMBER)
    assert series(found, "NEWT") == [1.0, 2.0, 4.0]
    assert series(found, "OLDT") == [90.0]


def test_a_source_that_writes_todays_ticker_on_all_its_history_stays_as_it_is() -> None:
    given = prices(NEWT={MARCH: 1.0, MAY: 2.0, SEPTEMBER: 4.0})
    assert ticker_map.follow(given, RENAMED, SEPTEMBER).equals(given.sort("ticker", "date"))
    assert series(ticker_map.follow(given, RENAMED, MAY), "OLDT") == [1.0, 2.0, 4.0]


def test_names_seen_side_by_side_are_no_change_of_name() -> None:
    assert ticker_map.renames(spans(("1", "AAA", MARCH, JULY), ("1", "BBB", MAY, SEPTEMBER))).is_empty()
    found = ticker_map.renames(RENAMED)
    assert found.rows() == [("1", "OLDT", "NEWT", MAY, JULY)]


# ---- OpenFIGI -----------------------------------------------------------------------------------------------------
