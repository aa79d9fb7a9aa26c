"""Sources as a reader knows them, never as files."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tracker.newsletter.source_names import IMPORTED, name_of, name_sources


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("nasdaq", "Nasdaq screener"),
        ("yahoo", "Yahoo"),
        ("13f", "values in Form 13F"),
        ("file:nasdaq_screener_daily.parquet", "Nasdaq screener"),
        ("file:Finviz (3).csv", "Finviz"),
        ("file:SPY.csv", IMPORTED),
        ("file:sec.csv", IMPORTED),
    ],
)
def test_names(source: str, name: str) -> None:
    assert name_of(source) == name


def test_each_has_the_newest_day_up_to_the_edition() -> None:
    rows = [
        ("file:nasdaq_a.csv", date(2026, 1, 2)),
        ("nasdaq", date(2026, 1, 5)),
        ("nasdaq", date(2026, 1, 6)),
        ("file:a.csv", date(2025, 12, 31)),
    ]
    prices = pl.DataFrame(rows, schema=["source", "date"], orient="row")
    assert name_sources(prices, date(2026, 1, 5)) == [
        {"name": "Nasdaq screener", "to": date(2026, 1, 5)},
        {"name": IMPORTED, "to": date(2025, 12, 31)},
    ]
