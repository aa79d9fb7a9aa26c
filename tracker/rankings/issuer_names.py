"""What a security is called in filings: by the most managers, not by the largest."""

from __future__ import annotations

import polars as pl

from ..tables import PositionsFrame

_NAMES = ("name_of_issuer", "title_of_class")


def most_given(positions: PositionsFrame) -> pl.DataFrame:
    """Columns cusip, name_of_issuer, title_of_class: of each the one that most managers give, null if none gives one.

    Blanks are folded, and names that differ in case only are one name, in its most frequent spelling. Ties go to the
    larger value, then by the alphabet.
    """
    cusips = positions.select(pl.col("cusip").unique())
    for column in _NAMES:
        cusips = cusips.join(_most_given(positions, column), on="cusip", how="left", validate="1:1")
    return cusips


def _most_given(positions: PositionsFrame, column: str) -> pl.DataFrame:
    # of the many positions only the distinct texts are folded
    texts = positions.select(pl.col(column).alias("filed").unique().drop_nulls())
    texts = texts.with_columns(pl.col("filed").str.replace_all(r"\s+", " ").str.strip_chars().alias("spelling"))
    texts = texts.filter(pl.col("spelling") != "").with_columns(pl.col("spelling").str.to_uppercase().alias("folded"))
    given = (
        positions.select("cusip", "cik", "value_usd", pl.col(column).alias("filed"))
        .join(texts, on="filed", how="inner", validate="m:1")
        .group_by("cusip", "cik", "folded", "spelling")
        .agg(pl.col("value_usd").sum())
    )
    measures = [pl.col("cik").n_unique().alias("managers"), pl.col("value_usd").sum()]
    names = given.group_by("cusip", "folded").agg(measures)
    spellings = given.group_by("cusip", "folded", "spelling").agg(measures)
    ranked = spellings.join(names, on=["cusip", "folded"], how="inner", suffix="_of_name", validate="m:1").sort(
        ["cusip", "managers_of_name", "value_usd_of_name", "folded", "managers", "value_usd", "spelling"],
        descending=[False, True, True, False, True, True, False],
    )
    first = ranked.unique("cusip", keep="first", maintain_order=True)
    return first.select("cusip", pl.col("spelling").alias(column))
