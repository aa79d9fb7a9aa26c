"""Table lines with clean CUSIPs and option sides: what units, flags and holdings are decided from."""

from __future__ import annotations

import polars as pl

from ..securities import cusips
from ..tables import CusipMatchesFrame, LinesFrame, MatchEvidence
from ..tables.text_codes import TextCodes

# The columns of LINES that `clean` needs; a whole period's other columns need not be in memory.
COLUMNS = ("accession_number", "cusip", "value", "shares", "share_type", "put_call")


def clean(lines: LinesFrame, cusip_matches: CusipMatchesFrame | None = None) -> pl.LazyFrame:
    """`lines` with a clean cusip, and columns filed (the CUSIP as filed), is_valid, is_shortened,
    option_side and is_pseudo.

    `is_pseudo`: the CUSIP alone shows that the line is an option; `put_call` is then set from it. `cusip_matches` give
    wrong CUSIPs those that they stand for; `lines` then have the column name_of_issuer, too.
    """
    is_pseudo = (pl.col("put_call") == "") & (pl.col("share_type") == "SH") & (pl.col("option_side") != "")
    filed = TextCodes.of(lines["cusip"])
    read = filed.texts.to_frame("filed").join(
        cusips.read(filed.texts).with_columns(cusips.is_shortened(pl.col("cusip")).alias("is_shortened")),
        on="filed",
        how="left",
        validate="1:1",
        maintain_order="left",
    )
    clean = lines.rename({"cusip": "filed"}).lazy()
    clean = clean.with_columns(read[name].gather(filed.codes) for name in read.columns[1:])
    if cusip_matches is not None:
        clean = _match(clean, cusip_matches.drop_nulls("cusip"))
    return clean.with_columns(
        is_pseudo.alias("is_pseudo"), pl.when(is_pseudo).then("option_side").otherwise("put_call").alias("put_call")
    )


def _match(lines: pl.LazyFrame, matched: CusipMatchesFrame) -> pl.LazyFrame:
    """Clean `lines` with the CUSIPs that wrong ones stand for: those of shortened ones are of shares, so that no option
    side is read from them."""
    if matched.is_empty():
        return lines
    is_other = pl.col("evidence") == MatchEvidence.OTHER_SECURITY
    other = matched.filter(is_other).lazy()
    if matched.select(is_other.any()).item():  # of one filing's lines under a CUSIP, those of one issuer
        named = other.select("accession_number", "name_of_issuer", filed="cusip_as_filed", _other="cusip")
        lines = lines.join(named, on=["accession_number", "filed", "name_of_issuer"], how="left", validate="m:1")
        lines = lines.with_columns(pl.coalesce("_other", "cusip").alias("cusip")).drop("_other")
    whole = matched.filter(~is_other).lazy().select("accession_number", filed="cusip_as_filed", _whole="cusip")
    is_matched = pl.col("_whole").is_not_null()
    return (
        lines.join(whole, on=["accession_number", "filed"], how="left", validate="m:1")
        .with_columns(
            pl.coalesce("_whole", "cusip").alias("cusip"),
            (pl.col("is_valid") | is_matched).alias("is_valid"),
            pl.when(is_matched).then(pl.lit("")).otherwise("option_side").alias("option_side"),
        )
        .drop("_whole")
    )


def is_share_line() -> pl.Expr:
    """Whether a clean line is a holding of shares: neither an option nor a principal amount."""
    return (pl.col("share_type") == "SH") & (pl.col("put_call") == "")
