"""What a manager's newest filings state about it."""

from __future__ import annotations

import polars as pl

from ..tables import (
    COUNTED_ROLES,
    EDGAR_FILERS,
    JUDGED_FILINGS,
    EdgarFilersFrame,
    JudgedFilingsFrame,
    Role,
    Table,
    dollars_per_unit,
)

# All of a filing that `newest_covers` and `complete_filers` need.
FILING_COLUMNS = (
    "accession_number", "cik", "period_of_report", "filing_date", "accepted_at", "manager_name", "crd_number",
    "sec_file_number", "role", "unit", "value_total", "options_value_total", "line_count", "street", "state", "phone",
)  # fmt: skip
_FILINGS = Table(
    "covers",
    "What a filing's cover states, and what its table sums up to.",
    JUDGED_FILINGS.key,
    {name: JUDGED_FILINGS.columns[name] for name in FILING_COLUMNS},
)
_PLACES = ("street", "state", "phone")


def newest_covers(filings: JudgedFilingsFrame) -> pl.DataFrame:
    """One row per filer: its newest cover page, and the value and lines of what counts for that period.

    Columns cik, manager_name, period_of_report, accession_number, crd_number, sec_file_number, value_usd (options left
    out), options_value_usd, line_count.
    """
    ordered = (
        _FILINGS.fit(filings)
        .drop(_PLACES)
        .sort("period_of_report", "filing_date", "accepted_at", "accession_number", nulls_last=False)
    )
    covers = ordered.group_by("cik", maintain_order=True).agg(
        pl.col("manager_name", "period_of_report", "accession_number").last(),
        pl.col("crd_number", "sec_file_number").drop_nulls().last(),
    )
    factor, options = dollars_per_unit(pl.col("unit")), pl.col("options_value_total").fill_null(0.0)
    weights = (
        # a patch has lines that the report has already
        ordered.filter(pl.col("role").is_in(COUNTED_ROLES), pl.col("role") != Role.PATCH)
        .group_by("cik", "period_of_report")
        .agg(
            # a value that is not known is not 0
            pl.when(pl.col("value_total").is_not_null().all())
            .then(((pl.col("value_total") - options) * factor).sum())
            .alias("value_usd"),
            (options * factor).sum().alias("options_value_usd"),
            pl.col("line_count").sum(),
        )
    )
    return covers.join(weights, on=["cik", "period_of_report"], how="left", validate="1:1")


def complete_filers(edgar_filers: EdgarFilersFrame, filings: JudgedFilingsFrame) -> EdgarFilersFrame:
    """EDGAR_FILERS of every filer; place and phone that EDGAR does not state are those of its newest cover page."""
    order = ("period_of_report", "filing_date", "accession_number")
    covers = (
        _FILINGS.fit(filings)
        .select(*order, "cik", *_PLACES)
        .filter(pl.any_horizontal(pl.col(_PLACES).is_not_null()) | pl.col("cik").is_first_distinct())
        .sort(order, nulls_last=False)
        .group_by("cik", maintain_order=True)
        .agg(pl.col(_PLACES).drop_nulls().last())
    )
    filers = edgar_filers.join(covers, on="cik", how="full", coalesce=True, suffix="_cover", validate="1:1")
    filers = filers.with_columns(pl.coalesce(name, f"{name}_cover") for name in _PLACES)
    return EDGAR_FILERS.fit(filers).sort("cik")
