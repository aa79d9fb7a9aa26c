"""Sources of prices as a reader knows them, with the day that they end on: `Nasdaq screener, January 5, 2026`."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from ..pipeline import price_sources
from ..tables import PricesFrame

_READERS = {"nasdaq": "Nasdaq screener", "fails": "SEC fails-to-deliver files", "13f": "values in Form 13F"}
"""names of sources whose label is too short for a reader"""
_EXPORTS = ("nasdaq", "finviz", "yahoo", "massive")
IMPORTED = "price files of the editors"
"""what was imported under a name that names no source"""


def name_sources(prices: PricesFrame, until: date) -> list[dict[str, Any]]:
    """The sources of `prices` up to `until`, by name: name, and `to`, the newest day of theirs.

    An imported file is known by the source that its own name names, as exports do (`nasdaq_screener_2026.csv`).
    """
    newest = prices.filter(pl.col("date") <= until).group_by("source").agg(pl.col("date").max())
    ends: dict[str, date] = {}
    for source, day in newest.iter_rows():
        name = name_of(str(source))
        ends[name] = max(day, ends.get(name, day))
    in_order = sorted(ends.items(), key=lambda pair: (pair[0] == IMPORTED, pair))
    return [{"name": name, "to": day} for name, day in in_order]


def name_of(source: str) -> str:
    """A value of the column source as a reader knows it."""
    labels = {known.name: _READERS.get(known.name, known.label) for known in price_sources.PRICE_SOURCES}
    if source in labels:
        return labels[source]
    file_name = price_sources.label_of(source).lower()
    return next((labels[known] for known in _EXPORTS if known in file_name), IMPORTED)
