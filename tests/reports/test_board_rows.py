"""What puts a position on a board: each rule with the case that a naive one gets wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from tracker.reports import board_rows
from tracker.tables import POSITIONS, PRICES, SPLITS, SplitStatus

END = date(2025, 9, 30)
A, B = 1, 2  # managers
RATIOS = pl.DataFrame(schema={"ticker": pl.String, "split_ratio": pl.Float64})


def positions(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {"share_type": "SH", "put_call": "", "value_usd": 100.0, "portfolio_pct": 1.0, "shares": 10.0}
    return board_rows.held(
        POSITIONS.frame(
            {**defaults, "manager_name": f"FUND {row['cik']}", "family": f"Family {row['cik']}", **row} for row in rows
        )
    )


def twice(*ciks: int) -> pl.Series:
    return pl.Series(ciks, dtype=pl.Int64)


def tickers(frame: pl.DataFrame) -> list[Any]:
    return frame["security"].to_list()


def test_conviction_adds_up_the_cusips_of_a_ticker() -> None:
    now = positions(
        {"cik": A, "cusip": "111111111", "ticker": "X", "portfolio_pct": 3.0},
        {"cik": A, "cusip": "222222222", "ticker": "X", "portfolio_pct": 2.0},
        {"cik": B, "cusip": "111111111", "ticker": "X", "portfolio_pct": 4.9},
        {"cik": B, "cusip": "333333333", "ticker": "Y", "portfolio_pct": 50.0, "put_call": "CALL"},
    )
    (row,) = board_rows.conviction(now).to_dicts()
    assert (row["cik"], row["security"], row["portfolio_pct"]) == (A, "X", 5.0)


def test_a_split_does_not_double_and_a_missing_report_does_not_either() -> None:
    now = positions(
        {"cik": A, "cusip": "111111111", "ticker": "SPLIT", "shares": 20.0},
        {"cik": A, "cusip": "222222222", "ticker": "MORE", "shares": 20.0},
        {"cik": A, "cusip": "333333333", "ticker": "NEW", "shares": 20.0},
        {"cik": B, "cusip": "222222222", "ticker": "MORE", "shares": 90.0},
    )
    before = positions(
        {"cik": A, "cusip": "111111111", "ticker": "SPLIT"},
        {"cik": A, "cusip": "222222222", "ticker": "MORE"},
        {"cik": B, "cusip": "222222222", "ticker": "MORE"},
    )
    ratios = pl.DataFrame({"ticker": ["SPLIT"], "split_ratio": [2.0]})
    changes = board_rows.with_changes(now, before, twice(A), ratios)
    (row,) = board_rows.doubled(changes).to_dicts()
    assert (row["cik"], row["security"], row["times"]) == (A, "MORE", 2.0)


def test_a_first_buy_is_new_in_all_quarters_to_somebody_who_reported_before() -> None:
    now = positions(
        {"cik": A, "cusip": "111111111", "ticker": "NEW"},
        {"cik": B, "cusip": "111111111", "ticker": "NEW"},
        {"cik": A, "cusip": "222222222", "ticker": "AGAIN"},
        {"cik": B, "cusip": "333333333", "ticker": "HERS"},
        {"cik": A, "cusip": "444444202", "ticker": None},
    )
    before = positions({"cik": A, "cusip": "555555555", "ticker": "OLD"}, {"cik": A, "cusip": "444444103"})
    earlier = positions({"cik": B, "cusip": "222222222", "ticker": "AGAIN"})
    found = board_rows.first_buys(now, [before, earlier], twice(A))
    assert tickers(found) == ["NEW"]  # HERS may have been held by B before; 444444202 is a new CUSIP of 444444103
    assert found["holders"].to_list() == [2]


def test_what_a_renamed_company_was_called_is_not_new() -> None:
    now = positions({"cik": A, "cusip": "111111111", "ticker": "AFTER"})
    before = positions({"cik": A, "cusip": "111111111", "ticker": "BEFORE"})
    assert tickers(board_rows.first_buys(now, [before], twice(A))) == []
    assert tickers(board_rows.sold_out(now, before, twice(A))) == []


def test_sold_out_waits_for_every_holder() -> None:
    before = positions(
        {"cik": A, "cusip": "111111111", "ticker": "GONE"},
        {"cik": A, "cusip": "222222222", "ticker": "AWAITED"},
        {"cik": B, "cusip": "222222222", "ticker": "AWAITED"},
        {"cik": A, "cusip": "333333333", "ticker": "KEPT"},
        {"cik": A, "cusip": "444444103"},
    )
    now = positions({"cik": A, "cusip": "333333333", "ticker": "KEPT"}, {"cik": A, "cusip": "444444202"})
    assert tickers(board_rows.sold_out(now, before, twice(A))) == ["GONE"]
    assert tickers(board_rows.sold_out(now, before, twice(A, B))) == ["AWAITED", "GONE"]


def test_crowded_is_of_two_families_or_more_with_a_volume() -> None:
    now = positions(
        *({"cik": cik, "cusip": "111111111", "ticker": "SLOW", "shares": 500.0} for cik in (A, B)),
        *({"cik": cik, "cusip": "222222222", "ticker": "QUICK", "shares": 500.0} for cik in (A, B)),
        *({"cik": cik, "cusip": "333333333", "ticker": "UNTRADED"} for cik in (A, B)),
        {"cik": A, "cusip": "444444444", "ticker": "ALONE", "shares": 9e9},
    )
    volumes = pl.DataFrame({"ticker": ["SLOW", "QUICK", "UNTRADED", "ALONE"], "typical_volume": [100.0, 1e3, 0.0, 1.0]})
    found = board_rows.crowded(now, volumes)
    assert dict(found.select("security", "days_to_trade").rows()) == {"SLOW": 10.0, "QUICK": 1.0}
    assert tickers(found) == ["SLOW", "QUICK"]


@pytest.mark.parametrize(("is_adjusted", "expected"), [(False, [2000.0, 1000.0]), (True, [100.0, 100.0])])
def test_volumes_are_in_shares_of_the_quarters_end(is_adjusted: bool, expected: list[float]) -> None:
    """A split of 2:1 within the days, and one of 10:1 since, by which a source that adjusts goes, too."""
    days = [date(2025, 9, 10), date(2025, 9, 20)]
    prices = PRICES.frame(
        {"ticker": "X", "date": day, "source": "s", "volume": 1000.0, "is_adjusted": is_adjusted} for day in days
    )
    splits = SPLITS.frame(
        {"ticker": "X", "date": day, "ratio": ratio, "source": "s", "status": SplitStatus.USED}
        for day, ratio in ((date(2025, 9, 15), 2.0), (date(2025, 10, 15), 10.0))
    )
    found = board_rows.in_shares_of_the_end(prices, splits, pl.lit(END))
    assert found.sort("date")["volume"].to_list() == expected
