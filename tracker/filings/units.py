"""The unit of a filing's value column: dollars or thousands of dollars.

Form 13F asked for thousands of dollars before 2023-01-03 and asks for whole dollars since (SEC release 34-95148), but
about one filer in thirty uses the other unit. A filing's own prices decide, compared with the period's other filings.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ..tables import FilingsFrame, Unit, UnitEvidence, dollars_per_unit
from ..tables.text_codes import TextCodes
from .clean_lines import is_share_line

DOLLARS_SINCE = date(2023, 1, 3)
# The other unit is chosen only if enough lines agree that they are off by a thousand.
MIN_LINES = 3
MIN_AGREEING = 0.5
# A factor of 2 either way covers intraday prices and fiscal dates; nothing else moves a whole book by 500 to 2,000.
_FACTOR = 2.0
_CODES = 2**32


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
    required = filings.select("accession_number", required_unit().alias("unit"))
    prices = _prices(filings, lines)
    decided = _decide(required, _ratios(required, required, prices))
    if decided["unit"].equals(required["unit"]):
        return decided
    # compare again, with prices in the units that the first round corrected
    return _decide(required, _ratios(required, decided, prices))


def _prices(filings: FilingsFrame, lines: pl.LazyFrame) -> pl.DataFrame:
    """Each filing's price of each CUSIP: columns filing (row of `filings`), report, is_amended, security, price.

    `report` stands for a manager's period and `security` for a CUSIP in a period, as whole numbers: a quarter has three
    million prices. `is_amended`: the report has several filings.
    """
    is_priced = (pl.col("shares") > 0) & (pl.col("value") > 0) & (pl.col("value") != pl.col("shares"))
    priced = lines.filter(is_share_line() & is_priced).select("accession_number", "cusip", "value", "shares").collect()
    number, cusip = TextCodes.of(priced["accession_number"]), TextCodes.of(priced["cusip"])
    report = pl.struct("cik", "period_of_report").rank("dense")
    known = filings.select(
        "accession_number",
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("filing"),
        report.alias("report"),
        (pl.len().over("cik", "period_of_report") > 1).alias("is_amended"),
        pl.col("period_of_report").rank("dense").cast(pl.UInt64).alias("period"),
    )
    known = (
        number.texts.sort()
        .to_frame("accession_number")
        .join(known, on="accession_number", how="left", validate="1:1", maintain_order="left")
    )
    # lines come by CUSIP and filing: in that order a group is a run of rows
    keys = priced.select(
        (cusip.codes.cast(pl.UInt64) * _CODES + (number.ranks() - 1)).alias("key"), "value", "shares"
    ).drop_nulls("key")
    in_order = keys if keys["key"].is_sorted() else keys.sort("key", maintain_order=True)
    prices = (
        in_order.with_columns(pl.col("key").set_sorted())
        .group_by("key")
        .agg(pl.col("value", "shares").sum())
        .select("key", (pl.col("value") / pl.col("shares")).alias("price"))
    )
    of_filing = known.drop("accession_number")[prices["key"] % _CODES]
    return (
        prices.hstack(of_filing)
        .drop_nulls("filing")
        .select(
            "filing",
            "report",
            "is_amended",
            (pl.col("period") * _CODES + pl.col("key") // _CODES).alias("security"),
            "price",
        )
    )


def _ratios(required: pl.DataFrame, decided: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    """Columns filing, ratio: each price in the required unit, over the other managers' in the units `decided`."""
    as_required, as_decided = (
        prices["price"] * frame.select(dollars_per_unit(pl.col("unit"))).to_series().gather(prices["filing"])
        for frame in (required, decided)
    )
    priced = prices.with_columns(as_required.alias("as_required"), as_decided.alias("own"))
    alone = priced.filter(~pl.col("is_amended"))
    amended = priced.filter("is_amended").with_columns(pl.col("own").median().over("report", "security"))
    managers = pl.concat(
        [alone.select("security", "own"), amended.unique(["report", "security"]).select("security", "own")]
    )
    others = (
        managers.group_by("security")
        .agg(pl.len().alias("managers"), pl.col("own").median().alias("median"), pl.col("own").sum().alias("total"))
        .filter(pl.col("managers") >= 2)
    )
    compared = pl.concat([alone, amended]).join(others, on="security", how="inner", validate="m:1")
    # of two, the other one: its own price would pull a median of two halfway
    other = pl.when(pl.col("managers") == 2).then(pl.col("total") - pl.col("own")).otherwise("median")
    return compared.select("filing", (pl.col("as_required") / other).alias("ratio"))


def _decide(required: pl.DataFrame, ratios: pl.DataFrame) -> pl.DataFrame:
    # the ratio to expect if the filing uses the other unit
    expected = required.select(pl.when(pl.col("unit") == Unit.DOLLARS).then(0.001).otherwise(1000.0)).to_series()
    is_off = (pl.col("ratio") / expected.gather(ratios["filing"])).is_between(1 / _FACTOR, _FACTOR)
    measured = (
        ratios.with_columns(is_off.alias("is_off"))
        .group_by("filing")
        .agg(
            pl.col("ratio").median().alias("unit_ratio"),
            pl.len().cast(pl.Int64).alias("unit_lines"),
            pl.col("is_off").sum().alias("_off"),
        )
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
        required.with_row_index("filing")
        .join(measured, on="filing", how="left", validate="1:1")
        .with_columns(pl.col("unit_lines", "_off").fill_null(0))
        .with_columns(evidence.alias("unit_evidence"))
        .with_columns(
            pl.when(pl.col("unit_evidence") == UnitEvidence.CONTRADICTED).then(other).otherwise("unit").alias("unit"),
            _basis().alias("unit_basis"),
        )
        .drop("filing", "_off")
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
