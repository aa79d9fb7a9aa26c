"""What changed since the quarter before: who bought, who sold, and of whom it is not known yet.

Families are compared only where they reported for both quarters (see `reporting`); of each security, what they held
before and what they hold now then differ by the families for which it is new and those that closed it:
holders_previous + new - closed is their number now.
"""

from __future__ import annotations

import polars as pl

from ..tables import PositionsFrame, SplitRatiosFrame
from .reporting import Reporting

# A position with an unknown number of shares is a holding, too: its filing reports it.
IS_SHARES = (pl.col("share_type") == "SH") & (pl.col("put_call") == "")
SECURITY = pl.coalesce("ticker", "cusip").alias("security")
CHANGES = ("holders_previous", "new", "closed", "increased", "reduced")
# A split pays out fractions of a share in cash, for every account: a difference this small is not a trade.
_ROUNDING = 0.001


def traded(ratio: pl.Expr) -> pl.Expr:
    """Shares bought (negative: sold) from `shares_before` to `shares`; a split gave `ratio` new shares for one old."""
    adjusted = pl.col("shares_before") * ratio
    trade = pl.col("shares") - adjusted
    is_trade = trade.abs() > pl.when(ratio == 1.0).then(0.0).otherwise(pl.max_horizontal(1.0, adjusted * _ROUNDING))
    return pl.when(is_trade).then(trade).otherwise(0.0)


def awaited_positions(now: PositionsFrame, before: PositionsFrame, reporting: Reporting) -> PositionsFrame:
    """Shares that awaited managers held in the quarter before, unless their family holds the security now already."""
    held = now.filter(IS_SHARES).select(SECURITY, "family")
    awaited = before.filter(IS_SHARES & pl.col("cik").is_in(reporting.awaited.to_list()))
    return awaited.with_columns(SECURITY).join(held, on=["security", "family"], how="anti").drop("security")


def compare_quarters(
    now: PositionsFrame, before: PositionsFrame, reporting: Reporting, splits: SplitRatiosFrame | None
) -> pl.DataFrame:
    """One row a security with shares in one of the quarters: columns security, CHANGES, awaited and split_ratio.

    CHANGES are of compared families only, and null if there are none; `awaited` is the number of families with
    `awaited_positions`, null if nobody is known to have reported for the quarter before.
    """
    ratios = pl.DataFrame(schema={"ticker": pl.String, "split_ratio": pl.Float64}) if splits is None else splits
    held, held_before = _held(now), _held(before)
    both = held.join(
        held_before, on=["security", "family"], how="full", coalesce=True, suffix="_before", validate="1:1"
    )
    both = both.join(ratios, left_on="security", right_on="ticker", how="left", validate="m:1")
    is_compared = pl.col("family").is_in(reporting.compared.to_list())
    is_held, was_held = pl.col("held").is_not_null(), pl.col("held_before").is_not_null()
    trade = traded(pl.col("split_ratio").fill_null(1.0))
    conditions = (was_held, is_held & ~was_held, ~is_held & was_held, trade > 0, trade < 0)
    changes = both.group_by("security").agg(
        *(
            (is_compared & condition).sum().cast(pl.Int64).alias(name)
            for name, condition in zip(CHANGES, conditions, strict=True)
        ),
        pl.col("split_ratio").first(),
    )
    awaited = awaited_positions(now, before, reporting).group_by(SECURITY).agg(pl.col("family").n_unique())
    changes = changes.join(awaited, on="security", how="left", validate="1:1").with_columns(
        pl.col("family").cast(pl.Int64).fill_null(0).alias("awaited")
    )
    return changes.drop("family").with_columns(
        pl.when(pl.lit(reporting.compared.len() > 0)).then(pl.col(*CHANGES)),
        pl.when(pl.lit(reporting.expected > 0)).then(pl.col("awaited")),
    )


def _held(positions: PositionsFrame) -> pl.DataFrame:
    """Columns security, family, shares (null if a part is not known), and held, which is true."""
    shares = pl.when(pl.col("shares").is_null().any()).then(None).otherwise(pl.col("shares").sum())
    return (
        positions.filter(IS_SHARES)
        .with_columns(SECURITY)
        .group_by("security", "family")
        .agg(shares.alias("shares"), pl.lit(True).alias("held"))
    )
