"""Scores of funds from few noisy quarters: each mean is drawn towards the mean of all, the more the less is known.

Empirical Bayes with normal errors. A fund's mean excess return over n quarters is its own level plus an error with the
variance s^2 / n, where s^2 is the variance of one quarter within funds, pooled over them. Levels differ between funds
with a variance t^2, estimated by the method of moments (DerSimonian and Laird, 1986); it is zero if the means differ no
more than chance makes them. The score is

    m + b (mean - m),    b = t^2 / (t^2 + s^2 / n)

with m the mean of all funds, weighted by 1 / (t^2 + s^2 / n). Of 100 funds with eight quarters and nothing but luck,
the best looks skilled; its score does not.
"""

from __future__ import annotations

import math

import polars as pl

FEWEST_QUARTERS = 8
"""quarters below which a fund is too short to tell"""
FEWEST_FUNDS = 3
"""funds that an estimate of how much they differ needs"""

_Z = 1.959964  # the standard normal, 95%


def score(excess: pl.DataFrame, fewest: int = FEWEST_QUARTERS) -> pl.DataFrame:
    """One row a fund, by cik: what its quarters show.

    `excess` has cik, period_of_report and excess_pct, one row a fund and quarter; nulls are left out. Columns cik,
    quarters, mean_excess_pct, excess_low_pct and excess_high_pct (95%, Student's t on its own quarters), shrink_factor
    (b above), score_pct, score_low_pct and score_high_pct (95%). All but the first three are null for a fund with fewer
    than `fewest` quarters, and scores also if there are fewer than three funds with as many.
    """
    known = excess.drop_nulls("excess_pct")
    value = pl.col("excess_pct")
    funds = known.group_by("cik").agg(
        quarters=pl.len().cast(pl.Int64), mean_excess_pct=value.mean(), variance=value.var()
    )
    is_long = pl.col("quarters") >= max(fewest, 2)
    half = _student(pl.col("quarters") - 1) * (pl.col("variance") / pl.col("quarters")).sqrt()
    funds = funds.with_columns(
        excess_low_pct=pl.when(is_long).then(pl.col("mean_excess_pct") - half),
        excess_high_pct=pl.when(is_long).then(pl.col("mean_excess_pct") + half),
    )
    scores = funds.join(_shrunk(funds.filter(is_long)), on="cik", how="left", validate="1:1")
    return scores.drop("variance").sort("cik")


def _shrunk(funds: pl.DataFrame) -> pl.DataFrame:
    """Columns cik, shrink_factor, score_pct, score_low_pct, score_high_pct; no rows for too few funds."""
    names = ("shrink_factor", "score_pct", "score_low_pct", "score_high_pct")
    none = pl.DataFrame(schema={"cik": pl.Int64(), **dict.fromkeys(names, pl.Float64())})
    if funds.height < FEWEST_FUNDS:
        return none
    freedom = pl.col("quarters") - 1
    pooled = funds.select((pl.col("variance") * freedom).sum() / freedom.sum()).item()
    if not pooled:  # quarters without any spread: nothing is noisy
        return none
    error = pooled / pl.col("quarters")
    weight, mean = 1 / error, pl.col("mean_excess_pct")
    spread = (weight * (mean - (weight * mean).sum() / weight.sum()).pow(2)).sum()
    scale = weight.sum() - weight.pow(2).sum() / weight.sum()
    between = max(0.0, funds.select((spread - (pl.len() - 1)) / scale).item())
    total = between + error
    middle = (mean / total).sum() / (1 / total).sum()
    factor = between / total
    score_pct, half = middle + factor * (mean - middle), _Z * (factor * error).sqrt()
    return funds.select(
        "cik",
        shrink_factor=factor,
        score_pct=score_pct,
        score_low_pct=score_pct - half,
        score_high_pct=score_pct + half,
    )


def _student(freedom: pl.Expr) -> pl.Expr:
    """The two-sided 95% quantile of Student's t: Cornish and Fisher's expansion, within 0.001 from 7 degrees on."""
    z = _Z
    terms = (
        (math.pow(z, 3) + z) / 4,
        (5 * math.pow(z, 5) + 16 * math.pow(z, 3) + 3 * z) / 96,
        (3 * math.pow(z, 7) + 19 * math.pow(z, 5) + 17 * math.pow(z, 3) - 15 * z) / 384,
    )
    quantile = pl.lit(z)
    for power, term in enumerate(terms, start=1):
        quantile = quantile + term / freedom.pow(power)
    return quantile
