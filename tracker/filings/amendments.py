"""Which filings of a manager make up its report for a period.

Form 13F, general instruction on amendments: a RESTATEMENT replaces the report, NEW HOLDINGS adds to it. A patch, which
the form does not know, corrects some lines and leaves the rest (see `amendment_effects`). A notice that amends
(13F-NT/A) takes the place of the report: the manager states that others report for it.
"""

from __future__ import annotations

import polars as pl

from ..tables import COUNTED_ROLES, OPENING_ROLES, AmendmentEffect, FilingsFrame, Role

# By filing date, then EDGAR's acceptance time (null in data sets), then number; dates are never compared as text.
ORDER = ("filing_date", "accepted_at", "amendment_number", "accession_number")
REPORT = ("cik", "period_of_report")
# Form 13F, cover page: the two types of amendment.
_EFFECT_OF_TYPE = {"RESTATEMENT": AmendmentEffect.REPLACE, "NEW HOLDINGS": AmendmentEffect.ADD}
_ROLE_OF_EFFECT = {
    AmendmentEffect.REPLACE: Role.RESTATEMENT,
    AmendmentEffect.PATCH: Role.PATCH,
    AmendmentEffect.ADD: Role.NEW_HOLDINGS,
}
_NOTICE_AMENDMENT = "13F-NT/A"


def is_amendment() -> pl.Expr:
    """Whether a filing amends a holdings report."""
    return pl.col("form_type") == "13F-HR/A"


def labelled_effect() -> pl.Expr:
    """What an amendment does by the type on its cover (one of AmendmentEffect); null for an unknown type."""
    amendment_type = pl.col("amendment_type").str.to_uppercase().str.strip_chars()
    return amendment_type.replace_strict(_EFFECT_OF_TYPE, default=None, return_dtype=pl.String())


def assign_roles(filings: FilingsFrame, effects: pl.DataFrame | None = None) -> pl.DataFrame:
    """FILINGS with the columns role (one of Role) and replaced_by (an accession number, null if not replaced).

    `effects` (columns accession_number, amendment_effect) are what amendments do; those that it lacks do what their
    covers say.
    """
    if effects is None:
        known = filings.with_columns(labelled_effect().alias("_effect"))
    else:
        decided = effects.select("accession_number", pl.col("amendment_effect").alias("_effect"))
        known = filings.join(decided, on="accession_number", how="left", validate="1:1").with_columns(
            pl.coalesce("_effect", labelled_effect()).alias("_effect")
        )
    role = (
        pl.when(pl.col("form_type").str.starts_with("13F-NT"))
        .then(pl.lit(Role.NOTICE))
        .when(~pl.col("form_type").str.ends_with("/A"))
        .then(pl.lit(Role.BASE))
        .otherwise(
            pl.col("_effect").replace_strict(_ROLE_OF_EFFECT, default=Role.UNKNOWN_AMENDMENT, return_dtype=pl.String())
        )
    )
    ordered = known.sort(ORDER, nulls_last=False).with_columns(role.alias("role"))
    is_opening = pl.col("role").is_in(OPENING_ROLES) | (pl.col("form_type") == _NOTICE_AMENDMENT)
    return (
        ordered.with_columns(
            is_opening.cast(pl.Int32).cum_sum().over(REPORT).alias("_generation"),
            is_opening.sum().over(REPORT).alias("_generations"),
            pl.col("accession_number").filter(is_opening).last().over(REPORT).alias("_newest"),
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
        .drop("_generation", "_generations", "_newest", "_is_replaced", "_effect")
    )


def drop_patched(lines: pl.LazyFrame, counted: pl.DataFrame, holding: tuple[str, ...]) -> pl.LazyFrame:
    """`lines` without those that a later patch corrects; a patch takes the place of all lines of the same `holding`.

    `lines` have the columns of `holding` and `order`; `counted` are the filings they are of, with role and `order`.
    """
    patches = counted.filter(pl.col("role") == Role.PATCH).select("order")
    if patches.is_empty():
        return lines
    patched = (
        lines.join(patches.lazy(), on="order", how="semi")
        .group_by(holding)
        .agg(pl.col("order").max().alias("_patched_at"))
    )
    kept = lines.join(patched, on=holding, how="left", validate="m:1")
    return kept.filter(pl.col("_patched_at").is_null() | (pl.col("order") >= pl.col("_patched_at"))).drop("_patched_at")
