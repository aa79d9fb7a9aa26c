"""What changed since the quarter before, like with like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rankings.helpers import BEFORE, A, B, C, D, filings, holding, manager, positions
from tracker.rankings import holder_counts
from tracker.rankings.quarter_changes import CHANGES, awaited_positions
from tracker.rankings.reporting import who_reported
from tracker.tables import HOLDER_COUNTS, MANAGERS, Role

FUNDS = [manager(1), manager(2), manager(3), manager(4, "HOUSE"), manager(5, "HOUSE")]
BASE, NOTICE = Role.BASE, Role.NOTICE
Rows = Iterable[dict[str, Any]]
Roles = dict[int, Role]


def count(
    now: Rows, before: Rows, roles: Roles, roles_before: Roles, splits: pl.DataFrame | None = None
) -> dict[str, dict[str, Any]]:
    """The row of each security, by its CUSIP."""
    reporting = who_reported(MANAGERS.frame(FUNDS), filings(roles), filings(roles_before, BEFORE))
    counts = holder_counts.count(positions(now, FUNDS), positions(before, FUNDS, BEFORE), reporting, splits)
    return {row["cusip"]: row for row in HOLDER_COUNTS.check(counts).to_dicts()}


def compared(row: dict[str, Any]) -> list[int | None]:
    return [row[name] for name in ("holders", *CHANGES[:3], "awaited", "holders_carried")]


def test_who_has_not_filed_has_not_sold() -> None:
    row = count([holding(1)], [holding(1), holding(2)], {1: BASE}, {1: BASE, 2: BASE})[A]
    assert compared(row) == [1, 1, 0, 0, 1, 2]


def test_who_filed_and_left_it_out_has_sold() -> None:
    row = count([holding(1), holding(2, B)], [holding(1), holding(2)], {1: BASE, 2: BASE}, {1: BASE, 2: BASE})[A]
    assert compared(row) == [1, 2, 0, 1, 0, 1]


def test_who_filed_a_report_without_any_position_has_sold() -> None:
    row = count([holding(1)], [holding(1), holding(2)], {1: BASE, 2: BASE}, {1: BASE, 2: BASE})[A]
    assert compared(row) == [1, 2, 0, 1, 0, 1]


def test_who_gave_notice_is_reported_by_another_and_has_neither_sold_nor_is_awaited() -> None:
    row = count([holding(1)], [holding(1), holding(2)], {1: BASE, 2: NOTICE}, {1: BASE, 2: BASE})[A]
    assert compared(row) == [1, 1, 0, 0, 0, 1]


def test_who_was_not_loaded_before_has_not_bought() -> None:
    """The naive count is 3 against 1: two more."""
    roles = {1: BASE, 2: BASE, 3: BASE}
    row = count([holding(1), holding(2), holding(3)], [holding(1)], roles, {1: BASE})[A]
    assert compared(row) == [3, 1, 0, 0, 0, 3]


def test_where_nobody_reported_for_both_quarters_nothing_is_known_but_who_is_awaited() -> None:
    row = count([holding(1)], [holding(2)], {1: BASE}, {2: BASE})[A]
    assert compared(row) == [1, None, None, None, 1, 2]
    assert (row["increased"], row["reduced"]) == (None, None)


def test_where_the_quarter_before_has_no_hedge_fund_not_even_that_is_known() -> None:
    row = count([holding(1)], [], {1: BASE}, {})[A]
    assert compared(row) == [1, None, None, None, None, None]


def test_before_anybody_has_filed_all_are_awaited() -> None:
    counts = holder_counts.count(
        positions([], FUNDS),
        positions([holding(1), holding(4), holding(5)], FUNDS, BEFORE),
        who_reported(MANAGERS.frame(FUNDS), filings({}), filings({1: BASE, 4: BASE, 5: BASE}, BEFORE)),
    )
    (row,) = HOLDER_COUNTS.check(counts).to_dicts()
    assert compared(row) == [0, None, None, None, 2, 2]
    assert (str(row["period_of_report"]), row["cusip"], row["shares"]) == ("2025-09-30", A, 0)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # 4 has filed, 5 has not: the house is awaited if 5 held it, and only if 4 does not hold it already
        ([], [0, 0, 0, 0, 1, 1]),
        ([holding(4)], [1, 0, 0, 0, 0, 1]),
    ],
)
def test_half_a_family_is_not_compared(now: Rows, expected: list[int]) -> None:
    roles = {1: BASE, 4: BASE}
    rows = [holding(1, B), *now]
    before = [holding(1, B), holding(4), holding(5)]
    assert compared(count(rows, before, roles, {1: BASE, 4: BASE, 5: BASE})[A]) == expected


def test_of_half_a_family_only_what_the_missing_manager_held_is_carried_forward() -> None:
    roles = {1: BASE, 4: BASE}
    row = count([holding(1, B)], [holding(1, B), holding(4)], roles, {1: BASE, 4: BASE, 5: BASE})[A]
    assert compared(row) == [0, 0, 0, 0, 0, 0]  # 4 held it and filed without it; whether 5 bought is not known


def test_trades_are_those_of_families_that_are_compared() -> None:
    """Half of the house's shares are in the report that is missing: it has not sold them."""
    before = [holding(1, shares=100), holding(4, shares=500), holding(5, shares=500)]
    row = count(
        [holding(1, shares=150), holding(4, shares=500)], before, {1: BASE, 4: BASE}, dict.fromkeys((1, 4, 5), BASE)
    )
    assert [row[A][name] for name in ("increased", "reduced")] == [1, 0]


def test_changes_are_adjusted_for_splits() -> None:
    before = [holding(1, C, 1005), holding(2, C, 1000), holding(3, C, 1000)]
    now = [holding(1, D, 100), holding(2, D, 120), holding(3, D, 90)]
    splits = pl.DataFrame({"ticker": ["BRND"], "split_ratio": [0.1]})
    everybody = dict.fromkeys((1, 2, 3), BASE)
    row = count(now, before, everybody, everybody, splits)[D]
    assert [row[key] for key in ("increased", "reduced", "split_ratio")] == [1, 1, 0.1]


def test_awaited_positions_are_shares_of_the_last_report() -> None:
    before = [holding(1, C, 70), holding(1, put_call="CALL"), holding(2, D, 5), holding(3, D, 6)]
    then = positions(before, FUNDS, BEFORE)
    reporting = who_reported(MANAGERS.frame(FUNDS), filings({3: BASE}), filings(dict.fromkeys((1, 2, 3), BASE), BEFORE))
    awaited = awaited_positions(positions([holding(3, D, 6)], FUNDS), then, reporting)
    assert sorted(awaited.select("cik", "cusip", "shares").rows()) == [(1, C, 70), (2, D, 5)]


# ---- whatever is filed --------------------------------------------------------------------------------------------

CIKS = [row["cik"] for row in FUNDS]
BOOKS = st.dictionaries(st.sampled_from(CIKS), st.sets(st.sampled_from([A, B, C, D])))


def book(held: dict[int, set[str]]) -> list[dict[str, Any]]:
    return [holding(cik, cusip) for cik, cusips in held.items() for cusip in sorted(cusips)]


def reports(held: dict[int, set[str]], notices: set[int]) -> Roles:
    """Who holds something reports; of the others, those who give notice."""
    return {**dict.fromkeys(sorted(notices), NOTICE), **dict.fromkeys(held, BASE)}


@given(BOOKS, BOOKS, st.sets(st.sampled_from(CIKS)), st.sets(st.sampled_from(CIKS)))
def test_changes_add_up(
    now: dict[int, set[str]], before: dict[int, set[str]], notices: set[int], notices_before: set[int]
) -> None:
    roles, roles_before = reports(now, notices), reports(before, notices_before)
    reporting = who_reported(MANAGERS.frame(FUNDS), filings(roles), filings(roles_before, BEFORE))
    families = reporting.compared.to_list()
    held = positions(book(now), FUNDS)
    for row in count(book(now), book(before), roles, roles_before).values():
        if not families:
            assert [row[name] for name in CHANGES] == [None] * len(CHANGES)
            continue
        own = held.filter(pl.col("cusip").is_in(row["cusips"].split()), pl.col("family").is_in(families))
        assert row["holders_previous"] + row["new"] - row["closed"] == own["family"].n_unique() <= row["holders"]
        assert row["closed"] <= row["holders_previous"] and row["new"] <= row["holders"]
        assert row["holders_carried"] == row["holders"] + row["awaited"] <= len({row["family"] for row in FUNDS})


@given(BOOKS, BOOKS, st.sampled_from(CIKS), st.sets(st.sampled_from([A, B, C, D])))
def test_one_more_filing_makes_no_other_family_a_seller(
    now: dict[int, set[str]], before: dict[int, set[str]], cik: int, added: set[str]
) -> None:
    """`closed` rises by one at most, and only by the family that filed."""
    less = {number: held for number, held in now.items() if number != cik}
    more = {**less, cik: added}
    family = next(row["family"] for row in FUNDS if row["cik"] == cik)
    rows, rows_less = (
        count(book(held), book(before), reports(held, set()), reports(before, set())) for held in (more, less)
    )
    ciks = [row["cik"] for row in FUNDS if row["family"] == family]
    for cusip, row in rows.items():
        earlier = next(
            (one for one in rows_less.values() if set(one["cusips"].split()) & set(row["cusips"].split())), None
        )
        sold = (row["closed"] or 0) - ((earlier and earlier["closed"]) or 0)
        held_before = any(set(row["cusips"].split()) & before.get(number, set()) for number in ciks)
        assert sold <= int(held_before), cusip
        assert row["holders"] >= ((earlier and earlier["holders"]) or 0)
