"""Why a list is empty, and what would not be: the values that filters could name, and the filter that left nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from ..output import in_a_line
from ..rankings.parameters import Criteria
from ..rankings.ranking import Ranking
from ..tables import PricesFrame

NAMED = ("exchange", "sector", "country")


def values_there_are(stocks: PricesFrame, criteria: Criteria) -> dict[str, list[str]]:
    """For each of NAMED by which a filter names what no stock has: the values there are, the most frequent first."""
    there = {}
    for name in NAMED:
        wanted = {value.casefold() for value in getattr(criteria, name)}
        if not wanted:
            continue
        values = stocks[name].drop_nulls().value_counts(name="stocks").sort("stocks", name, descending=[True, False])
        known = [str(value) for value in values[name]]
        if wanted - {value.casefold() for value in known}:
            there[name] = known
    return there


def sentences(ranking: Ranking, criteria: Criteria, there: Mapping[str, Sequence[str]]) -> list[str]:
    """What filters name that no stock has, with the values there are; and which filter left nothing."""
    told = []
    for name, known in there.items():
        spelled = {value.casefold() for value in known}
        absent = [value for value in getattr(criteria, name) if value.casefold() not in spelled]
        what = f"No stock has {name} {' or '.join(absent)}"
        told.append(in_a_line(f"{what}; there are", known) if known else f"{what}: the prices loaded name none.")
    if ranking.band.is_empty():
        last = next((step for step in reversed(ranking.steps()) if step["removed"]), None)
        count = last["removed"] if last else 0
        told.append(
            f"Nothing is left: the last {count:,} went with: {last['filter']}; see `--explain-filters`."
            if last
            else "Nothing is left: no stock has a price on the cap date."
        )
    return told


def counts_of(rows: pl.DataFrame, column: str) -> list[str]:
    """`value (count)` of each value of a column, the most frequent first."""
    counted = rows[column].drop_nulls().value_counts(name="rows").sort("rows", column, descending=[True, False])
    return [f"{value} ({count:,})" for value, count in counted.rows()]
