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
    filed = positions.lazy().select("cusip", "cik", "value_usd", pl.col(column).alias("filed"))
    pairs = filed.select("cusip", "filed").unique().drop_nulls().collect()
    pairs = pairs.join(_fold(pairs["filed"]), on="filed", how="inner", validate="m:1")
    # most securities have one name only: only the others need a count of their managers
    is_disputed = pl.col("spelling").n_unique().over("cusip") > 1
    disputed = pairs.filter(is_disputed)
    given = (
        filed.join(disputed.lazy(), on=["cusip", "filed"], how="inner", validate="m:1")
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
    chosen = ranked.unique("cusip", keep="first", maintain_order=True).collect()
    undisputed = pairs.filter(~is_disputed).unique("cusip")
    return pl.concat(frame.select("cusip", pl.col("spelling").alias(column)) for frame in (undisputed, chosen))


def _fold(texts: pl.Series) -> pl.DataFrame:
    """Columns filed (each text once), spelling (its blanks folded) and folded (in upper case); without empty ones."""
    spelling = pl.col("filed").str.replace_all(r"\s+", " ").str.strip_chars()
    spellings = texts.unique().to_frame("filed").with_columns(spelling.alias("spelling")).filter(spelling != "")
    return spellings.with_columns(pl.col("spelling").str.to_uppercase().alias("folded"))
