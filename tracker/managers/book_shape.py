"""The shape of a manager's book: how long, how concentrated, how much in options and in funds, how fast it turns.

It tells indices and wealth managers' portfolios of funds from hedge funds where Form ADV does not.
"""

from __future__ import annotations

import polars as pl

from ..securities import types
from ..tables import BOOK_SHAPES, COUNTED_ROLES, BookShapesFrame, JudgedFilingsFrame, LinesFrame

# An index of the whole market has 30% in its ten largest positions; quantitative funds with as many lines
# (Renaissance 12%, Two Sigma 5%) spread theirs, and multi-strategy firms hold options.
INDEX_LINES, INDEX_TOP_TEN, INDEX_MAX_OPTIONS = 2000, 0.25, 0.01

# The columns of LINES that `measure` needs of the reports measured, and of those of the quarter before.
LINE_COLUMNS = ("accession_number", "cusip", "value", "put_call", "name_of_issuer", "title_of_class")
COLUMNS_BEFORE = ("accession_number", "cusip", "put_call")
_IS_OPTION = pl.col("put_call") != ""


def newest_reports(filings: JudgedFilingsFrame) -> pl.DataFrame:
    """Columns period_of_report, accession_number, cik: what counts of each manager's newest period."""
    newest = filings.group_by("cik").agg(pl.col("period_of_report").max())
    return _counted(filings).join(newest, on=["cik", "period_of_report"], how="semi").sort("accession_number")


def reports_before(filings: JudgedFilingsFrame, reports: pl.DataFrame) -> pl.DataFrame:
    """The same managers' reports for the quarter before their `reports`; as `newest_reports`."""
    before = reports.select("cik", _quarter_before("period_of_report").alias("period_of_report")).unique()
    return _counted(filings).join(before, on=["cik", "period_of_report"], how="semi").sort("accession_number")


def measure(
    reports: pl.DataFrame, lines: LinesFrame, before: pl.DataFrame | None = None, lines_before: LinesFrame | None = None
) -> BookShapesFrame:
    """The shape of each book in `reports`, from their LINES (LINE_COLUMNS suffice).

    `before` are the managers' reports for the quarter before, with their LINES (COLUMNS_BEFORE); without them the
    turnover is null. Lines of other filings are ignored, and managers without a line are left out.
    """
    value, options = pl.col("value"), pl.col("options")
    held = (
        _of(reports, lines)
        .group_by("cik", "cusip")
        .agg(
            value.filter(~_IS_OPTION).sum(),
            value.filter(_IS_OPTION).sum().alias("options"),
            (~_IS_OPTION).any().alias("is_position"),
        )
        .join(_funds(lines), on="cusip", how="left", validate="m:1")
    )
    if before is None or lines_before is None:
        held = held.with_columns(pl.lit(None, pl.Boolean).alias("is_new"))
    else:
        known = _of(before, lines_before).filter(~_IS_OPTION).select("cik", "cusip").unique()
        reported = before.lazy().select("cik", pl.lit(True).alias("_reported")).unique()
        held = (
            held.join(known.with_columns(pl.lit(False).alias("_new")), on=["cik", "cusip"], how="left", validate="m:1")
            .join(reported, on="cik", how="left", validate="m:1")
            .with_columns(pl.when("_reported").then(pl.col("_new").fill_null(True)).alias("is_new"))
        )
    total = value.sum()

    def share(part: pl.Expr, whole: pl.Expr = total) -> pl.Expr:
        return pl.when(whole > 0).then(part / whole)

    # values are whole numbers, so their sums do not depend on the order
    shapes = held.group_by("cik").agg(
        pl.col("is_position").sum().cast(pl.Int64).alias("position_count"),
        share(value.top_k(10).sum()).alias("top_ten_share"),
        share(options.sum(), total + options.sum()).alias("option_share"),
        share(value.filter("is_fund").sum()).alias("etf_share"),
        pl.when(pl.col("is_new").is_not_null().any()).then(share(value.filter("is_new").sum())).alias("turnover"),
    )
    return BOOK_SHAPES.fit(shapes.collect(engine="streaming"))


def is_index() -> pl.Expr:
    """Whether a book has the length and the weights of an index; by line_count and the columns of BOOK_SHAPES."""
    return (
        (pl.col("line_count") >= INDEX_LINES)
        & (pl.col("top_ten_share") >= INDEX_TOP_TEN)
        & (pl.col("option_share") < INDEX_MAX_OPTIONS)
    )


def _counted(filings: JudgedFilingsFrame) -> pl.DataFrame:
    counted = filings.filter(pl.col("role").is_in(COUNTED_ROLES))
    return counted.select("period_of_report", "accession_number", "cik")


def _of(reports: pl.DataFrame, lines: LinesFrame) -> pl.LazyFrame:
    """The lines of `reports`, with cik; cusip is categorical, as millions of lines name some ten thousand of them."""
    own = reports.lazy().select("accession_number", "cik")
    cusip = pl.col("cusip").cast(pl.Categorical)
    return lines.lazy().with_columns(cusip).join(own, on="accession_number", validate="m:1")


def _funds(lines: LinesFrame) -> pl.LazyFrame:
    """Columns cusip (categorical), is_fund; of several spellings the first in the alphabet decides."""
    named = (
        lines.lazy()
        .group_by(pl.col("cusip").cast(pl.Categorical))
        .agg(pl.col("title_of_class", "name_of_issuer").min())
    )
    kind = types.decide(pl.col("title_of_class"), pl.col("name_of_issuer"), pl.col("cusip").cast(pl.String))
    return named.select("cusip", (kind == "fund").alias("is_fund"))


def _quarter_before(period: str) -> pl.Expr:
    return pl.col(period).dt.month_start().dt.offset_by("-3mo").dt.month_end()
