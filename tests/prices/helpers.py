"""Small frames of prices, and returns over them with the splits that they show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from tracker.prices import split_detection
from tracker.prices import splits as splitting
from tracker.prices.returns import measure_returns
from tracker.prices.selection import preferred
from tracker.tables import PRICES

MONDAY = date(2025, 1, 6)
Close = tuple[float, float | None]  # the close and the day's change as reported


def sessions(count: int, start: date = MONDAY) -> list[date]:
    days = (start + timedelta(days=number) for number in range(3 * count + 7))
    return [day for day in days if day.weekday() < 5][:count]


def prices(
    closes: Sequence[Close],
    *,
    ticker: str = "ABC",
    days: Sequence[date] | None = None,
    shares: Sequence[float] | float | None = None,
    volumes: Sequence[float] | None = None,
    adjusted: bool = False,
    source: str = "nasdaq",
) -> pl.DataFrame:
    counts = shares if isinstance(shares, Sequence) else [shares] * len(closes)
    return PRICES.frame(
        [
            {
                "date": day,
                "ticker": ticker,
                "close": close,
                "pct_change": change,
                "market_cap_usd": close * count if count else None,
                "volume": volume,
                "is_adjusted": adjusted,
                "source": source,
            }
            for day, (close, change), count, volume in zip(
                days or sessions(len(closes)), closes, counts, volumes or [None] * len(closes), strict=False
            )
        ]
    )


def detect_splits(frame: pl.DataFrame) -> pl.DataFrame:
    return split_detection.detect(frame).filter(pl.col("ratio").is_not_null())


def returns(frame: pl.DataFrame, base: date, end: date, given: pl.DataFrame | None = None) -> pl.DataFrame:
    """With the splits that the prices show, and known ones."""
    events = split_detection.detect(preferred(frame))
    if given is not None:
        events = splitting.settle(pl.concat([events, given]))
    return measure_returns(frame, base, end, events)
