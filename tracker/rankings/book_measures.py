"""The shape of funds' books: how far each is from what all hold together, how concentrated, how much it changes.

A book is a manager's shares (no options, no principal amounts) at a quarter's end, weighted by reported value; CUSIPs
with one ticker are one security.
"""

from __future__ import annotations

import polars as pl

from ..tables import PositionsFrame
from .quarter_changes import IS_SHARES, SECURITY

_KEY = ["cik", "period_of_report"]


def weights(positions: PositionsFrame) -> pl.DataFrame:
    """Columns cik, period_of_report, security, ticker (null without one), value_usd and weight, a fraction."""
    held = positions.filter(IS_SHARES, pl.col("value_usd") > 0).with_columns(SECURITY)
    books = held.group_by(*_KEY, "security").agg(pl.col("ticker").first(), pl.col("value_usd").sum())
    return books.with_columns(weight=pl.col("value_usd") / pl.col("value_usd").sum().over(_KEY)).sort(*_KEY, "security")


def shapes(books: pl.DataFrame) -> pl.DataFrame:
    """The newest book of each manager: cik, period_of_report, position_count, top_ten_pct, effective_positions and
    active_share_pct.

    `books` are `weights`. `effective_positions` is the number of equal positions with the same concentration, one by
    the sum of squared weights. The active share is half the sum of the differences between a book's weights and those
    of the books of all managers of that quarter added up: 0 for the same book, 100 for nothing in common; null if there
    is no other book.
    """
    newest = books.filter(pl.col("period_of_report") == pl.col("period_of_report").max().over("cik"))
    period = books.group_by("period_of_report", "security").agg(pl.col("value_usd").sum())
    all_books = period.with_columns(
        all_weight=pl.col("value_usd") / pl.col("value_usd").sum().over("period_of_report")
    ).drop("value_usd")
    managers = books.group_by("period_of_report").agg(managers=pl.col("cik").n_unique())
    both = newest.join(all_books, on=["period_of_report", "security"], validate="m:1")
    # half of the sum of the differences is what the smaller weights leave of the whole; they are 0 elsewhere
    shared = pl.min_horizontal("weight", "all_weight").sum()
    return (
        both.join(managers, on="period_of_report", validate="m:1")
        .group_by(_KEY)
        .agg(
            position_count=pl.len().cast(pl.Int64),
            top_ten_pct=pl.col("weight").top_k(10).sum() * 100,
            effective_positions=1 / pl.col("weight").pow(2).sum(),
            active_share_pct=pl.when(pl.col("managers").first() > 1).then((1 - shared).clip(0, 1) * 100),
        )
        .sort("cik")
    )


def turnover(books: pl.DataFrame) -> pl.DataFrame:
    """Columns cik, turnover_pct: half the sum of the changes in weight from a quarter to the next, mean of all.

    Changes of price are among them. A manager without books for two quarters in a row is not there.
    """
    now = books.select(*_KEY, "security", "weight")
    last = now.with_columns(
        period_of_report=pl.col("period_of_report").dt.offset_by("1d").dt.offset_by("3mo").dt.offset_by("-1d")
    )
    reported = now.select(_KEY).unique().join(last.select(_KEY).unique(), on=_KEY)
    kept = now.join(last, on=[*_KEY, "security"], suffix="_before", validate="1:1")
    shared = kept.group_by(_KEY).agg(shared=pl.min_horizontal("weight", "weight_before").sum())
    return (
        reported.join(shared, on=_KEY, how="left", validate="1:1")
        .with_columns(changed=(1 - pl.col("shared").fill_null(0.0)).clip(0, 1) * 100)
        .group_by("cik")
        .agg(turnover_pct=pl.col("changed").mean())
        .sort("cik")
    )


def overlaps(books: pl.DataFrame) -> pl.DataFrame:
    """Each two of `books` (owner, security, weight; one row each): columns owner, other, in_common, overlap_pct.

    The overlap is the sum of the smaller of the two weights of each security.
    """
    pairs = books.join(books, on="security", suffix="_other").filter(pl.col("owner") < pl.col("owner_other"))
    owners = books.select(pl.col("owner").unique().sort())
    every = owners.join(owners.rename({"owner": "other"}), how="cross").filter(pl.col("owner") < pl.col("other"))
    shared = pairs.group_by("owner", other="owner_other").agg(
        in_common=pl.len().cast(pl.Int64), overlap_pct=pl.min_horizontal("weight", "weight_other").sum() * 100
    )
    return (
        every.join(shared, on=["owner", "other"], how="left", validate="1:1")
        .with_columns(pl.col("in_common").fill_null(0), pl.col("overlap_pct").fill_null(0.0))
        .sort("owner", "other")
    )
