"""Joining and ranking."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from tracker.quarters import Quarter
from tracker.rankings import ranking as rankings
from tracker.rankings.measures import By, Order
from tracker.rankings.parameters import Parameters
from tracker.rankings.ranking import Ranking
from tracker.tables import PRICES, RANKED, RETURNS

BASE, END, CAP = date(2025, 1, 3), date(2025, 12, 31), date(2026, 1, 5)


def rank(*stocks: dict[str, Any], **chosen: Any) -> Ranking:
    """Each stock: ticker, and where they differ cap, change, holders, kind, cusip, held_back."""
    caps = PRICES.frame(
        {
            "ticker": s["ticker"],
            "date": CAP,
            "name": s["ticker"],
            "market_cap_usd": s.get("cap", 100e6),
            "close": s.get("close", 10.0),
            **{name: s[name] for name in ("exchange", "sector", "country") if name in s},
        }
        for s in stocks
    )
    returns = RETURNS.frame(
        {
            "ticker": s["ticker"],
            "return_pct": s.get("change", 10.0),
            "held_back": s.get("held_back"),
            "split_ratio": 1.0,
        }
        for s in stocks
        if not s.get("priceless")
    )
    held = pl.DataFrame(
        [
            {
                "ticker": s["ticker"],
                "cusip": "990101107",
                "kind": s.get("kind", "common"),
                "holders": s.get("holders", 2),
                "holders_previous": s.get("before"),
                "new": s.get("new"),
                "closed": s.get("closed"),
                "awaited": s.get("awaited"),
                "holders_carried": s.get("holders", 2) + s["awaited"] if "awaited" in s else None,
                "shares": s.get("shares", 1.0),
                "value_usd": s.get("value", 1.0),
            }
            for s in stocks
            if not s.get("unheld")
        ]
    ).with_columns(
        pl.col("holders_previous", "new", "closed", "awaited", "holders_carried").cast(pl.Int64),
        pl.lit("M").alias("largest_holder"),
    )
    parameters = Parameters(quarter=Quarter(2025, 3), base_date=BASE, end_date=END, cap_date=CAP, **chosen)
    details = pl.DataFrame(
        [
            {
                "ticker": s["ticker"],
                "typical_volume": s.get("volume"),
                "first_date": s.get("first"),
                "split_since": s.get("split"),
            }
            for s in stocks
        ],
        schema={
            "ticker": pl.String, "typical_volume": pl.Float64, "first_date": pl.Date, "split_since": pl.Float64
        },
    )  # fmt: skip
    ranking = rankings.rank(parameters, caps, returns, held, details)
    RANKED.check(ranking.rows)
    assert caps.height == ranking.band.height + sum(ranking.removed.values())
    return ranking


def order(ranking: Ranking) -> list[str]:
    return ranking.rows["ticker"].to_list()


def test_rank_one_has_the_best_return() -> None:
    assert order(
        rank({"ticker": "B", "change": 5.0}, {"ticker": "A", "change": -3.0}, {"ticker": "C", "change": 90.0})
    ) == [
        "C",
        "B",
        "A",
    ]


def test_ascending_prints_the_same_best_names_last_rank_first() -> None:
    stocks = [{"ticker": t, "change": c} for t, c in (("A", 1.0), ("B", 2.0), ("C", 3.0))]
    ranking = rank(*stocks, top=2, order=Order.ascending)
    assert ranking.rows.select("rank", "ticker").rows() == [(2, "B"), (1, "C")]


def test_ties_go_to_more_holders_then_the_larger_company_then_the_alphabet() -> None:
    stocks: list[dict[str, Any]] = [
        {"ticker": "D", "holders": 2},
        {"ticker": "C", "holders": 2},
        {"ticker": "B", "holders": 2, "cap": 200e6},
        {"ticker": "A", "holders": 3},
    ]
    assert order(rank(*stocks)) == ["A", "B", "C", "D"]


def test_by_holders_the_better_return_breaks_ties() -> None:
    stocks: list[dict[str, Any]] = [
        {"ticker": "A", "holders": 2, "change": 99.0},
        {"ticker": "B", "holders": 5, "change": 1.0},
        {"ticker": "C", "holders": 5, "change": 2.0},
    ]
    assert order(rank(*stocks, by=By.holders)) == ["C", "B", "A"]


@pytest.mark.parametrize(
    ("cap", "is_in"), [(50e6, True), (300e6, True), (49.99e6, False), (300.01e6, False), (None, False)]
)
def test_both_ends_of_the_band_are_in_and_an_unknown_cap_is_not(cap: float | None, is_in: bool) -> None:
    assert (order(rank({"ticker": "A", "cap": cap})) == ["A"]) is is_in


@pytest.mark.parametrize("kind", ["warrant", "unit", "right", "preferred", "fund", "bond"])
def test_only_common_shares_and_adrs_are_ranked(kind: str) -> None:
    ranking = rank({"ticker": "A", "kind": kind}, {"ticker": "B", "kind": "adr"}, {"ticker": "C^A"})
    assert order(ranking) == ["B"]
    assert ranking.removed[f"kind of security: {kind}"] == 1
    assert ranking.removed["preferred series (by the ticker)"] == 1


def test_too_few_holders_and_unheld_names_are_counted_apart() -> None:
    ranking = rank(
        {"ticker": "A", "holders": 1}, {"ticker": "B", "unheld": True}, {"ticker": "C", "holders": 3}, min_holders=2
    )
    assert order(ranking) == ["C"]
    assert ranking.removed["fewer than 2 holders"] == 1
    assert ranking.removed["no CUSIP known, or no hedge fund reports it"] == 1


def test_what_has_no_return_is_held_back_with_its_reason_and_never_a_zero() -> None:
    ranking = rank(
        {"ticker": "A", "change": None, "held_back": "an unclear jump"},
        {"ticker": "B", "priceless": True},
        {"ticker": "C"},
    )
    assert order(ranking) == ["C"]
    assert dict(ranking.held_back.select("ticker", "reason").rows()) == {
        "A": "an unclear jump",
        "B": "no price on the base or end date",
    }


# ---- other orders and filters -------------------------------------------------------------------------------------


def test_by_change_value_and_ownership() -> None:
    stocks: list[dict[str, Any]] = [
        {"ticker": "A", "holders": 9, "before": 9, "new": 1, "closed": 1, "value": 5.0, "shares": 1e6},
        {"ticker": "B", "holders": 5, "before": 1, "new": 4, "closed": 0, "value": 9.0, "shares": 2e6},
        {"ticker": "C", "holders": 2, "before": 1, "new": 1, "closed": 0, "value": 7.0, "shares": 3e6, "cap": 300e6},
    ]
    assert order(rank(*stocks, by=By.change)) == ["B", "C", "A"]
    assert order(rank(*stocks, by=By.value)) == ["B", "C", "A"]
    ranking = rank(*stocks, by=By.ownership)
    assert ranking.rows.select("ticker", "ownership_pct").rows() == [("B", 20.0), ("A", 10.0), ("C", 10.0)]


def test_ties_of_the_other_orders_go_to_more_holders_then_the_better_return() -> None:
    stocks: list[dict[str, Any]] = [
        {"ticker": "A", "holders": 2, "new": 2, "closed": 1, "change": 5.0},
        {"ticker": "B", "holders": 2, "new": 2, "closed": 1, "change": 6.0},
        {"ticker": "C", "holders": 3, "new": 1, "closed": 0, "change": 1.0},
    ]
    assert order(rank(*stocks, by=By.change)) == ["C", "B", "A"]
    assert order(rank(*stocks, by=By.value)) == ["C", "B", "A"]


def test_what_the_order_needs_and_is_not_known_is_counted_and_never_a_zero() -> None:
    ranking = rank({"ticker": "A", "holders": 9}, {"ticker": "B", "holders": 1, "new": 0, "closed": 3}, by=By.change)
    reason = "no fund is known to have reported for this quarter and the one before"
    assert order(ranking) == ["B"] and ranking.removed[reason] == 1


def test_the_change_is_of_those_that_are_compared() -> None:
    """Nine hold it and three did, but six of the nine are new here, not new to the stock."""
    ranking = rank({"ticker": "A", "holders": 9, "before": 3, "new": 0, "closed": 0})
    assert ranking.rows["change"].to_list() == [0]


def test_an_open_quarter_may_be_ranked_with_the_awaited() -> None:
    stocks = [
        {"ticker": "A", "holders": 3, "awaited": 0},
        {"ticker": "B", "holders": 2, "awaited": 4},
        {"ticker": "C", "holders": 1, "awaited": 5},
        {"ticker": "D", "holders": 0, "awaited": 2},
    ]
    assert order(rank(*stocks, by=By.holders)) == ["A", "B", "C"]
    carried = rank(*stocks, by=By.holders, rank_carried=True)
    assert order(carried) == ["B", "C", "A", "D"]
    assert carried.rows["holders"].to_list() == [2, 1, 3, 0]
    assert order(rank(*stocks, by=By.holders, rank_carried=True, min_holders=5)) == ["B", "C"]
    unknown = rank(*stocks, {"ticker": "E", "holders": 99}, by=By.holders, rank_carried=True)
    assert order(unknown) == order(carried) and unknown.removed["the quarter before is not loaded"] == 1


def test_ownership_counts_splits_since_the_quarters_end() -> None:
    ranking = rank({"ticker": "A", "shares": 20e6, "split": 0.1, "cap": 100e6, "close": 10.0})
    assert ranking.rows["ownership_pct"].to_list() == [20.0]


@pytest.mark.parametrize(
    ("met", "missed", "chosen"),
    [
        ({"close": 5.0}, {"close": 4.99}, {"min_price": 5.0}),
        ({"volume": 1000.0}, {"volume": 999.0}, {"min_volume": 1000}),
        ({"volume": 1000.0}, {}, {"min_volume": 1000}),
        ({"first": date(2025, 1, 5)}, {"first": date(2025, 1, 6)}, {"min_age": 365}),
        ({"exchange": "NYSE"}, {"exchange": "AMEX"}, {"exchange": ("nyse", "nasdaq")}),
        ({"sector": "Energy"}, {}, {"sector": ("ENERGY",)}),
        ({"country": "USA"}, {"country": "China"}, {"country": ("usa",)}),
        ({"kind": "warrant"}, {"kind": "common"}, {"kind": ("warrant",)}),
    ],
)
def test_a_filter_keeps_what_meets_it_and_counts_the_rest(
    met: dict[str, Any], missed: dict[str, Any], chosen: dict[str, Any]
) -> None:
    ranking = rank({"ticker": "A", **met}, {"ticker": "B", **missed}, **chosen)
    assert order(ranking) == ["A"]
    assert sum(ranking.removed.values()) == 1


def test_the_steps_go_from_all_names_to_the_list() -> None:
    ranking = rank(
        {"ticker": "A"}, {"ticker": "B", "close": 1.0}, {"ticker": "C", "cap": 1e9}, {"ticker": "D"}, min_price=2, top=1
    )
    steps = ranking.steps()
    assert [step["left"] for step in steps][-1] == 2 and ranking.rows.height == 1
    told = {str(step["filter"]): step["removed"] for step in steps if step["removed"]}
    assert told == {"market capitalization outside of the band": 1, "price below $2 on the cap date": 1}


# ---- chosen by a person -------------------------------------------------------------------------------------------


def test_the_chosen_are_ranked_among_themselves_and_the_band_stays_whole() -> None:
    stocks = [{"ticker": name, "change": change} for name, change in (("A", 5.0), ("B", 9.0), ("C", 7.0), ("D", 1.0))]
    ranked = rank(*stocks, only=("D", "C"))
    assert ranked.rows.select("rank", "ticker").rows() == [(1, "C"), (2, "D")]
    assert ranked.band["ticker"].to_list() == ["B", "C", "A", "D"] and ranked.missing == {}
    down = rank(*stocks, only=("D", "C", "A"), top=2, order=Order.ascending)
    assert down.rows.select("rank", "ticker").rows() == [(2, "A"), (1, "C")]


def test_of_a_chosen_stock_that_is_not_ranked_it_is_known_what_removed_it() -> None:
    ranked = rank(
        {"ticker": "A"},
        {"ticker": "BIG", "cap": 900e6},
        {"ticker": "FEW", "holders": 1},
        {"ticker": "JUMP", "change": None, "held_back": "unclear jump"},
        {"ticker": "FUND", "kind": "fund"},
        only=("A", "BIG", "FEW", "JUMP", "FUND", "NONE"),
        min_holders=2,
    )
    assert ranked.rows["ticker"].to_list() == ["A"]
    assert ranked.missing == {
        "BIG": "market capitalization outside of the band",
        "FEW": "fewer than 2 holders",
        "JUMP": "held back: unclear jump",
        "FUND": "kind of security: fund",
        "NONE": "no price on the cap date",
    }


def test_those_left_out_are_counted_as_removed() -> None:
    ranked = rank({"ticker": "A"}, {"ticker": "B"}, exclude=("B", "NONE"))
    assert ranked.band["ticker"].to_list() == ["A"] and ranked.removed["left out by choice"] == 1
