"""Which filings of a manager make up its report for a period.

Form 13F, general instruction on amendments: a RESTATEMENT replaces the report, NEW HOLDINGS adds to it.
"""

from __future__ import annotations

import polars as pl

from ..tables import COUNTED_ROLES, OPENING_ROLES, FilingsFrame, Role

# By filing date, then EDGAR's acceptance time (null in data sets), then number; dates are never compared as text.
ORDER = ("filing_date", "accepted_at", "amendment_number", "accession_number")
# Form 13F, cover page: the two types of amendment.
_ROLE_OF_AMENDMENT = {"RESTATEMENT": Role.RESTATEMENT, "NEW HOLDINGS": Role.NEW_HOLDINGS}


def assign_roles(filings: FilingsFrame) -> pl.DataFrame:
    """FILINGS with the columns role (one of Role) and replaced_by (an accession number, null if not replaced)."""
    report = ["cik", "period_of_report"]
    amendment = pl.col("amendment_type").str.to_uppercase().str.strip_chars()
    role = (
        pl.when(pl.col("form_type").str.starts_with("13F-NT"))
        .then(pl.lit(Role.NOTICE))
        .when(~pl.col("form_type").str.ends_with("/A"))
        .then(pl.lit(Role.BASE))
        .otherwise(
            amendment.replace_strict(_ROLE_OF_AMENDMENT, default=Role.UNKNOWN_AMENDMENT, return_dtype=pl.String())
        )
    )
    ordered = filings.sort(ORDER, nulls_last=False).with_columns(role.alias("role"))
    is_opening = pl.col("role").is_in(OPENING_ROLES)
    return (
        ordered.with_columns(
            is_opening.cast(pl.Int32).cum_sum().over(report).alias("_generation"),
            is_opening.sum().over(report).alias("_generations"),
            pl.col("accession_number").filter(is_opening).last().over(report).alias("_newest"),
        )
        .with_columns(
            (pl.col("role").is_in(COUNTED_ROLES) & (pl.col("_generation") < pl.col("_generations"))).alias(
                "_is_replaced"
            )
        )
        .with_columns(
            pl.when("_is_replaced").then(pl.lit(Role.REPLACED)).otherwise("role").alias("role"),
            pl.when("_is_replaced").then("_newest").alias("replaced_by"),
        )
        .drop("_generation", "_generations", "_newest", "_is_replaced")
    )
