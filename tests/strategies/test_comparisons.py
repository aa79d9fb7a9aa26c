"""What a run is held against."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from tests.strategies.helpers import path, trades
from tracker.strategies import comparisons, random_portfolios

DAYS = [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)]


def run(is_too_short: bool = False) -> SimpleNamespace:
    """A portfolio that made 10%, of the one of two stocks that made 10%; the other lost 10%. IWM has a close a day."""
    moves = (("A", 0.1), ("B", -0.1))
    made = [(ticker, day, 1 + move * at / 2) for ticker, move in moves for at, day in enumerate(DAYS)]
    growth = pl.DataFrame(made, ["ticker", "date", "growth"], orient="row").with_columns(quarter=pl.lit("2023Q3"))
    closes = pl.DataFrame(
        [("IWM", DAYS[0], 200.0), ("IWM", DAYS[2], 210.0), ("SPY", DAYS[1], 5.0), ("SPY", DAYS[2], 6.0)],
        ["ticker", "date", "adjusted"], orient="row",
    )  # fmt: skip
    daily = path(100.0, 105.0, 110.0)
    return SimpleNamespace(
        is_too_short=is_too_short,
        luck=random_portfolios.draw(growth, 1),
        simulation=SimpleNamespace(daily=daily, total_return_pct=10.0),
        band=SimpleNamespace(daily=path(100.0, 100.0, 100.0)),
        trades=trades({"quarter": "2023Q3", "ticker": "A", "weight": 1.0, "bought_on": DAYS[0], "return_pct": 10.0}),
        market=SimpleNamespace(closes=closes),
    )


def test_the_better_of_two_stocks_beats_those_who_drew_the_other() -> None:
    compared = comparisons.compare_run(run())  # type: ignore[arg-type]
    assert compared["percentile"] == pytest.approx(75, abs=5)  # half drew it, too, and half of those count
    assert compared["random_pct"]["p5"] == pytest.approx(-10) and compared["random_pct"]["p95"] == pytest.approx(10)
    assert compared["measures"]["total_return_pct"] == pytest.approx(10)


def test_a_fund_without_a_close_on_both_days_is_not_compared() -> None:
    funds = comparisons.compare_run(run())["index_funds"]  # type: ignore[arg-type]
    assert funds == {"IWC": None, "IWM": pytest.approx(5), "SPY": None}


def test_nothing_is_compared_while_too_short() -> None:
    compared = comparisons.compare_run(run(is_too_short=True))  # type: ignore[arg-type]
    assert {*compared["measures"].values()} == {None}
    assert all(value is None for key, value in compared.items() if key != "measures")
