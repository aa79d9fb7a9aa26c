"""Active share, concentration, turnover and overlap, worked out by hand."""

from __future__ import annotations

import polars as pl
import pytest

from tests.rankings.helpers import BEFORE, NOW, A, B, C, D, holding, manager, positions
from tracker.rankings.book_measures import overlaps, shapes, turnover, weights

MANAGERS = [manager(1), manager(2)]


def books(*rows: dict[str, object], before: tuple[dict[str, object], ...] = ()) -> pl.DataFrame:
    parts = [positions(rows, MANAGERS, NOW), positions(before, MANAGERS, BEFORE)]
    return weights(pl.concat(parts))


def test_weights_are_of_shares_alone_and_cusips_of_one_ticker_are_one() -> None:
    rows = books(
        holding(1, C, 30), holding(1, D, 30), holding(1, A, 40), holding(1, B, 900, put_call="CALL"),
        holding(1, B, 900, share_type="PRN"),
    )  # fmt: skip
    assert rows.select("security", "ticker", "weight").rows() == [(A, None, 0.4), ("BRND", "BRND", 0.6)]


def test_active_share_is_what_is_not_in_all_books_together() -> None:
    """Fund 1 has 75 A, 25 B; fund 2 has 100 B. All: 37.5% A, 62.5% B."""
    found = shapes(books(holding(1, A, 75), holding(1, B, 25), holding(2, B, 100)))
    assert found["active_share_pct"].to_list() == pytest.approx([37.5, 37.5])
    assert found["top_ten_pct"].to_list() == pytest.approx([100, 100])
    assert found["effective_positions"].to_list() == pytest.approx([1 / (0.75**2 + 0.25**2), 1])
    assert found["position_count"].to_list() == [2, 1]
    assert shapes(books(holding(1, A)))["active_share_pct"].to_list() == [None]  # nobody to differ from


def test_the_shape_is_that_of_the_newest_book() -> None:
    found = shapes(books(holding(1, A), before=(holding(1, B), holding(2, B))))
    assert found.select("cik", "period_of_report").rows() == [(1, NOW), (2, BEFORE)]


def test_turnover_is_half_of_the_changes_in_weight() -> None:
    found = turnover(
        books(holding(1, A, 70), holding(1, B, 30), holding(2, A), before=(holding(1, A, 50), holding(1, C, 50)))
    )
    assert found.rows() == [(1, pytest.approx(50))]  # 2 has one book
    assert turnover(books(holding(1, A), before=(holding(1, B),))).rows() == [(1, 100)]
    assert turnover(books(holding(1, A), before=(holding(1, A, 7),))).rows() == [(1, 0)]


def test_overlap_is_the_sum_of_the_smaller_weights() -> None:
    rows = books(holding(1, A, 75), holding(1, B, 25), holding(2, B, 60), holding(2, C, 40))
    found = overlaps(rows.select("security", "weight", owner=pl.format("F{}", "cik")))
    assert found.rows() == [("F1", "F2", 1, pytest.approx(25))]
    apart = books(holding(1, A), holding(2, B)).select("security", "weight", owner=pl.format("F{}", "cik"))
    assert overlaps(apart).rows() == [("F1", "F2", 0, 0.0)]
