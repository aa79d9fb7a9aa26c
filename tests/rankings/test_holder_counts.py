"""Counting holders."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.rankings.helpers import BEFORE, NOW, A, B, C, D, holding, manager, positions
from tracker.rankings import holder_counts
from tracker.rankings.reporting import Reporting
from tracker.tables import HOLDER_COUNTS, POSITIONS


def count(
    rows: list[dict[str, object]], managers: list[dict[str, object]], before: list[dict[str, object]] | None = None
) -> dict[str, dict[str, object]]:
    families = pl.Series([row["family"] for row in managers]).unique()
    reporting = Reporting(compared=families, expected=families.len(), reported=families.len())
    counted = holder_counts.count(
        positions(rows, managers), positions(before, managers, BEFORE) if before is not None else None, reporting
    )
    return {row["cusip"]: row for row in HOLDER_COUNTS.check(counted).to_dicts()}


FUNDS = [manager(1), manager(2, "HOUSE"), manager(3, "HOUSE"), manager(4, is_hedge_fund=False)]


def test_a_family_counts_once_and_only_hedge_funds_count() -> None:
    row = count([holding(1), holding(2, shares=70), holding(3, shares=50), holding(4)], FUNDS)[A]
    assert (row["holders"], row["filers"], row["shares"], row["value_usd"]) == (2, 3, 220, 2200)
    assert (row["largest_holder"], row["largest_holder_shares"]) == ("HOUSE", 120)


def test_options_principal_and_zero_shares_are_no_holdings() -> None:
    rows = [
        holding(1, put_call="CALL"),
        holding(2, put_call="PUT"),
        holding(3, share_type="PRN"),
        holding(1, B, shares=0),
    ]
    counted = count(rows, FUNDS)
    assert (counted[A]["holders"], counted[A]["call_holders"], counted[A]["put_holders"]) == (0, 1, 1)
    assert counted[A]["shares"] == 0
    assert B not in counted


def test_changes_are_against_the_quarter_before() -> None:
    managers = [manager(cik) for cik in range(1, 6)]
    now = [holding(1, shares=100), holding(2, shares=150), holding(3, shares=50), holding(4)]
    before = [holding(1, shares=100), holding(2, shares=100), holding(3, shares=100), holding(5)]
    row = count(now, managers, before)[A]
    found = {key: row[key] for key in ("holders", "holders_previous", "new", "closed", "increased", "reduced")}
    assert found == {"holders": 4, "holders_previous": 4, "new": 1, "closed": 1, "increased": 1, "reduced": 1}


def test_what_is_held_no_more_has_a_row_with_no_holders() -> None:
    row = count([holding(1)], FUNDS, [holding(1), holding(1, B)])[B]
    assert (row["holders"], row["holders_previous"], row["closed"], row["period_of_report"]) == (0, 1, 1, NOW)


def test_changes_are_unknown_where_the_quarter_before_is_not_loaded() -> None:
    row = count([holding(1)], FUNDS)[A]
    assert [row[key] for key in ("holders_previous", "new", "closed", "awaited", "holders_carried")] == [None] * 5


def test_portfolio_shares_leave_options_out_and_add_up() -> None:
    rows = [holding(1, shares=30), holding(1, B, shares=70), holding(1, put_call="CALL", shares=900)]
    made = POSITIONS.check(positions(rows, FUNDS))
    shares = made.filter(pl.col("put_call") == "")
    assert sorted(shares["portfolio_pct"]) == [30, 70]
    assert made.filter(pl.col("put_call") == "CALL")["portfolio_pct"].to_list() == [None]


def test_a_security_has_the_name_that_most_managers_give() -> None:
    managers = [manager(1), manager(2), manager(3)]
    rows = [holding(1, shares=9_000, name_of_issuer="AN ETF"), holding(2), holding(3)]
    assert count(rows, managers)[A]["name_of_issuer"] == "BRINDLE FOUNDRY CORP"


def test_several_cusips_of_one_ticker_are_one_security() -> None:
    row = count([holding(1, C), holding(1, D), holding(2, D)], FUNDS)[D]
    assert (row["ticker"], row["holders"], row["shares"], row["cusips"]) == ("BRND", 2, 300, f"{D} {C}")


def test_a_new_cusip_of_the_same_ticker_is_no_new_position() -> None:
    row = count([holding(1, D)], FUNDS, [holding(1, C)])[D]
    assert [row[key] for key in ("holders_previous", "new", "closed", "increased", "reduced")] == [1, 0, 0, 0, 0]


def test_shares_that_are_not_known_are_held_and_add_nothing() -> None:
    row = count([holding(1), {**holding(2), "shares": None, "value_usd": 500.0}], FUNDS)[A]
    assert (row["holders"], row["shares"], row["value_usd"]) == (2, 100, 1500)


BOOKS = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([A, B]), st.integers(0, 1000)),
    unique_by=lambda row: row[:2],
    max_size=8,
)


@given(BOOKS)
def test_counts_agree_with_counting_by_hand(book: list[tuple[int, str, int]]) -> None:
    house = {row["cik"]: row["family"] for row in FUNDS if row["is_hedge_fund"]}
    expected: dict[str, set[object]] = {}
    for cik, cusip, shares in book:
        if shares and cik in house:
            expected.setdefault(cusip, set()).add(house[cik])
    counted = count([holding(cik, cusip, shares) for cik, cusip, shares in book], FUNDS)
    assert {cusip: row["holders"] for cusip, row in counted.items()} == {c: len(who) for c, who in expected.items()}
