"""Measures by hand, against `empyrical`, and null where nothing can be told."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from tests.strategies.helpers import START, path, trades, wander
from tracker.strategies.portfolio_measures import measure, newey_west_lags, quarter_returns

NONE = trades()


def day(number: int) -> date:
    return START + timedelta(number)


def test_a_path_without_days_measures_nothing() -> None:
    for daily in (path(), path(100.0)):
        measures = measure(daily, path(), NONE)
        assert measures.sessions == 0 and measures.picks == 0 and measures.names_delisted == 0
        told = {name for name, value in vars(measures).items() if value is not None}
        assert told == {"sessions", "picks", "quarters", "names_delisted"}


def test_what_is_too_short_is_null_and_never_zero() -> None:
    measures = measure(path(*wander(60, 1)), path(*wander(60, 2)), NONE)
    assert measures.total_return_pct is not None and measures.max_drawdown_pct is not None
    assert [measures.cagr_pct, measures.volatility_pct, measures.sharpe, measures.sortino] == [None] * 4
    assert [measures.beta, measures.alpha_pct, measures.alpha_t] == [None] * 3
    assert measure(path(*wander(61, 1)), None, NONE).volatility_pct is not None
    assert measure(path(*wander(365, 1)), None, NONE).cagr_pct is None
    assert measure(path(*wander(366, 1)), None, NONE).cagr_pct is not None


def test_what_divides_by_zero_is_null() -> None:
    level, rising = path(*[100.0] * 80), path(*(100 * 1.001**number for number in range(80)))
    flat = measure(level, rising, NONE)
    assert (flat.volatility_pct, flat.sharpe, flat.sortino) == (0.0, None, None)
    assert (flat.max_drawdown_pct, flat.drawdown_days, flat.is_drawdown_over) == (0.0, None, None)
    assert measure(rising, None, NONE).sortino is None  # it never lost
    assert measure(rising, level, NONE).beta is None


def test_a_drawdown_by_hand() -> None:
    """From 120 to 90 is the deepest, though 80 was lower before; it is over when 120 is reached again."""
    measures = measure(path(80, 100, 120, 120, 96, 108, 90, 119, 121, 110), None, NONE)
    assert measures.max_drawdown_pct == pytest.approx(-25)
    assert (measures.drawdown_days, measures.is_drawdown_over) == (5, True)
    under = measure(path(100, 120, 90, 119), None, NONE)
    assert (under.drawdown_days, under.is_drawdown_over) == (2, False)


def test_two_values_on_a_day_and_a_value_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="one value a day"):
        measure(pl.concat([path(1.0), path(2.0)]), None, NONE)
    with pytest.raises(ValueError, match="above zero"):
        measure(path(1.0, 0.0), None, NONE)


def test_a_benchmark_is_compared_on_the_sessions_that_both_have() -> None:
    """The naive version pairs the third value with the third value: beta would be off."""
    values = wander(200, 5)
    double = [100.0]
    for before, after in pairwise(values):
        double.append(double[-1] * (1 + 2 * (after / before - 1)))
    whole = path(*values)
    holes = whole.filter(pl.int_range(pl.len()) % 10 != 3)
    exact = measure(path(*double), whole, NONE)
    assert exact.beta == pytest.approx(2) and exact.alpha_pct == pytest.approx(0, abs=1e-9) and exact.alpha_t is None
    assert measure(path(*double), holes.sample(fraction=1, shuffle=True, seed=1), NONE).beta == pytest.approx(
        2, abs=0.05
    )


def test_alpha_and_its_t_by_the_textbook() -> None:
    """Newey and West's sandwich, written out in full: inv(X'X) S inv(X'X)."""
    values, market = wander(300, 3), wander(300, 4)
    y = [after / before - 1 for before, after in pairwise(values)]
    x = [after / before - 1 for before, after in pairwise(market)]
    n, sx, sxx = len(x), sum(x), sum(each * each for each in x)
    inverse = [[sxx, -sx], [-sx, n]]
    inverse = [[cell / (n * sxx - sx * sx) for cell in row] for row in inverse]
    xy = [sum(y), sum(a * b for a, b in zip(x, y, strict=True))]
    alpha, beta = (sum(a * b for a, b in zip(row, xy, strict=True)) for row in inverse)
    moments = [(e := b - alpha - beta * a, e * a) for a, b in zip(x, y, strict=True)]
    lags = newey_west_lags(n)

    def gamma(lag: int) -> list[list[float]]:
        pairs = list(zip(moments[lag:], moments, strict=False))
        return [[sum(now[i] * then[j] for now, then in pairs) for j in (0, 1)] for i in (0, 1)]

    meat = gamma(0)
    for lag in range(1, lags + 1):
        each, weight = gamma(lag), 1 - lag / (lags + 1)
        meat = [[meat[i][j] + weight * (each[i][j] + each[j][i]) for j in (0, 1)] for i in (0, 1)]
    first = inverse[0]
    variance = sum(first[i] * meat[i][j] * first[j] for i in (0, 1) for j in (0, 1))
    measures = measure(path(*values), path(*market), NONE)
    assert measures.beta == pytest.approx(beta)
    assert measures.alpha_t == pytest.approx(alpha / math.sqrt(variance))
    assert (lags, newey_west_lags(100), newey_west_lags(2520)) == (5, 4, 8)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("risk_free", [0.0, 0.04])
def test_empyrical_agrees(risk_free: float) -> None:
    empyrical: Any = pytest.importorskip("empyrical")
    import pandas as pd

    values, market = wander(700, 8), wander(700, 9)
    measures = measure(path(*values), path(*market), NONE, risk_free)
    dates = pd.DatetimeIndex(path(*values)["date"].to_list())
    ours, theirs = (pd.Series(each, index=dates).pct_change().dropna() for each in (values, market))
    rate = (1 + risk_free) ** (1 / 252) - 1
    alpha, beta = empyrical.alpha_beta(ours, theirs, risk_free=rate)
    expected = {
        "total_return_pct": empyrical.cum_returns_final(ours) * 100,
        "cagr_pct": empyrical.cagr(ours) * 100,
        "volatility_pct": empyrical.annual_volatility(ours) * 100,
        "sharpe": empyrical.sharpe_ratio(ours, risk_free=rate),
        "sortino": empyrical.sortino_ratio(ours, required_return=rate),
        "max_drawdown_pct": empyrical.max_drawdown(ours) * 100,
        "beta": beta,
        "alpha_pct": alpha * 100,
    }
    assert {name: getattr(measures, name) for name in expected} == pytest.approx(expected)


ROWS = trades(
    # 2024Q1: bought on day 0, half each; A rises by a half, B is delisted
    {"quarter": "2024Q1", "ticker": "A", "weight": 0.5, "bought_on": day(0), "sold_on": day(2), "return_pct": 50.0},
    {"quarter": "2024Q1", "ticker": "B", "weight": 0.5, "bought_on": day(0), "sold_on": day(1), "return_pct": -30.0,
     "end": "delisted"},
    # 2024Q2: A is kept at half, C is new; nothing tells what became of C
    {"quarter": "2024Q2", "ticker": "A", "weight": 0.5, "bought_on": day(2), "sold_on": day(4), "return_pct": -10.0},
    {"quarter": "2024Q2", "ticker": "C", "weight": 0.5, "bought_on": day(2), "sold_on": day(4)},
    # 2024Q3: C alone, still held
    {"quarter": "2024Q3", "ticker": "C", "weight": 1.0, "bought_on": day(4), "return_pct": 20.0},
)  # fmt: skip


def test_hits_costs_and_ends_by_hand() -> None:
    daily, benchmark = path(100, 105, 110, 100, 90, 108), path(100, 100, 120, 110, 110, 110)
    measures = measure(daily, benchmark, ROWS)
    assert (measures.picks, measures.quarters, measures.names_delisted) == (5, 3, 1)
    assert measures.pick_hit_rate_pct == pytest.approx(50)  # A and C of the four that are known
    # the benchmark did 20%, 0%, -8.3% and 0% over their days
    assert measures.pick_win_rate_pct == pytest.approx(50)
    assert measures.quarter_hit_rate_pct == pytest.approx(200 / 3)  # 10%, -18.2%, 20%
    assert measures.quarter_win_rate_pct == pytest.approx(100 / 3)  # against 20%, -8.3%, 0%
    assert measures.priced_pct == pytest.approx(2.5 / 3 * 100)
    assert measures.cost_usd is None
    assert measure(daily, None, ROWS.with_columns(cost_usd=pl.lit(2.5))).cost_usd == pytest.approx(12.5)
    assert measure(daily, None, ROWS).pick_win_rate_pct is None


def test_what_a_quarter_made_of_the_portfolio() -> None:
    results = quarter_returns(path(100, 105, 110, 100, 90, 108), ROWS)
    assert results["return_pct"].to_list() == pytest.approx([10, -200 / 11, 20])
    assert results["bought_on"].to_list() == [day(0), day(2), day(4)]


def test_a_name_that_is_kept_is_not_bought_again() -> None:
    """A had grown to 0.5 * 1.5 / 1.1 = 68% and is cut to half: only C is bought. Then C replaces all but nothing."""
    measures = measure(path(100, 105, 110, 100, 90, 108), None, ROWS)
    assert measures.turnover_pct == pytest.approx((0.5 + 1.0) / 2 * 100)
    assert measure(path(100, 105, 110), None, ROWS.filter(quarter="2024Q1")).turnover_pct is None
