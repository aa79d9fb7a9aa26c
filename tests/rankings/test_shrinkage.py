"""Scores from few quarters: by hand, and of funds that have nothing but luck."""

from __future__ import annotations

import math
import random
import statistics
from datetime import date

import polars as pl
import pytest

from tracker.rankings.shrinkage import score

SCHEMA = {"cik": pl.Int64(), "period_of_report": pl.Date(), "excess_pct": pl.Float64()}


def excess(**funds: list[float | None]) -> pl.DataFrame:
    """Quarters of funds; their names are `f` and the CIK."""
    rows = [
        (int(name[1:]), date(2000 + number // 4, 3 * (number % 4) + 1, 1), value)
        for name, values in funds.items()
        for number, value in enumerate(values)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def around(mean: float, count: int = 8, size: float = 1.0) -> list[float | None]:
    return [mean + (size if number % 2 else -size) for number in range(count)]


def test_scores_by_hand() -> None:
    """Three funds at -2, 0 and 5; a quarter's variance is 8/7, so that of a mean of eight is 1/7."""
    scores = score(excess(f1=around(-2), f2=around(0), f3=around(5)))
    error = 1 / 7
    between = statistics.variance([-2, 0, 5]) - error  # with equal errors, DerSimonian and Laird's estimate
    factor = between / (between + error)
    assert scores["shrink_factor"].to_list() == pytest.approx([factor] * 3)
    assert scores["score_pct"].to_list() == pytest.approx([1 + factor * (mean - 1) for mean in (-2, 0, 5)])
    half = 1.959964 * math.sqrt(factor * error)
    assert (scores["score_high_pct"] - scores["score_pct"]).to_list() == pytest.approx([half] * 3)
    assert scores["mean_excess_pct"].to_list() == pytest.approx([-2, 0, 5])
    # Student's t with 7 degrees of freedom is 2.3646
    assert scores["excess_high_pct"][1] == pytest.approx(2.3646 * math.sqrt(error), abs=1e-3)


def test_fewer_than_eight_quarters_are_too_short_and_do_not_move_the_others() -> None:
    long = excess(f1=around(-2), f2=around(0), f3=around(5))
    scores = score(pl.concat([long, excess(f9=around(40, 7))]))
    assert scores.filter(cik=9).select("quarters", "score_pct", "excess_low_pct").row(0) == (7, None, None)
    assert scores.filter(pl.col("cik") != 9).equals(score(long))


def test_a_quarter_that_is_not_known_is_none() -> None:
    scores = score(excess(f1=[*around(-2, 7), None], f2=around(0), f3=around(5), f4=around(1)))
    assert scores["quarters"].to_list() == [7, 8, 8, 8]
    assert scores["score_pct"].is_null().to_list() == [True, False, False, False]


def test_too_few_funds_have_intervals_but_no_score() -> None:
    scores = score(excess(f1=around(-2), f2=around(3)))
    assert scores["score_pct"].to_list() == [None, None] and scores["excess_low_pct"].null_count() == 0
    assert score(excess()).is_empty()
    assert score(excess(f1=[1.0] * 8, f2=[2.0] * 8, f3=[3.0] * 8))["score_pct"].null_count() == 3  # no noise to measure


def test_the_best_of_many_lucky_funds_does_not_look_skilled() -> None:
    chance = random.Random(4)  # noqa: S311 - luck
    lucky = score(excess(**{f"f{number}": [chance.gauss(0, 5) for _ in range(8)] for number in range(1, 201)}))
    means, scores = lucky["mean_excess_pct"].to_list(), lucky["score_pct"].to_list()
    assert max(means) > 3 and max(scores) < 1.2
    assert lucky["score_low_pct"].max() < 0.5  # type: ignore[operator]


def test_a_long_record_is_drawn_in_less_than_a_short_one() -> None:
    scores = score(excess(f1=around(4, 8), f2=around(4, 40), f3=around(-4, 8), f4=around(0, 8)))
    factors = dict(scores.select("cik", "shrink_factor").iter_rows())
    assert factors[2] > factors[1] == factors[3]


def test_funds_that_differ_by_chance_alone_all_score_the_mean() -> None:
    scores = score(excess(f1=around(0.1, size=9), f2=around(0, size=9), f3=around(-0.1, size=9)))
    assert scores["shrink_factor"].to_list() == [0, 0, 0]
    assert scores["score_pct"].to_list() == pytest.approx([0, 0, 0], abs=1e-12)
