"""A manager's positions by security, beside those of the quarter before."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from ..rankings.quarter_changes import IS_SHARES, SECURITY, traded
from ..tables import PositionsFrame, SplitRatiosFrame

_KEY = ["security", "share_type", "put_call"]
_NAMES = ("cusip", "ticker", "name_of_issuer", "title_of_class")


class Change(StrEnum):
    """What happened to a position since the quarter before."""

    NEW = "new"
    INCREASED = "increased"
    REDUCED = "reduced"
    UNCHANGED = "unchanged"
    CLOSED = "closed"
    NOT_KNOWN = "not known"
    """the number of shares is missing in one of the quarters"""


def by_security(positions: PositionsFrame) -> pl.DataFrame:
    """One row a security, share type and option side, under its largest CUSIP.

    Columns security (ticker, or CUSIP without one), share_type, put_call, and those of POSITIONS that add up or that
    the largest CUSIP has.
    """
    shares = pl.when(pl.col("shares").is_null().any()).then(None).otherwise(pl.col("shares").sum())
    return (
        positions.with_columns(SECURITY)
        .sort(["value_usd", "cusip"], descending=[True, False])
        .group_by(_KEY, maintain_order=True)
        .agg(
            pl.col(*_NAMES, "accession_number").first(),
            shares.alias("shares"),
            pl.col("value_usd").sum(),
            pl.when(pl.col("portfolio_pct").count() > 0).then(pl.col("portfolio_pct").sum()).alias("portfolio_pct"),
        )
    )


def compare_positions(
    now: PositionsFrame, before: PositionsFrame | None, split_ratios: SplitRatiosFrame
) -> pl.DataFrame:
    """What is held, the largest first, then options, then what was closed; with the change since the quarter before.

    `before` is None if there is no report for the quarter before: then no change is known. `split_ratios` has columns
    ticker, split_ratio. Columns are those of `portfolio`'s positions; `change` is one of Change.
    """
    is_held, is_option = pl.col("is_held").fill_null(False), pl.col("put_call") != ""
    what = (
        pl.when(is_option)
        .then(pl.format("{}s", pl.col("put_call").str.to_lowercase()))
        .when(pl.col("share_type") == "PRN")
        .then(pl.lit("debt"))
        .otherwise(pl.lit("shares"))
    )
    return (
        _with_changes(now, before, split_ratios)
        .with_columns(
            what.alias("what"),
            pl.when(is_held).then("shares").otherwise(0.0).alias("shares"),
            pl.when(is_held).then("value_usd").otherwise(0.0).alias("value_usd"),
        )
        .sort(
            [~is_held, is_option, "value_usd", "cusip", "put_call", "share_type"],
            descending=[False, False, True, False, False, False],
        )
        .select(
            *_NAMES,
            "what",
            "share_type",
            "put_call",
            "shares",
            "value_usd",
            "portfolio_pct",
            "change",
            "shares_before",
            "accession_number",
        )
    )


def _with_changes(now: PositionsFrame, before: PositionsFrame | None, split_ratios: SplitRatiosFrame) -> pl.DataFrame:
    """`by_security` of both quarters, with is_held, shares_before (in shares of now) and change."""
    held = by_security(now).with_columns(pl.lit(True).alias("is_held"))
    if before is None:
        return held.with_columns(
            pl.lit(None, pl.Float64).alias("shares_before"), pl.lit(None, pl.String).alias("change")
        )
    held_before = by_security(before).with_columns(pl.lit(True).alias("is_held"))
    both = held.join(held_before, on=_KEY, how="full", coalesce=True, suffix="_before", validate="1:1")
    both = both.with_columns(pl.coalesce(name, f"{name}_before").alias(name) for name in _NAMES)
    both = both.join(split_ratios, left_on="security", right_on="ticker", how="left", validate="m:1")
    ratio = pl.col("split_ratio").fill_null(1.0)
    return both.with_columns(change_of(ratio).alias("change"), (pl.col("shares_before") * ratio).alias("shares_before"))


def change_of(ratio: pl.Expr) -> pl.Expr:
    """One of Change, from is_held, is_held_before (null: not held), shares and shares_before, as reported then.

    A split gave `ratio` new shares for one old.
    """
    trade = traded(ratio)
    changes = [
        (pl.col("is_held_before").is_null(), Change.NEW),
        (pl.col("is_held").is_null(), Change.CLOSED),
        (pl.col("shares").is_null() | pl.col("shares_before").is_null(), Change.NOT_KNOWN),
        (trade > 0, Change.INCREASED),
        (trade < 0, Change.REDUCED),
        (pl.lit(True), Change.UNCHANGED),
    ]
    return pl.coalesce(pl.when(condition).then(pl.lit(change.value)) for condition, change in changes)


def with_values(positions: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """`compare_positions` with `value_change_usd`: what was bought (negative: sold) at the price of the quarter's end.

    The price is that of the position itself; of a closed one it is in `prices` (columns security, price_usd), and the
    value is null if it is not there. What is new was bought whole.
    """
    price = pl.when(pl.col("shares") > 0).then(pl.col("value_usd") / pl.col("shares"))
    value = (
        pl.when(pl.col("change") == Change.UNCHANGED)
        .then(0.0)
        .when(pl.col("change") == Change.NEW)
        .then("value_usd")
        .when(pl.col("change") == Change.CLOSED)
        .then(-pl.col("shares_before") * pl.col("price_usd"))
        .when(pl.col("change").is_in([Change.INCREASED, Change.REDUCED]))
        .then((pl.col("shares") - pl.col("shares_before")) * price)
    )
    # a principal amount of debt has no price by the share
    priced = positions.with_columns(pl.when(pl.col("share_type") == "SH").then(SECURITY).alias("security"))
    return (
        priced.join(prices, on="security", how="left", validate="m:1", maintain_order="left")
        .with_columns(value.alias("value_change_usd"))
        .drop("security", "price_usd")
    )


def reported_prices(positions: PositionsFrame) -> pl.DataFrame:
    """Columns security, price_usd: the median of value / shares over the managers that hold it at a quarter's end."""
    held = positions.filter(IS_SHARES, pl.col("shares") > 0, pl.col("value_usd") > 0).with_columns(SECURITY)
    return held.group_by("security").agg((pl.col("value_usd") / pl.col("shares")).median().alias("price_usd"))
