"""What becomes of a holding whose stock is no longer quoted.

No file that is loaded states why a listing ended. Forms 25, 25-NSE and 15 in EDGAR's form index (see
`sources.delistings`) have its day alone, and show the end sooner than missing closes do. Why, the last closes tell: a
stock whose last closes hardly move trades at the price of an agreed merger, and ends at its last close. Any other ends
at a loss on its last close: 55% on Nasdaq (Shumway and Warther 1999), 30% on NYSE and AMEX (Shumway 1997). Results are
shown with that loss at 0 and at 100%, too.

A change of name is not an end: closes are followed to the new ticker.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import polars as pl

from ..sources.delistings import last_listing_days
from ..tables import DELISTED_STOCKS, DelistedStocksFrame

LOSS_PCT = {"NASDAQ": -55.0, "NYSE": -30.0, "AMEX": -30.0}
UNKNOWN_EXCHANGE_PCT = -55.0
ENDS = {
    "ticker": pl.String(), "last_date": pl.Date(), "known_on": pl.Date(), "end": pl.String(),
    "final_pct": pl.Float64(), "has_form": pl.Boolean(),
}  # fmt: skip
MAX_GAP_DAYS = 7  # without a close: a halt may last as long
_PINNED_DAYS, _PINNED_RANGE = 10, 0.03


class End(StrEnum):
    """How a pick's story ends: the values of the column `end` of trades."""

    HELD = "held"
    """to the last day, or carried over into the next quarter's picks"""
    SOLD = "sold"
    MERGED = "merged"
    DELISTED = "delisted"
    RENAMED = "renamed"
    """held or sold under another ticker than it was bought under"""


def find_ends(closes: pl.DataFrame, horizon: date, delistings: DelistedStocksFrame | None = None) -> pl.DataFrame:
    """The stocks of `closes` that are no longer quoted on `horizon`.

    `closes` has columns ticker, date, adjusted, exchange; `horizon` is the last day that the price source covers. With
    `delistings` a stock also ends in the last week if a form that supports it was filed by then. Columns ticker,
    last_date, known_on (the day on which the end shows: that of the form, or when closes have been missing for more
    than a week), end (an `End`), final_pct (0 for a merger), has_form, null without `delistings`.
    """
    last_closes = closes.filter(pl.col("date") <= horizon).group_by("ticker").agg(last_date=pl.col("date").max())
    stopped = last_closes.filter(pl.col("last_date") < horizon)
    tail = pl.col("adjusted").tail(_PINNED_DAYS)
    last = (
        closes.join(stopped, on="ticker", how="semi")
        .filter(pl.col("date") <= horizon)
        .sort("ticker", "date")
        .group_by("ticker", maintain_order=True)
        .agg(
            last_date=pl.col("date").last(),
            exchange=pl.col("exchange").drop_nulls().last(),
            is_pinned=(pl.len() >= _PINNED_DAYS) & (tail.max() <= tail.min() * (1 + _PINNED_RANGE)),
        )
    )
    forms = DELISTED_STOCKS.frame() if delistings is None else delistings.filter(pl.col("filing_date") <= horizon)
    supported = last_listing_days(forms, last.select("ticker", date="last_date"), horizon)
    known = pl.lit(None, pl.Boolean) if delistings is None else pl.col("filing_date").is_not_null()
    missed_on = pl.col("last_date").dt.offset_by(f"{MAX_GAP_DAYS + 1}d")
    removed_on = pl.max_horizontal(pl.col("filing_date"), pl.col("last_date").dt.offset_by("1d"))
    known_on = pl.min_horizontal(missed_on, pl.when(pl.col("filing_date").is_not_null()).then(removed_on))
    loss = pl.col("exchange").replace_strict(LOSS_PCT, default=UNKNOWN_EXCHANGE_PCT, return_dtype=pl.Float64)
    return (
        last.join(supported.select("ticker", "filing_date"), on="ticker", how="left", validate="1:1")
        .with_columns(known_on=known_on)
        .filter(pl.col("known_on") <= horizon)
        .select(
            "ticker",
            "last_date",
            "known_on",
            pl.when("is_pinned").then(pl.lit(End.MERGED.value)).otherwise(pl.lit(End.DELISTED.value)).alias("end"),
            pl.when("is_pinned").then(0.0).otherwise(loss.fill_null(UNKNOWN_EXCHANGE_PCT)).alias("final_pct"),
            known.alias("has_form"),
        )
    )


def with_final(ends: pl.DataFrame, final_pct: float) -> pl.DataFrame:
    """`ends` in which what is delisted ends at `final_pct`: the bounds of a result."""
    is_delisted = pl.col("end") == End.DELISTED
    return ends.with_columns(final_pct=pl.when(is_delisted).then(final_pct).otherwise("final_pct"))
