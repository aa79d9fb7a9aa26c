"""What a chosen group of funds holds most, and what they bought and sold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import polars as pl

from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store
from . import methodology
from .as_of import CAVEATS
from .fund_books import read_books

_COLUMNS = (
    Column("rank", "#", "integer", "place in this order"),
    Column("name", "Security"),
    Column("ticker", "Ticker"),
    Column("cusip", "CUSIP"),
    Column("holders", "Funds", "integer", "families of the group that hold it"),
    Column("holders_pct", "Of group", "share", "of the families of the group that have reported"),
    Column("new", "New", "integer", "families of the group for which it is new since the quarter before"),
    Column("increased", "More", "integer", "families of the group with more shares than a quarter before"),
    Column("reduced", "Less", "integer", "families of the group with fewer shares than a quarter before"),
    Column("closed", "Closed", "integer", "families of the group that held it a quarter before and do not now"),
    Column("value_usd", "Value", "usd"),
    Column("mean_weight_pct", "Mean weight", "share"),
)
_RULES = (
    "Families of the group are counted, hedge funds or not; shares only, options and debt left out.",
    "New, more, less and closed: families whose managers reported for both quarters; adjusted for splits if prices are "
    "loaded.",
)


class GroupMeasure(StrEnum):
    """What the first of a group's securities has most of."""

    HOLDERS = "holders"
    NEW = "new"
    INCREASED = "increased"
    BOUGHT = "bought"
    """new or more"""
    SOLD = "sold"
    """closed or less"""
    VALUE = "value"


_MEASURED = {
    GroupMeasure.HOLDERS: ("holders", pl.col("holders")),
    GroupMeasure.NEW: ("new", pl.col("new")),
    GroupMeasure.INCREASED: ("increased", pl.col("increased")),
    GroupMeasure.BOUGHT: ("bought", pl.col("new") + pl.col("increased")),
    GroupMeasure.SOLD: ("sold", pl.col("closed") + pl.col("reduced")),
    GroupMeasure.VALUE: ("value_usd", pl.col("value_usd")),
}


def find_consensus(
    settings: Settings,
    queries: Sequence[str],
    quarter: Quarter | None = None,
    known_on: date | None = None,
    by: GroupMeasure = GroupMeasure.HOLDERS,
    top: int | None = None,
) -> Answer:
    """One row a security that a fund of the group holds or closed, with how many of the group hold it.

    Each of `queries` (CIK, name or part of it) stands for its whole family. The order is by `by`, then holders, then
    the mean weight among those; securities without any of it are left out. Raises NotFoundError, or SettingError for
    fewer than two families.
    """
    with Store(settings) as store:
        group = read_books(store, queries, quarter, known_on)
    name, measure = _MEASURED[by]
    reported = len(group.of_state("reported"))
    rows = (
        group.by_security()
        .with_columns(measure.alias(name))
        .filter(pl.col(name) > 0)
        .sort([name, "holders", "mean_weight_pct", "cusip"], descending=[True, True, True, False], nulls_last=True)
        .with_columns(holders_pct=pl.when(pl.lit(reported > 0)).then(pl.col("holders") / reported * 100))
        .with_row_index("rank", 1)
        .select(*(column.key for column in _COLUMNS), "held_by", "bought_by", "sold_by", "pending_holders",
                "accession_numbers")
    )  # fmt: skip
    facts = {
        "period_of_report": group.quarter.end,
        "known_on": known_on,
        "by": str(by),
        "families": group.families.to_dicts(),
        "families_reported": reported,
        "families_compared": int(group.families["is_compared"].sum()),
        "pending": group.of_state("pending"),
        "rows_found": rows.height,
        "caveats": list(CAVEATS),
    }
    title = (
        f"{plural(rows.height, 'security', 'securities')} of {plural(group.families.height, 'chosen fund')}, "
        f"{reported} of which have reported, by {by}, {group.quarter}"
    )
    notes = [*group.told(), *group.changes_told(), *CAVEATS]
    how = methodology.of_quarter(group.quarter, known_on, [methodology.EFFECTIVE, *_RULES, *CAVEATS])
    shown = rows.head(top) if top else rows
    return Answer(title, _COLUMNS, shown.to_dicts(), facts, notes, methodology=how)
