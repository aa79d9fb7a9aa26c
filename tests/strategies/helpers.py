"""What tests of strategies share: paths of values, trades, and candidates."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import polars as pl

from tracker.strategies.stock_candidates import CANDIDATES, CandidatesFrame

START = date(2024, 1, 1)
TRADES = {
    "quarter": pl.String(),
    "signal_date": pl.Date(),
    "ticker": pl.String(),
    "cusip": pl.String(),
    "name": pl.String(),
    "weight": pl.Float64(),
    "holders": pl.Int64(),
    "bought_on": pl.Date(),
    "buy_price": pl.Float64(),
    "sold_on": pl.Date(),
    "sell_price": pl.Float64(),
    "return_pct": pl.Float64(),
    "end": pl.String(),
    "accession_numbers": pl.List(pl.String()),
}


def path(*values: float, start: date = START) -> pl.DataFrame:
    """Columns date, value_usd: one value a day."""
    days = [start + timedelta(number) for number in range(len(values))]
    return pl.DataFrame({"date": days, "value_usd": values}, schema={"date": pl.Date(), "value_usd": pl.Float64()})


def wander(count: int, seed: int, drift: float = 0.0005, size: float = 0.012) -> list[float]:
    """A made-up path of `count` values from 100 on."""
    chance, values = random.Random(seed), [100.0]  # noqa: S311 - a made-up market
    while len(values) < count:
        values.append(values[-1] * (1 + chance.gauss(drift, size)))
    return values


def trades(*rows: dict[str, Any]) -> pl.DataFrame:
    """Trades, columns that a row leaves out are null."""
    return pl.DataFrame([{**dict.fromkeys(TRADES), **row} for row in rows], schema=TRADES)


def candidates(**columns: list[Any]) -> CandidatesFrame:
    """CANDIDATES with tickers A, B, ... and the columns given; counts are 0 and market caps equal."""
    height = len(next(iter(columns.values())))
    counts = dict.fromkeys(("holders", "conviction_funds", "best_idea_funds", "confidential_funds"), [0] * height)
    base: dict[str, list[Any]] = {"ticker": [chr(65 + number) for number in range(height)], **counts}
    return CANDIDATES.frame({**base, "market_cap_usd": [1e8] * height, **columns})
