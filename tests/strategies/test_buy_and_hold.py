"""A dollar in each stock from one rebalance to the next, worked out by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tracker.strategies.buy_and_hold import GROWTH, buy_and_hold
from tracker.strategies.random_portfolios import draw

DAYS = [date(2024, 2, day) for day in (20, 21, 22, 23, 26)]
SPANS = pl.DataFrame({"quarter": ["2023Q4"], "first": [DAYS[0]], "last": [DAYS[4]]})
ENDS = {"ticker": pl.String(), "last_date": pl.Date(), "known_on": pl.Date(), "final_pct": pl.Float64()}


def closes(**tickers: list[float | None]) -> pl.DataFrame:
    rows = [
        (ticker, day, value)
        for ticker, values in tickers.items()
        for day, value in zip(DAYS, values, strict=False)
        if value is not None
    ]
    return pl.DataFrame(rows, schema={"ticker": pl.String(), "date": pl.Date(), "adjusted": pl.Float64()}, orient="row")


def growth(prices: pl.DataFrame, *ends: tuple[str, date, date, float], spans: pl.DataFrame = SPANS) -> pl.DataFrame:
    candidates = prices.select(pl.lit("2023Q4").alias("quarter"), "ticker")
    return buy_and_hold(candidates, spans, prices, pl.DataFrame(ends, schema=ENDS, orient="row"))


def of(rows: pl.DataFrame, ticker: str) -> list[tuple[date, float]]:
    return rows.filter(ticker=ticker).select("date", "growth").rows()


def test_a_stock_is_bought_on_the_first_session_and_never_later() -> None:
    rows = growth(closes(A=[10, 20, None, 5, 15], LATE=[None, 1, 2, 3, 4]))
    assert dict(rows.schema) == GROWTH
    assert of(rows, "A") == [(DAYS[0], 1), (DAYS[1], 2), (DAYS[3], 0.5), (DAYS[4], 1.5)]
    assert of(rows, "LATE") == []


def test_a_span_has_no_day_before_or_after_it() -> None:
    rows = growth(closes(A=[10, 20, 40, 80, 160]), spans=SPANS.with_columns(first=DAYS[1], last=DAYS[3]))
    assert of(rows, "A") == [(DAYS[1], 1), (DAYS[2], 2), (DAYS[3], 4)]


def test_what_is_delisted_falls_when_that_shows() -> None:
    rows = growth(closes(A=[1] * 5, GONE=[10, 8]), ("GONE", DAYS[1], DAYS[3], -55.0))
    assert of(rows, "GONE") == [(DAYS[0], 1), (DAYS[1], 0.8), (DAYS[3], pytest.approx(0.36))]
    assert draw(rows, 2, count=1).bands["p50"].to_list() == pytest.approx([1, 0.9, 0.9, 0.68, 0.68])


def test_an_end_that_shows_later_is_met_when_the_stock_would_be_sold() -> None:
    rows = growth(closes(A=[1] * 5, GONE=[10, 8]), ("GONE", DAYS[1], date(2024, 3, 9), -55.0))
    assert of(rows, "GONE")[-1] == (DAYS[4], pytest.approx(0.36))


def test_an_end_after_the_span_and_one_before_it_change_nothing() -> None:
    prices = closes(A=[10, 10, 10, 10, 12], OLD=[None, None, None, None, 5])
    rows = growth(prices, ("A", DAYS[4], date(2024, 3, 9), -55.0), ("OLD", DAYS[4], date(2024, 3, 9), -55.0))
    assert of(rows, "A")[-1] == (DAYS[4], pytest.approx(1.2)) and of(rows, "OLD") == []


def test_a_merger_ends_at_its_last_close() -> None:
    rows = growth(closes(A=[1] * 5, SOLD=[10, 12]), ("SOLD", DAYS[1], DAYS[2], 0.0))
    assert of(rows, "SOLD")[-1] == (DAYS[2], pytest.approx(1.2))
