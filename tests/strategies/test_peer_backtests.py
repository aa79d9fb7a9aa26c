"""The same portfolio by `bt`, without costs: its path from day to day, and what it measures of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tests.strategies.helpers import trades, wander
from tracker.quarters import Quarter
from tracker.strategies.portfolio_measures import measure
from tracker.strategies.simulation import Simulation, Target, Terms, simulate
from tracker.strategies.trading_market import Market

DAYS = [day for day in (date(2023, 1, 2) + timedelta(number) for number in range(700)) if day.weekday() < 5]
CLOSES = {ticker: wander(len(DAYS), seed) for seed, ticker in enumerate("ABCD", 20)}
# what is wanted after the close of a day; it is bought at the next one
WANTED = [
    (DAYS[0], {"A": 0.5, "B": 0.5}),
    (DAYS[120], {"B": 0.25, "C": 0.75}),
    (DAYS[333], {"A": 0.2, "C": 0.3, "D": 0.5}),
]


def market() -> Market:
    rows = [
        {"ticker": ticker, "date": day, "close": close, "adjusted": close, "typical_volume": None}
        for ticker, closes in CLOSES.items()
        for day, close in zip(DAYS, closes, strict=True)
    ]
    closes = pl.DataFrame(rows, schema_overrides={"typical_volume": pl.Float64})
    ends = pl.DataFrame(schema={"ticker": pl.String, "known_on": pl.Date, "final_pct": pl.Float64, "end": pl.String})
    return Market(closes, ends, pl.DataFrame(), pl.DataFrame(), DAYS[-1])


def ours() -> Simulation:
    targets = [Target(day, Quarter.of(day), weights) for day, weights in WANTED]
    return simulate(targets, market(), Terms(1e6, 0.0))


def theirs() -> Any:
    bt: Any = pytest.importorskip("bt")
    import pandas as pd

    prices = pd.DataFrame(CLOSES, index=pd.DatetimeIndex(DAYS))
    fills = {pd.Timestamp(DAYS[DAYS.index(day) + 1]): weights for day, weights in WANTED}
    weights = pd.DataFrame(0.0, index=pd.DatetimeIndex(list(fills)), columns=list(CLOSES))
    for day, wanted in fills.items():
        for ticker, weight in wanted.items():
            weights.loc[day, ticker] = weight
    rule = bt.Strategy("peer", [bt.algos.WeighTarget(weights), bt.algos.Rebalance()])
    return bt.run(bt.Backtest(rule, prices, initial_capital=1e6, integer_positions=False))


@pytest.mark.filterwarnings("ignore")
def test_bt_has_the_same_value_every_day() -> None:
    level = theirs().prices["peer"]
    values = dict(ours().daily.iter_rows())
    told = {stamp.date(): value for stamp, value in (level / level.iloc[-1]).items() if stamp.date() in values}
    last = values[DAYS[-1]]
    assert len(told) == len(values) == len(DAYS)
    assert {day: value / last for day, value in values.items()} == pytest.approx(told)


@pytest.mark.filterwarnings("ignore")
def test_bt_measures_the_same() -> None:
    stats, daily = theirs().stats["peer"], ours().daily
    measures = measure(daily.filter(pl.col("date") >= DAYS[0]), None, trades())
    assert measures.total_return_pct == pytest.approx(stats["total_return"] * 100)
    assert measures.max_drawdown_pct == pytest.approx(stats["max_drawdown"] * 100)
    # it also counts the day before the first as one without a return
    assert measures.volatility_pct == pytest.approx(stats["daily_vol"] * 100, rel=0.005)
    assert measures.sharpe == pytest.approx(stats["daily_sharpe"], rel=0.005)
