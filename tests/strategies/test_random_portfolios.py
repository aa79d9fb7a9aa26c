"""Random portfolios: seeded, of the right size and days, and worked out by hand where there is no choice."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import polars as pl
import pytest

from tests.strategies.helpers import START
from tracker.strategies.random_portfolios import BANDS, draw

SCHEMA = {"quarter": pl.String(), "ticker": pl.String(), "date": pl.Date(), "growth": pl.Float64()}


def growth(quarter: str, first: int, **tickers: list[float | None]) -> pl.DataFrame:
    """Growth of tickers over days from `first` on."""
    rows = [
        (quarter, ticker, START + timedelta(first + number), value)
        for ticker, values in tickers.items()
        for number, value in enumerate(values)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def market(names: int, days: int, quarters: int) -> pl.DataFrame:
    rows = [
        (f"{2015 + quarter // 4}Q{quarter % 4 + 1}", f"T{name:04}", START + timedelta(quarter * (days - 1) + day),
         1.0 + day * ((name * 37 + quarter * 11) % 101 - 45) / 5000)
        for quarter, name, day in product(range(quarters), range(names), range(days))
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def test_without_a_choice_every_portfolio_is_the_band() -> None:
    """Two stocks, two picks: a mean of 1.25 in the first quarter, then 0.9 of that; the shared day is counted once."""
    rows = pl.concat([growth("2024Q1", 0, A=[1, 1.2, 1.5], B=[1, 0.9, 1]), growth("2024Q2", 2, B=[1, 0.8], C=[1, 1])])
    portfolios = draw(rows, 2, count=50)
    assert portfolios.ends["growth"].to_list() == pytest.approx([1.125] * 50)
    assert portfolios.bands["date"].to_list() == [START + timedelta(number) for number in range(4)]
    for band in BANDS:
        assert portfolios.bands[band].to_list() == pytest.approx([1, 1.05, 1.25, 1.125])
    assert draw(rows, 9, count=2).ends["growth"].to_list() == pytest.approx([1.125] * 2)  # more than there are


def test_costs_are_taken_at_both_ends_of_each_quarter() -> None:
    rows = pl.concat([growth("2024Q1", 0, A=[1, 1.5]), growth("2024Q2", 1, B=[1, 0.8])])
    assert draw(rows, 1, count=1, cost_pct=1).ends["growth"][0] == pytest.approx(1.2 * 0.99**4)


def test_a_day_without_a_close_keeps_the_value_before_and_an_ended_stock_its_last() -> None:
    rows = growth("2024Q1", 0, A=[1, None, 2, 3], B=[1, 0.5]).reverse()
    assert draw(rows, 2, count=1).bands["p50"].to_list() == pytest.approx([1, 0.75, 1.25, 1.75])


def test_what_could_not_be_bought_is_refused() -> None:
    with pytest.raises(ValueError, match="B has no growth on 2024-01-01"):
        draw(growth("2024Q1", 0, A=[1, 2], B=[None, 2]), 1)
    with pytest.raises(ValueError, match="at least one"):
        draw(growth("2024Q1", 0, A=[1, 2]), 0)


def test_a_seed_gives_the_same_portfolios_whatever_the_order_of_rows() -> None:
    rows = market(30, 5, 3)
    first, again = draw(rows, 5, count=40), draw(rows.sample(fraction=1, shuffle=True, seed=2), 5, count=40)
    assert first.ends.equals(again.ends) and first.bands.equals(again.bands)
    assert not first.ends.equals(draw(rows, 5, count=40, seed=14).ends)


def test_the_draw_is_fair_and_without_repeats() -> None:
    """Growth of 1 + 2^n tells which stocks were drawn: each as often, never one twice."""
    rows = growth("2024Q1", 0, **{f"T{number}": [1.0, 1.0 + 2.0**number] for number in range(10)})
    ends = draw(rows, 3, count=3_000).ends["growth"]
    codes = [round((value - 1) * 3) for value in ends]
    assert all(code.bit_count() == 3 for code in codes)
    counts = [sum(code >> number & 1 for code in codes) for number in range(10)]
    assert all(abs(count - 900) < 120 for count in counts), counts  # about 4.8 standard deviations


def test_a_percentile_is_the_share_below() -> None:
    rows = growth("2024Q1", 0, A=[1.0, 1.1], B=[1.0, 2.0])
    portfolios = draw(rows, 1, count=1_000)
    low = portfolios.ends.filter(pl.col("growth") < 1.5).height / 10
    assert 40 < low < 60
    assert portfolios.percentile(1.5) == pytest.approx(low)
    assert portfolios.percentile(1.1) == pytest.approx(low / 2)
    assert portfolios.percentile(3.0) == 100 and portfolios.percentile(0.5) == 0
    assert portfolios.percentile(None) is None


def test_nothing_to_draw_from_is_told_as_unknown() -> None:
    portfolios = draw(pl.DataFrame(schema=SCHEMA), 5)
    assert portfolios.bands.is_empty() and portfolios.percentile(1.0) is None
    assert portfolios.bands.schema["date"] == pl.Date()


def test_bands_are_in_order_on_every_day() -> None:
    bands = draw(market(40, 20, 4), 5, count=200).bands
    ordered = [pl.col(low) <= pl.col(high) for low, high in zip(BANDS, list(BANDS)[1:], strict=False)]
    assert bands.height == 20 + 3 * 19 and bands.select(pl.all_horizontal(*ordered).all()).item()
    assert bands["date"].is_sorted() and bands["date"][0] == date(2024, 1, 1)
