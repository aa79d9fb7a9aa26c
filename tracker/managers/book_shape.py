"""The shape of a manager's book: how many lines, how concentrated, how much in options.

It distinguishes an index from a hedge fund if Form ADV does not give the share of private funds.
"""

from __future__ import annotations

import polars as pl

from ..tables import COUNTED_ROLES, BookShapesFrame, JudgedFilingsFrame, LinesFrame

# An index of the whole market has 30% in its ten largest positions; quantitative funds with as many lines
# (Renaissance 12%, Two Sigma 5%) spread theirs, and multi-strategy firms hold options.
INDEX_LINES, INDEX_TOP_TEN, INDEX_MAX_OPTIONS = 2000, 0.25, 0.01

# The columns of LINES that `measure` needs.
LINE_COLUMNS = ("accession_number", "cusip", "value", "put_call")


def large_reports(filings: JudgedFilingsFrame) -> pl.DataFrame:
    """Columns period_of_report, accession_number, cik: newest reports with as many lines as an index has."""
    counted = filings.filter(pl.col("role").is_in(COUNTED_ROLES))
    newest = filings.group_by("cik").agg(pl.col("period_of_report").max())
    lines = pl.col("line_count").sum().over("cik")
    reports = counted.join(newest, on=["cik", "period_of_report"], how="semi").filter(lines >= INDEX_LINES)
    return reports.select("period_of_report", "accession_number", "cik").sort("accession_number")


def measure(reports: pl.DataFrame, lines: LinesFrame) -> BookShapesFrame:
    """The shape of each of the `large_reports`, from their LINES (LINE_COLUMNS suffice).

    Shares of the value reported: that of options, and that of the ten largest holdings among the rest. Lines of
    filings that are not in `reports` are ignored.
    """
    held = lines.join(reports, on="accession_number", how="inner", validate="m:1")
    options = pl.when(pl.col("put_call") == "").then(0.0).otherwise("value")
    held = held.with_columns(options.alias("options")).with_columns(pl.col("value") - pl.col("options"))
    by_cusip = held.group_by("cik", "cusip").agg(pl.col("value", "options").sum())
    total = pl.col("value").sum()
    # values are whole numbers, so their sums do not depend on the order
    return by_cusip.group_by("cik").agg(
        (pl.col("value").top_k(10).sum() / total).alias("top_ten_share"),
        (pl.col("options").sum() / (pl.col("options").sum() + total)).alias("option_share"),
    )


def is_index() -> pl.Expr:
    """Whether a book has the length and the weights of an index; by line_count and the columns of BOOK_SHAPES."""
    return (
        (pl.col("line_count") >= INDEX_LINES)
        & (pl.col("top_ten_share") >= INDEX_TOP_TEN)
        & (pl.col("option_share") < INDEX_MAX_OPTIONS)
    )
