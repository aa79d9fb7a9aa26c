"""Prices that 13F filings imply at a quarter's end."""

from __future__ import annotations

import polars as pl

from ..tables import COUNTED_ROLES, JudgedFilingsFrame, LinesFrame, dollars_per_unit


def implied_prices(lines: LinesFrame, filings: JudgedFilingsFrame, fewest: int = 1) -> pl.DataFrame:
    """Prices at a quarter's end as the 13F filings imply them: no vendor is needed.

    `lines` and `filings` are those of one period, with units decided. The price of a CUSIP is the median, over its
    holders, of value / shares; options, principal amounts, lines without shares, and filers whose share column repeats
    the value are left out. Columns period_of_report, cusip, price_usd, filers; one row per CUSIP with at least `fewest`
    filers.
    """
    counted = filings.filter(pl.col("role").is_in(COUNTED_ROLES), ~pl.col("is_share_value").fill_null(False)).select(
        "accession_number", "cik", "period_of_report", "unit"
    )
    held = lines.filter(
        pl.col("share_type") == "SH", pl.col("put_call") == "", pl.col("shares") > 0, pl.col("value") > 0
    )
    scale = dollars_per_unit(pl.col("unit"))
    return (
        held.select("accession_number", pl.col("cusip").str.to_uppercase(), "value", "shares")
        .join(counted, on="accession_number", validate="m:1")
        .group_by("period_of_report", "cusip", "cik")
        .agg(((pl.col("value") * scale).sum() / pl.col("shares").sum()).alias("price_usd"))
        .group_by("period_of_report", "cusip")
        .agg(pl.col("price_usd").median(), filers=pl.len().cast(pl.Int64))
        .filter(pl.col("filers") >= fewest)
        .sort("cusip")
    )
