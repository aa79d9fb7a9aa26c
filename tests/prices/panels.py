"""Made-up daily screens of a market, as an exchange reports it, and the faults that files of them have."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from tracker.prices import calendar
from tracker.tables import PRICES

FIRST = date(2025, 3, 3)


def sessions(count: int, first: date = FIRST) -> list[date]:
    days = (first + timedelta(days=number) for number in range(2 * count + 14))
    return [day for day in days if calendar.is_session(day)][:count]


def panel(
    days: Sequence[date],
    *,
    names: int = 120,
    exchange: str | None = "NYSE",
    source: str = "file:a.csv",
    market: Mapping[date, float] | None = None,
    seed: int = 1,
) -> pl.DataFrame:
    """A right panel: each change is the exchange's, from the close of the session before.

    `market` has days on which all names fall or rise.
    """
    random_moves = random.Random(seed)  # noqa: S311
    rows = []
    for number in range(names):
        close = round(random_moves.uniform(1, 200), 2)
        for day in days:
            before = close
            move = random_moves.gauss(0, 0.03) + (market or {}).get(day, 0.0)
            close = max(round(before * (1 + move), 4), 0.01)
            rows.append(
                {
                    "date": day,
                    "ticker": f"{exchange or 'T'}{number:03}",
                    "close": close,
                    "pct_change": round((close / before - 1) * 100, 3),
                    "exchange": exchange,
                    "is_adjusted": False,
                    "source": source,
                }
            )
    return PRICES.frame(rows).sort(PRICES.key)


def midway(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` as a screen shows them while the session is under way: half of the day's change, more or less."""
    start = pl.col("close") / (1 + pl.col("pct_change") / 100)
    change = pl.col("pct_change") * 0.5 + pl.int_range(pl.len()) % 7 - 3
    return rows.with_columns(close=(start * (1 + change / 100)).round(4), pct_change=change.round(3))


def late(prices: pl.DataFrame, days: Sequence[date], *, snapshot: bool) -> pl.DataFrame:
    """`prices` in which the rows of `days`, sessions in a row, are dated one session late.

    The rows of the session after them are lost. The first of `days` has no rows of its own, or with `snapshot` some
    from before its close.
    """
    after = next(day for day in sessions(20, days[-1]) if day > days[-1])
    moved = dict(zip(days, [*days[1:], after], strict=True))
    early = midway(prices.filter(pl.col("date") == days[0])) if snapshot else prices.clear()
    kept = without(prices, [after]).with_columns(pl.col("date").replace(moved))
    return pl.concat([kept, early]).sort(PRICES.key)


def without(prices: pl.DataFrame, days: Iterable[date]) -> pl.DataFrame:
    return prices.filter(~pl.col("date").is_in(list(days)))
