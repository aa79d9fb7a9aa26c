"""The unit of a filing's value column: dollars or thousands of dollars.

Form 13F asked for thousands of dollars before 2023-01-03 and asks for whole dollars since (SEC release 34-95148), but
about one filer in thirty uses the other unit. A filing's own prices decide, compared with the period's other filings.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ..tables import FilingsFrame, Unit, UnitEvidence, dollars_per_unit
from .clean_lines import is_share_line

DOLLARS_SINCE = date(2023, 1, 3)
# The other unit is chosen only if enough lines agree that they are off by a thousand.
MIN_LINES = 3
MIN_AGREEING = 0.5
# A factor of 2 either way covers intraday prices and fiscal dates; nothing else moves a whole book by 500 to 2,000.
_FACTOR = 2.0


def required_unit() -> pl.Expr:
    """The unit that Form 13F required on the day of filing."""
    return pl.when(pl.col("filing_date") >= DOLLARS_SINCE).then(pl.lit(Unit.DOLLARS)).otherwise(pl.lit(Unit.THOUSANDS))


def decide_units(filings: FilingsFrame, lines: pl.LazyFrame) -> pl.DataFrame:
    """Columns accession_number, unit, unit_evidence, unit_basis, unit_ratio and unit_lines of JUDGED_FILINGS.

    `lines` are clean (see `clean_lines`). A filing's price of a CUSIP is value / shares over its lines. It is compared
    with the median over the managers that report the CUSIP for the period, each with one price: a manager's amendments
    do not confirm one another. Since 2023 the only possible mistake of unit
    makes a price a thousand times too low, before 2023 a thousand times too high.
    """
    required = filings.select("accession_number", "cik", "period_of_report", required_unit().alias("unit"))
    prices = (
        lines.filter(is_share_line())
        .filter((pl.col("shares") > 0) & (pl.col("value") > 0) & (pl.col("value") != pl.col("shares")))
        .group_by("accession_number", "cusip")
        .agg((pl.col("value").sum() / pl.col("shares").sum()).alias("price"))
        .collect()
    )
    decided = required
    for _ in range(2):  # the second round compares with prices in the units that the first round corrected
        decided = _decide(required, _ratios(required, decided, prices))
    return decided.drop("cik", "period_of_report")


def _ratios(required: pl.DataFrame, decided: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Columns accession_number, required, ratio: each price in the required unit, over the other managers'."""
    group = ["period_of_report", "cusip"]
    priced = (
        prices.lazy()
        .join(required.lazy().rename({"unit": "required"}), on="accession_number", how="inner", validate="m:1")
        .join(decided.lazy().select("accession_number", "unit"), on="accession_number", validate="m:1")
        .with_columns(
            (pl.col("price") * dollars_per_unit(pl.col("required"))).alias("as_required"),
            (pl.col("price") * dollars_per_unit(pl.col("unit"))).alias("as_decided"),
        )
    )
    managers = (
        priced.group_by(*group, "cik")
        .agg(pl.col("as_decided").median().alias("own"))
        .with_columns(
            pl.len().over(group).alias("managers"),
            pl.col("own").median().over(group).alias("median"),
            pl.col("own").sum().over(group).alias("total"),
        )
        .filter(pl.col("managers") >= 2)
        # of two, the other one: its own price would pull a median of two halfway
        .with_columns(
            pl.when(pl.col("managers") == 2).then(pl.col("total") - pl.col("own")).otherwise("median").alias("others")
        )
    )
    compared = priced.join(managers, on=[*group, "cik"], how="inner", validate="m:1")
    ratio = (pl.col("as_required") / pl.col("others")).alias("ratio")
    return compared.select("accession_number", "required", ratio).collect()


def _decide(required: pl.DataFrame, ratios: pl.DataFrame) -> pl.DataFrame:
    # the ratio to expect if the filing uses the other unit
    expected = pl.when(pl.col("required") == Unit.DOLLARS).then(0.001).otherwise(1000.0)
    is_off = (pl.col("ratio") / expected).is_between(1 / _FACTOR, _FACTOR)
    measured = ratios.group_by("accession_number").agg(
        pl.col("ratio").median().alias("unit_ratio"),
        pl.len().cast(pl.Int64).alias("unit_lines"),
        is_off.sum().alias("_off"),
    )
    is_other = (pl.col("_off") >= MIN_LINES) & (pl.col("_off") > MIN_AGREEING * pl.col("unit_lines"))
    evidence = (
        pl.when(is_other)
        .then(pl.lit(UnitEvidence.CONTRADICTED))
        .when(pl.col("unit_lines") < MIN_LINES)
        .then(pl.lit(UnitEvidence.NOT_CONFIRMED))
        .when(pl.col("unit_ratio").is_between(1 / _FACTOR, _FACTOR))
        .then(pl.lit(UnitEvidence.CONFIRMED))
        .otherwise(pl.lit(UnitEvidence.UNEXPLAINED))
    )
    other = pl.when(pl.col("unit") == Unit.DOLLARS).then(pl.lit(Unit.THOUSANDS)).otherwise(pl.lit(Unit.DOLLARS))
    return (
        required.join(measured, on="accession_number", how="left", validate="1:1")
        .with_columns(pl.col("unit_lines", "_off").fill_null(0))
        .with_columns(evidence.alias("unit_evidence"))
        .with_columns(
            pl.when(pl.col("unit_evidence") == UnitEvidence.CONTRADICTED).then(other).otherwise("unit").alias("unit"),
            _basis().alias("unit_basis"),
        )
        .drop("_off")
    )


def _basis() -> pl.Expr:
    """Why the unit was chosen, as text."""
    evidence, prices = pl.col("unit_evidence"), pl.format("{} of its prices", "unit_lines")
    return (
        pl.when(evidence == UnitEvidence.CONTRADICTED)
        .then(pl.format("{} of {} prices are off by a factor of a thousand in the unit required", "_off", "unit_lines"))
        .when(evidence == UnitEvidence.NOT_CONFIRMED)
        .then(pl.format("required on the filing date; only {} could be compared", prices))
        .when(evidence == UnitEvidence.CONFIRMED)
        .then(pl.format("required on the filing date, confirmed by {}", prices))
        .otherwise(pl.format("required on the filing date, although {} disagree with the period's", prices))
    )
