"""The shape of a manager's book: how long, how concentrated, how much in options and in funds, how fast it turns.

It tells indices and wealth managers' portfolios of funds from hedge funds where Form ADV does not.
"""

from __future__ import annotations

import polars as pl

from ..securities import types
from ..tables import BOOK_SHAPES, COUNTED_ROLES, BookShapesFrame, JudgedFilingsFrame, LinesFrame
from ..tables.text_codes import TextCodes

# An index of the whole market has 30% in its ten largest positions; quantitative funds with as many lines
# (Renaissance 12%, Two Sigma 5%) spread theirs, and multi-strategy firms hold options.
INDEX_LINES, INDEX_TOP_TEN, INDEX_MAX_OPTIONS = 2000, 0.25, 0.01

# The columns of filings that say which reports there are.
FILING_COLUMNS = ("accession_number", "cik", "period_of_report", "role")
# The columns of LINES that `measure` needs of the reports measured, and of those of the quarter before.
LINE_COLUMNS = ("accession_number", "cusip", "value", "put_call", "name_of_issuer", "title_of_class")
COLUMNS_BEFORE = ("accession_number", "cusip", "put_call")
_IS_OPTION = pl.col("put_call") != ""
_CODES = 2**32
_NO_CUSIP = _CODES - 1


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
    managers, cusip = reports["cik"].unique().sort(), TextCodes.of(lines["cusip"])
    held = pl.DataFrame(
        [
            _keys(reports, managers, lines, cusip.codes.fill_null(_NO_CUSIP)),
            *lines.select(
                pl.when(_IS_OPTION).then(0.0).otherwise("value").alias("value"),
                pl.when(_IS_OPTION).then("value").otherwise(0.0).alias("options"),
                (~_IS_OPTION).alias("is_position"),
                pl.lit(True).alias("is_held"),
            ),
        ]
    )
    held = _in_key_order(held)
    reported = pl.Series([], dtype=pl.Int64)
    if before is not None and lines_before is not None:
        reported = before["cik"]
        held = held.merge_sorted(_keys_before(before, managers, lines_before, cusip.texts), "key")
    value, options = pl.col("value"), pl.col("options")
    books = (
        held.lazy()
        .set_sorted("key")
        .group_by("key")
        .agg(
            value.sum(),
            options.sum(),
            pl.col("is_position", "is_held").any(),
            (~pl.col("is_held")).any().alias("was_held"),
        )
        .filter("is_held")
        .collect()
    )
    is_fund = _are_funds(lines, cusip).gather(books["key"] // _CODES).fill_null(False)
    books = books.select(
        (books["key"] % _CODES).cast(pl.UInt32).alias("manager"),
        "is_position",
        "options",
        "value",
        pl.when(is_fund).then("value").otherwise(0.0).alias("funds"),
        pl.when("was_held").then(0.0).otherwise("value").alias("new"),
    )
    # values are whole numbers, so their sums do not depend on the order
    by_manager = books.lazy().group_by("manager")
    sums = by_manager.agg(
        pl.col("is_position").sum().cast(pl.Int64).alias("position_count"),
        pl.col("value", "options", "funds", "new").sum(),
    ).collect(engine="streaming")
    largest = by_manager.agg(value.top_k(10).sum().alias("top_ten")).collect()
    sums = sums.join(largest, on="manager", validate="1:1").sort("manager")
    sums = sums.with_columns(managers.gather(sums["manager"]).alias("cik"))

    def share(part: str, whole: pl.Expr = value) -> pl.Expr:
        return pl.when(whole > 0).then(pl.col(part) / whole)

    shapes = sums.select(
        "cik",
        "position_count",
        share("top_ten").alias("top_ten_share"),
        share("options", value + options).alias("option_share"),
        share("funds").alias("etf_share"),
        pl.when(pl.col("cik").is_in(reported.unique().implode())).then(share("new")).alias("turnover"),
    )
    return BOOK_SHAPES.fit(shapes)


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


def _keys(reports: pl.DataFrame, managers: pl.Series, lines: LinesFrame, cusips: pl.Series) -> pl.Series:
    """One whole number for the CUSIP (a code in `cusips`) and the manager (its place in `managers`) of each line.

    Null for lines of other filings and other managers. Lines in the order of their CUSIPs have keys in nearly that
    order, so that little is left to sort.
    """
    number = TextCodes.of(lines["accession_number"])
    places = pl.DataFrame({"cik": managers, "place": pl.int_range(len(managers), dtype=pl.UInt64, eager=True)})
    of_report = reports.select("accession_number", "cik").join(places, on="cik", how="left", validate="m:1")
    place = number.texts.to_frame("accession_number").join(
        of_report, on="accession_number", how="left", validate="1:1", maintain_order="left"
    )["place"]
    return (cusips.cast(pl.UInt64) * _CODES + place.gather(number.codes)).alias("key")


def _keys_before(
    before: pl.DataFrame, managers: pl.Series, lines_before: LinesFrame, cusips: pl.Series
) -> pl.DataFrame:
    """What was held in the quarter before, of the managers and the CUSIPs that are measured: the columns of `held`."""
    shares = lines_before.filter(~_IS_OPTION)
    cusip = TextCodes.of(shares["cusip"])
    known = cusips.to_frame("cusip").with_row_index("code")
    code = cusip.texts.to_frame("cusip").join(known, on="cusip", how="left", validate="1:1", maintain_order="left")
    keys = _keys(before, managers, shares, code["code"].gather(cusip.codes)).to_frame()
    nothing = pl.lit(0.0)
    return _in_key_order(
        keys.with_columns(value=nothing, options=nothing, is_position=pl.lit(False), is_held=pl.lit(False))
    )


def _in_key_order(held: pl.DataFrame) -> pl.DataFrame:
    held = held.drop_nulls("key")
    return held if held["key"].is_sorted() else held.sort("key")


def _are_funds(lines: LinesFrame, cusip: TextCodes) -> pl.Series:
    """Whether each of the texts of `cusip` is a fund; of several spellings the first in the alphabet decides."""
    named = lines.select(cusip.codes.alias("code"), "title_of_class", "name_of_issuer").drop_nulls("code")
    named = named.group_by("code").agg(pl.col("title_of_class", "name_of_issuer").min()).sort("code")
    kind = types.decide(pl.col("title_of_class"), pl.col("name_of_issuer"), pl.col("cusip"))
    return named.with_columns(cusip.texts.alias("cusip")).select(kind == "fund").to_series()


def _quarter_before(period: str) -> pl.Expr:
    return pl.col(period).dt.month_start().dt.offset_by("-3mo").dt.month_end()
