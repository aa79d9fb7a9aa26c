"""What each family did with one security since the quarter before."""

from __future__ import annotations

import polars as pl

from ..lookup import find_security
from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..rankings.quarter_changes import IS_SHARES
from ..settings import Settings
from ..store import Store
from ..tables import POSITIONS, PositionsFrame
from . import methodology
from .as_of import CAVEATS, view
from .position_changes import Change, change_of

_COLUMNS = (
    Column("family", "Hedge fund"),
    Column("change", "Change"),
    Column("shares_before", "Shares before", "number"),
    Column("shares", "Shares", "number"),
    Column("shares_change", "Difference", "number"),
    Column("change_pct", "In percent", "change"),
    Column("value_usd", "Value", "usd"),
    Column("accession_number", "Filing"),
)
_ORDER = (Change.NEW, Change.INCREASED, Change.REDUCED, Change.CLOSED, Change.NOT_KNOWN, Change.UNCHANGED)


def holder_moves(settings: Settings, query: str, quarter: Quarter | None = None) -> Answer:
    """The families that held the security named by `query` in a quarter or the one before, and reported for both.

    One row a family, by `change` (see Change) and size; `shares_before` are in shares of the quarter, after splits;
    `cik` and `accession_number` are of its largest position, `value_usd` of what it holds now. The fact `is_compared`
    is whether the quarter before is loaded and any family reported for both. Raises NotFoundError.
    """
    with Store(settings) as store:
        seen = view(store, quarter)
        security = find_security(store, query, seen.counts)
        now = seen.positions_of(store, security)
        is_loaded = seen.quarter.previous in store.quarters()
        before = security.stored_positions(store, seen.quarter.previous) if is_loaded else POSITIONS.frame()
    ratios = security.of(seen.counts)["split_ratio"].drop_nulls()
    compared = seen.reporting.compared.to_list()
    families = _compare(now, before, ratios[0] if ratios.len() else 1.0)
    moves = families.filter(pl.col("family").is_in(compared))
    is_compared = is_loaded and bool(compared)
    counts = dict(moves.group_by("change").len().iter_rows())
    left_out = families.height - moves.height
    notes = [
        "Of the families that reported for both quarters; shares before are adjusted for splits if prices are loaded.",
        *(
            [f"Not compared: {plural(left_out, 'family', 'families')} that reported for one of them."]
            if left_out
            else []
        ),
        CAVEATS[0],
    ]
    facts = {
        "ticker": security.ticker,
        "name": security.name,
        "period_of_report": seen.quarter.end,
        "is_compared": is_compared,
        "changes": {str(change): counts[change] for change in _ORDER if change in counts},
        "not_compared": left_out,
    }
    title = f"{security.label}: changes from {seen.quarter.previous} to {seen.quarter}"
    how = methodology.of_quarter(seen.quarter, None, [methodology.EFFECTIVE, *CAVEATS])
    return Answer(title, _COLUMNS, moves.to_dicts() if is_compared else [], facts, notes, methodology=how)


def _compare(now: PositionsFrame, before: PositionsFrame, ratio: float) -> pl.DataFrame:
    """One row a family: the columns of the answer, in its order."""
    both = _held(now).join(_held(before), on="family", how="full", coalesce=True, suffix="_before", validate="1:1")
    both = both.with_columns(is_held="cik", is_held_before="cik_before")  # null: not held
    is_closed, is_new = pl.col("cik").is_null(), pl.col("cik_before").is_null()
    shares, shares_before = (
        pl.when(is_closed).then(0.0).otherwise("shares"),
        pl.when(is_new).then(0.0).otherwise(pl.col("shares_before") * ratio),
    )
    difference = shares - shares_before
    return (
        both.select(
            "family",
            pl.coalesce("cik", "cik_before").alias("cik"),
            change_of(pl.lit(ratio)).alias("change"),
            shares_before.alias("shares_before"),
            shares.alias("shares"),
            difference.alias("shares_change"),
            pl.when(shares_before > 0).then(difference / shares_before * 100).alias("change_pct"),
            pl.when(is_closed).then(0.0).otherwise("value_usd").alias("value_usd"),
            pl.coalesce("accession_number", "accession_number_before").alias("accession_number"),
        )
        .with_columns(pl.col("change").replace_strict({str(one): at for at, one in enumerate(_ORDER)}).alias("_order"))
        .sort(["_order", pl.col("shares_change").abs(), "family"], descending=[False, True, False], nulls_last=True)
        .drop("_order")
    )


def _held(positions: PositionsFrame) -> pl.DataFrame:
    """One row a family with shares: family, shares (null if a part is not known), value_usd, cik, accession_number."""
    shares = pl.when(pl.col("shares").is_null().any()).then(None).otherwise(pl.col("shares").sum())
    return (
        positions.filter(IS_SHARES)
        .sort(["value_usd", "cik"], descending=[True, False], nulls_last=True)
        .group_by("family", maintain_order=True)
        .agg(shares.alias("shares"), pl.col("value_usd").sum(), pl.col("cik", "accession_number").first())
    )
