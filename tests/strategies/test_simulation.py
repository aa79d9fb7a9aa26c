"""A portfolio that follows targets: when, at what price, how much of it, and what that costs."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tracker.quarters import Quarter
from tracker.strategies.listing_ends import find_ends
from tracker.strategies.simulation import Simulation, Target, Terms, simulate
from tracker.strategies.trading_market import Market

Q = Quarter(2025, 3)
D = [date(2025, 12, day) for day in (1, 2, 3, 4, 5, 8, 9, 10)]
FREE = Terms(1000.0, 0.0)


def market(closes: dict[str, list[float | None]], volume: float | None = None) -> Market:
    """Stocks with a close on each of the days, or none; `volume` is the median of the days before."""
    rows = [
        {"ticker": ticker, "date": day, "close": close, "adjusted": close, "typical_volume": volume, "exchange": "NYSE"}
        for ticker, prices in closes.items()
        for day, close in zip(D, prices, strict=False)
        if close is not None
    ]
    frame = pl.DataFrame(rows, schema_overrides={"typical_volume": pl.Float64, "close": pl.Float64})
    nothing = pl.DataFrame(schema={"ticker": pl.String, "date": pl.Date})
    moves = pl.DataFrame(
        schema={"cusip": pl.String, "former": pl.List(pl.String), "moved": pl.String, "renamed_on": pl.Date}
    )
    return Market(frame, find_ends(frame, D[-1]), nothing, moves, D[-1])


def values(result: Simulation) -> list[float]:
    return [round(value, 2) for value in result.daily["value_usd"]]


def test_orders_fill_at_the_next_close_and_never_at_the_signal_days() -> None:
    result = simulate([Target(D[0], Q, {"A": 1.0})], market({"A": [10, 20, 30]}), FREE)
    assert values(result) == [1000, 1000, 1500]
    assert result.fills.select("date", "usd").rows() == [(D[1], 1000.0)]


def test_a_stock_without_a_close_fills_at_its_next_one() -> None:
    result = simulate(
        [Target(D[0], Q, {"A": 0.5, "B": 0.5})], market({"A": [10] * 5, "B": [10, None, None, 8, 16]}), FREE
    )
    assert values(result) == [1000, 1000, 1000, 1000, 1500]
    assert result.fills.select("date", "ticker").rows() == [(D[1], "A"), (D[3], "B")]


def test_cash_pays_the_cost_of_purchases() -> None:
    result = simulate([Target(D[0], Q, {"A": 1.0})], market({"A": [10, 10, 10]}), Terms(1000.0, 1.0))
    assert values(result)[1] == round(1000 / 1.01, 2)
    assert result.fills["cost_usd"].sum() == pytest.approx(10 / 1.01)


def test_no_more_than_a_tenth_of_the_volume_is_traded_a_day() -> None:
    """100 shares are wanted; 10% of 300 is 30 a day: 30, 30, 30 and 10."""
    result = simulate([Target(D[0], Q, {"A": 1.0})], market({"A": [10] * 8}, volume=300), FREE)
    assert result.fills.select("date", "usd").rows() == [(D[1], 300), (D[2], 300), (D[3], 300), (D[4], 100)]


def test_what_was_not_sold_in_a_day_is_sold_the_next() -> None:
    """40 shares of A are bought in two days, and sold in two; B is bought as the cash comes in."""
    targets = [Target(D[0], Q, {"A": 0.4}), Target(D[3], Q.next, {"B": 0.4})]
    result = simulate(targets, market({"A": [10] * 8, "B": [10] * 8}, volume=200), FREE)
    assert [(day, ticker, usd) for day, ticker, usd, _ in result.fills.rows()] == [
        (D[1], "A", 200), (D[2], "A", 200), (D[4], "A", -200), (D[4], "B", 200), (D[5], "A", -200), (D[5], "B", 200),
    ]  # fmt: skip
    assert result.lots.filter(pl.col("ticker") == "A").select("bought_on", "sold_on", "end").row(0) == (
        D[1],
        D[5],
        "sold",
    )


def test_a_new_signal_ends_orders_that_wait() -> None:
    targets = [Target(D[0], Q, {"A": 1.0}), Target(D[1], Q.next, {"B": 1.0})]
    result = simulate(targets, market({"A": [10] * 5, "B": [10] * 5}, volume=200), FREE)
    assert result.fills.filter(pl.col("ticker") == "A")["usd"].to_list() == [200, -200]


def test_unknown_volumes_do_not_limit_and_are_told() -> None:
    assert simulate([Target(D[0], Q, {"A": 1.0})], market({"A": [10] * 3}), FREE).unlimited == ["A"]
    assert simulate([Target(D[0], Q, {"A": 1.0})], market({"A": [10] * 3}, 1e9), FREE).unlimited == []


def test_an_order_without_a_close_is_counted() -> None:
    assert simulate([Target(D[0], Q, {"A": 0.5, "Z": 0.5})], market({"A": [10] * 3}), FREE).unfilled == 1


def test_without_targets_there_is_nothing_to_follow() -> None:
    with pytest.raises(ValueError, match="no targets"):
        simulate([], market({"A": [10] * 3}), FREE)
