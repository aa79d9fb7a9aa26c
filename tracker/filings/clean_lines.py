"""Table lines with clean CUSIPs and option sides: what units, flags and holdings are decided from."""

from __future__ import annotations

import polars as pl

from ..securities import cusips
from ..tables import LinesFrame

# The columns of LINES that `clean` needs; a whole period's other columns need not be in memory.
COLUMNS = ("accession_number", "cusip", "value", "shares", "share_type", "put_call")


def clean(lines: LinesFrame) -> pl.LazyFrame:
    """`lines` with a clean cusip, and columns filed (the CUSIP as filed), is_valid, option_side and is_pseudo.

    `is_pseudo`: the CUSIP alone shows that the line is an option; `put_call` is then set from it.
    """
    is_pseudo = (pl.col("put_call") == "") & (pl.col("share_type") == "SH") & (pl.col("option_side") != "")
    return (
        lines.lazy()
        .rename({"cusip": "filed"})
        .join(cusips.read(lines["cusip"]).lazy(), on="filed", how="left", validate="m:1")
        .with_columns(
            is_pseudo.alias("is_pseudo"), pl.when(is_pseudo).then("option_side").otherwise("put_call").alias("put_call")
        )
    )


def is_share_line() -> pl.Expr:
    """Whether a clean line is a holding of shares: neither an option nor a principal amount."""
    return (pl.col("share_type") == "SH") & (pl.col("put_call") == "")
