"""What changed since the quarter before: who bought, who sold, and of whom it is not known yet.

Families are compared only where they reported for both quarters (see `reporting`); of each security, what they held
before and what they hold now then differ by the families for which it is new and those that closed it:
holders_previous + new - closed is their number now.
"""

from __future__ import annotations

import polars as pl

from ..tables import PositionsFrame, SplitRatiosFrame
from ..tables.text_codes import TextCodes
from .reporting import Reporting

# A position with an unknown number of shares is a holding, too: its filing reports it.
IS_SHARES = (pl.col("share_type") == "SH") & (pl.col("put_call") == "")
SECURITY = pl.coalesce("ticker", "cusip").alias("security")
CHANGES = ("holders_previous", "new", "closed", "increased", "reduced")
# A split pays out fractions of a share in cash, for every account: a difference this small is not a trade.
_ROUNDING = 0.001
_CODES = 2**32


def traded(ratio: pl.Expr) -> pl.Expr:
    """Shares bought (negative: sold) from `shares_before` to `shares`; a split gave `ratio` new shares for one old."""
    adjusted = pl.col("shares_before") * ratio
    trade = pl.col("shares") - adjusted
    is_trade = trade.abs() > pl.when(ratio == 1.0).then(0.0).otherwise(pl.max_horizontal(1.0, adjusted * _ROUNDING))
    return pl.when(is_trade).then(trade).otherwise(0.0)


def awaited_positions(now: PositionsFrame, before: PositionsFrame, reporting: Reporting) -> PositionsFrame:
    """Shares that awaited managers held in the quarter before, unless their family holds the security now already."""
    awaited = before.filter(IS_SHARES & pl.col("cik").is_in(reporting.awaited.to_list()))
    of_their_families = pl.col("family").is_in(awaited["family"].unique().implode())
    held = now.filter(IS_SHARES & of_their_families).select(SECURITY, "family")
    return awaited.with_columns(SECURITY).join(held, on=["security", "family"], how="anti").drop("security")


def compare_quarters(
    now: PositionsFrame, before: PositionsFrame, reporting: Reporting, splits: SplitRatiosFrame | None
) -> pl.DataFrame:
    """One row a security with shares in one of the quarters: columns security, CHANGES, awaited and split_ratio.

    CHANGES are of compared families only, and null if there are none; `awaited` is the number of families with
    `awaited_positions`, null if nobody is known to have reported for the quarter before.
    """
    ratios = pl.DataFrame(schema={"ticker": pl.String, "split_ratio": pl.Float64}) if splits is None else splits
    both, securities, families = _held(now, before)
    is_compared = families.is_in(reporting.compared.implode()).gather(both["family"])
    ratio = securities.to_frame("ticker").join(ratios, on="ticker", how="left", validate="1:1", maintain_order="left")[
        "split_ratio"
    ]
    both = both.with_columns(is_compared.alias("is_compared"), ratio.gather(both["security"]).alias("split_ratio"))
    is_held, was_held = pl.col("lines") > 0, pl.col("lines_before") > 0
    trade = traded(pl.col("split_ratio").fill_null(1.0))
    conditions = (was_held, is_held & ~was_held, ~is_held & was_held, trade > 0, trade < 0)
    both = both.with_columns(
        (pl.col("is_compared") & condition).alias(name) for name, condition in zip(CHANGES, conditions, strict=True)
    )
    changes = both.group_by("security").agg(pl.col(CHANGES).sum().cast(pl.Int64), pl.col("split_ratio").first())
    changes = changes.with_columns(securities.gather(changes["security"]).alias("security"))
    awaited = awaited_positions(now, before, reporting).group_by(SECURITY).agg(pl.col("family").n_unique())
    changes = changes.join(awaited, on="security", how="left", validate="1:1").with_columns(
        pl.col("family").cast(pl.Int64).fill_null(0).alias("awaited")
    )
    return changes.drop("family").with_columns(
        pl.when(pl.lit(reporting.compared.len() > 0)).then(pl.col(*CHANGES)),
        pl.when(pl.lit(reporting.expected > 0)).then(pl.col("awaited")),
    )


def _held(now: PositionsFrame, before: PositionsFrame) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """What each family holds of each security in either quarter; and the securities and the families, as texts.

    Columns security and family (places in these texts), lines and lines_before (0 if it does not hold it), shares and
    shares_before (null if a part is not known, or if it does not hold it).
    """
    held = pl.concat(
        frame.lazy().filter(IS_SHARES).select(SECURITY, "family", "shares", pl.lit(is_now).alias("is_now"))
        for frame, is_now in ((now, True), (before, False))
    ).collect()
    security, family = TextCodes.of(held["security"]), TextCodes.of(held["family"])
    key = (security.codes.cast(pl.UInt64) * _CODES + family.codes).alias("key")
    is_now, shares = pl.col("is_now"), pl.col("shares")
    columns = [
        column.alias(f"{name}{suffix}")
        for is_its, suffix in ((is_now, ""), (~is_now, "_before"))
        for name, column in (
            ("lines", is_its),
            ("unknown", is_its & shares.is_null()),
            ("shares", pl.when(is_its).then(shares).otherwise(0.0)),
        )
    ]
    both = pl.DataFrame([key, *held.select(columns)]).group_by("key").agg(pl.all().sum())
    return (
        both.select(
            (pl.col("key") // _CODES).cast(pl.UInt32).alias("security"),
            (pl.col("key") % _CODES).cast(pl.UInt32).alias("family"),
            "lines",
            "lines_before",
            *(
                pl.when(pl.col(f"lines{of}") > 0, pl.col(f"unknown{of}") == 0).then(f"shares{of}").alias(f"shares{of}")
                for of in ("", "_before")
            ),
        ),
        security.texts,
        family.texts,
    )
