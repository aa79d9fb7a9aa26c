"""The windows of the market for an edition's introduction: micro-caps beside index funds, and their sectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..output import Answer
from ..prices.cohort import BENCHMARKS
from ..reports import market
from ..reports.market_windows import Market, WindowKind

_FIGURES = ("cap_weighted_pct", "equal_weighted_pct", "median_pct", "risers_pct", "names")


def survey_windows(loaded: Market) -> dict[str, Any]:
    """What `tracker market` says of the list's dates and band.

    `windows` (quarters, the whole, from the low) and `sectors` have line, window, base_date, end_date, the figures of
    the stocks, and a member for each of `funds`, null where a fund does not cover the window; `low_date` may be null.
    """
    answer = market.describe(loaded)
    funds = [name for name in BENCHMARKS if any(row.get(name) is not None for row in answer.rows)]
    rows = [_row(answer, row, funds) for row in answer.rows]
    (whole,) = (row for row in rows if row["window"] == WindowKind.WHOLE)
    funds.sort(key=lambda name: whole[name] is None)  # a narrow mail shows the first ones
    return {
        "low_date": answer.facts["low_date"],
        "funds": funds,
        "windows": [row for row in rows if row["window"] != WindowKind.SECTOR],
        "sectors": [row for row in rows if row["window"] == WindowKind.SECTOR],
    }


def _row(answer: Answer, row: Mapping[str, Any], funds: list[str]) -> dict[str, Any]:
    """A fund that is measured over other days than the window has no figure there: no reader would see it."""
    short = {note["benchmark"] for note in answer.facts["benchmarks_short"] if note["line"] == row["line"]}
    return {
        **{name: row[name] for name in ("line", "window", "base_date", "end_date", *_FIGURES)},
        **{name: None if name in short else row.get(name) for name in funds},
    }
