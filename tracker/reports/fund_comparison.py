"""Chosen funds side by side: what they share, where their weights differ, what they bought and sold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import polars as pl

from ..errors import SettingError
from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..rankings import book_measures
from ..settings import Settings
from ..store import Store
from . import methodology
from .as_of import CAVEATS
from .fund_books import FundBooks, read_books
from .fund_overlap import pairs_told

MOST_FUNDS = 12  # side by side; of more, `consensus` tells what they have in common
_SHOWN = 8
_COLUMNS = (
    Column("name", "Security"),
    Column("ticker", "Ticker"),
    Column("cusip", "CUSIP"),
    Column("holders", "Funds", "integer", "of the chosen families, those that hold it"),
)
_MOVES = (
    Column("difference_pct", "Difference", "share", "the largest weight less the smallest"),
    Column("bought_by", "Bought by", about="families for which it is new or more than a quarter before"),
    Column("sold_by", "Sold by", about="families that closed or reduced it since the quarter before"),
)
_RULES = (
    "A weight is a share of the reported value of a family's shares, options left out; 0 where a family that has "
    "reported does not hold it, null where it has not reported.",
    "Bought and sold: families whose managers reported for both quarters; adjusted for splits if prices are loaded.",
)


class ComparisonPart(StrEnum):
    """Which securities a comparison shows."""

    ALL = "all"
    SHARED = "shared"
    """that at least two hold"""
    DIFFERENT = "different"
    """all that somebody holds, where the weights are furthest apart first"""
    BOUGHT = "bought"
    """that at least two bought, new or more"""
    SOLD = "sold"
    """that at least two sold, all or in part"""


def compare_funds(
    settings: Settings,
    queries: Sequence[str],
    quarter: Quarter | None = None,
    known_on: date | None = None,
    part: ComparisonPart = ComparisonPart.ALL,
    top: int | None = None,
) -> Answer:
    """Securities that a chosen fund holds or closed, with each fund's weight; those that most hold first.

    Each of `queries` stands for its whole family. Rows have `weight_pct_CIK` and `change_CIK` (one of Change; null if
    not known) of each family, by the CIK that was asked for. Raises NotFoundError, or SettingError for fewer than two
    families or more than `MOST_FUNDS`.
    """
    with Store(settings) as store:
        chosen = read_books(store, queries, quarter, known_on)
    if chosen.families.height > MOST_FUNDS:
        raise SettingError(
            f"{chosen.families.height} funds do not fit side by side, {MOST_FUNDS} do; "
            "`tracker consensus` tells what more of them have in common"
        )
    every = _side_by_side(chosen)
    rows = _of_part(every, part)
    shared = chosen.books.group_by("security").len().filter(pl.col("len") > 1).height
    pairs = book_measures.overlaps(chosen.books.select("security", "weight", owner="family"))
    facts = {
        "period_of_report": chosen.quarter.end,
        "known_on": known_on,
        "families": chosen.families.to_dicts(),
        "pending": chosen.of_state("pending"),
        "shared": shared,
        "pairs": pairs.sort("overlap_pct", descending=True, maintain_order=True).to_dicts(),
        "part": str(part),
        "rows_found": rows.height,
        "caveats": list(CAVEATS),
    }
    notes = [
        *chosen.told(),
        *pairs_told(pairs),
        *_common(every, "new", "New for"),
        *_common(every, "closed", "Closed by"),
        *chosen.changes_told(),
        *CAVEATS,
    ]
    weights = [
        Column(f"weight_pct_{cik}", family, "share", f"of the book of {family}")
        for family, cik in chosen.families.select("family", "cik").rows()
    ]
    changes = [
        Column(f"change_{cik}", f"{family}, change", about=f"what {family} did since the quarter before")
        for family, cik in chosen.families.select("family", "cik").rows()
    ]
    names = (
        " and ".join(chosen.families["family"]) if chosen.families.height == 2 else f"{chosen.families.height} funds"
    )
    title = f"{names}: {plural(shared, 'security', 'securities')} in common, {chosen.quarter}"
    shown = rows.head(top) if top else rows
    columns = (*_COLUMNS, *weights, *(changes if part in (ComparisonPart.BOUGHT, ComparisonPart.SOLD) else _MOVES))
    how = methodology.of_quarter(chosen.quarter, known_on, [methodology.EFFECTIVE, *_RULES, *CAVEATS])
    return Answer(title, columns, shown.to_dicts(), facts, notes, methodology=how)


def _side_by_side(chosen: FundBooks) -> pl.DataFrame:
    """`FundBooks.by_security` with difference_pct, and weight_pct_CIK and change_CIK of each family."""
    rows = chosen.by_security()
    for family, cik, state in chosen.families.select("family", "cik", "state").rows():
        weight = chosen.books.filter(family=family).select(
            "security", (pl.col("weight") * 100).alias(f"weight_pct_{cik}")
        )
        change = chosen.moves.filter(family=family).select("security", pl.col("change").alias(f"change_{cik}"))
        rows = rows.join(weight, on="security", how="left", validate="1:1")
        rows = rows.join(change, on="security", how="left", validate="1:1")
        if state == "reported":
            rows = rows.with_columns(pl.col(f"weight_pct_{cik}").fill_null(0.0))
    weights = [f"weight_pct_{cik}" for cik in chosen.families["cik"]]
    return rows.with_columns(
        difference_pct=pl.max_horizontal(weights) - pl.min_horizontal(weights),
        _smallest=pl.min_horizontal(weights),
    )


def _of_part(rows: pl.DataFrame, part: ComparisonPart) -> pl.DataFrame:
    bought, sold = pl.col("new") + pl.col("increased"), pl.col("closed") + pl.col("reduced")
    keys: list[pl.Expr]
    match part:
        case ComparisonPart.SHARED:
            rows, keys = rows.filter(pl.col("holders") > 1), [pl.col("holders"), pl.col("_smallest")]
        case ComparisonPart.DIFFERENT:
            rows, keys = rows.filter(pl.col("holders") > 0), [pl.col("difference_pct")]
        case ComparisonPart.BOUGHT:
            rows, keys = rows.filter(bought > 1), [pl.col("new"), bought, pl.col("value_usd")]
        case ComparisonPart.SOLD:
            rows, keys = rows.filter(sold > 1), [pl.col("closed"), sold, pl.col("value_usd")]
        case ComparisonPart.ALL:
            keys = [pl.col("holders"), pl.col("_smallest"), pl.col("difference_pct"), pl.col("value_usd")]
    order = [*keys, pl.col("cusip")]
    rows = rows.sort(order, descending=[*(True for _ in keys), False], nulls_last=True)
    return rows.drop("_smallest", "security")


def _common(rows: pl.DataFrame, what: str, words: str) -> list[str]:
    """What at least two did alike, in a sentence."""
    alike = rows.filter(pl.col(what) > 1).sort([what, "value_usd", "cusip"], descending=[True, True, False])
    if alike.is_empty():
        return []
    named = [f"{row['ticker'] or row['name'] or row['cusip']} ({row[what]})" for row in alike.head(_SHOWN).to_dicts()]
    more = f" and {alike.height - _SHOWN} more" if alike.height > _SHOWN else ""
    return [f"{words} two or more: {', '.join(named)}{more}."]
