"""Which of a rule's stocks are held, and how much of the portfolio each is."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import polars as pl

from .stock_candidates import CandidatesFrame

MAX_WEIGHT = 0.10
_ROUNDS = 100


class Weights(StrEnum):
    """How much of the portfolio a pick is."""

    EQUAL = "equal"
    HOLDERS = "holders"
    """by the number of holders"""
    VALUE = "value"
    """by the value that funds hold"""
    CAPPED = "capped"
    """by that value, but at most 10% each, or equal if there are fewer than ten"""


def choose(ranked: CandidatesFrame, held: Collection[str], top: int, hold_until: int) -> CandidatesFrame:
    """The first `top` of `ranked`; what is `held` stays as long as it is among the first `hold_until`.

    Rows keep the order of `ranked`.
    """
    places = ranked.with_row_index("_place")
    is_kept = pl.col("ticker").is_in(list(held)) & (pl.col("_place") < max(hold_until, top))
    kept = places.filter(is_kept).head(top)
    fresh = places.join(kept, on="ticker", how="anti").head(top - kept.height)
    return pl.concat([kept, fresh]).sort("_place").drop("_place")


def weigh(picks: CandidatesFrame, weights: Weights) -> pl.DataFrame:
    """`picks` with `weight`; the weights add up to 1. A value that is not known counts as the smallest one known."""
    if weights in (Weights.VALUE, Weights.CAPPED):
        basis = pl.col("value_usd").fill_null(pl.col("value_usd").min()).fill_null(1.0)
    elif weights == Weights.HOLDERS:
        basis = pl.col("holders").cast(pl.Float64)
    else:
        basis = pl.lit(1.0)
    weighed = picks.with_columns(basis.alias("weight"))
    if picks.is_empty():
        return weighed.cast({"weight": pl.Float64})
    if not float(weighed["weight"].sum()) > 0:
        weighed = weighed.with_columns(weight=pl.lit(1.0))
    weighed = weighed.with_columns(pl.col("weight") / pl.col("weight").sum())
    return _capped(weighed) if weights == Weights.CAPPED else weighed


def _capped(weighed: pl.DataFrame) -> pl.DataFrame:
    """No weight above the cap: what is above it goes to the others in proportion, until none is."""
    cap = max(MAX_WEIGHT, 1 / weighed.height)
    weight = pl.col("weight")
    for _ in range(_ROUNDS):
        over = weight >= cap
        free = pl.when(~over).then(weight).otherwise(0.0)
        room = 1 - cap * over.sum()
        weighed = weighed.with_columns(
            weight=pl.when(over).then(cap).when(free.sum() > 0).then(weight * room / free.sum()).otherwise(weight)
        )
        if float(weighed["weight"].max() or 0.0) <= cap * (1 + 1e-12):  # type: ignore[arg-type]
            break
    return weighed.with_columns(weight / weight.sum())
