"""What a run is held against: random portfolios of the same stocks and days, the band, and index funds.

Nothing is compared while a run rests on too few quarters.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import polars as pl

from .portfolio_measures import Measures, measure
from .random_portfolios import COUNT, RandomPortfolios
from .strategy_run import StrategyRun

INDEX_FUNDS = ("IWC", "IWM", "SPY")  # micro-caps, small caps, large ones
_NOTHING = dict.fromkeys(Measures.__dataclass_fields__)


def compare_run(tried: StrategyRun) -> dict[str, Any]:
    """Facts that claim something, each None while the run is too short.

    `percentile`: the share of random portfolios that made less; `random_portfolios`: how many were drawn; `random_pct`:
    what those at the 5th, 25th, 50th, 75th and 95th percentile made; `index_funds`: what each of INDEX_FUNDS that is
    loaded made over the same days; `measures`: see `portfolio_measures.Measures`, against the band.
    """
    if tried.is_too_short:
        return {"percentile": None, "random_portfolios": None, "random_pct": None, "index_funds": None,
                "measures": dict(_NOTHING)}  # fmt: skip
    return {
        "percentile": percentile(tried, tried.luck),
        "random_portfolios": COUNT,
        "random_pct": _ends(tried.luck),
        "index_funds": _index_funds(tried),
        "measures": asdict(measure(tried.simulation.daily, tried.band.daily, tried.trades)),
    }


def percentile(tried: StrategyRun, luck: RandomPortfolios) -> float | None:
    """The share of random portfolios that made less than the run, in percent."""
    return luck.percentile(1 + tried.simulation.total_return_pct / 100)


def _ends(drawn: RandomPortfolios) -> dict[str, float]:
    last = drawn.bands.tail(1).drop("date").to_dicts()
    return {name: (growth - 1) * 100 for row in last for name, growth in row.items()}


def _index_funds(tried: StrategyRun) -> dict[str, float | None]:
    """The return of each fund between the run's first and last day, without dividends; None unless it covers both."""
    first, last = tried.simulation.daily["date"][0], tried.simulation.daily["date"][-1]
    closes = tried.market.closes.filter(pl.col("ticker").is_in(INDEX_FUNDS), pl.col("date").is_in([first, last]))
    ends = dict(
        closes.sort("date").group_by("ticker").agg(
            pl.when(pl.len() == 2).then((pl.col("adjusted").last() / pl.col("adjusted").first() - 1) * 100)
        ).iter_rows()
    )  # fmt: skip
    return {ticker: ends.get(ticker) for ticker in INDEX_FUNDS}
