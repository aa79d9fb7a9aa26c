"""What a security is called in filings: by the most managers, not by the largest."""

from __future__ import annotations

import polars as pl

from ..tables import PositionsFrame
from ..tables.text_codes import TextCodes

_NAMES = ("name_of_issuer", "title_of_class")


def most_given(positions: PositionsFrame) -> pl.DataFrame:
    """Columns cusip, name_of_issuer, title_of_class: of each the one that most managers give, null if none gives one.

    Blanks are folded, and names that differ in case only are one name, in its most frequent spelling. Ties go to the
    larger value, then by the alphabet.
    """
    cusip = TextCodes.of(positions["cusip"])
    names = cusip.texts.to_frame("cusip").with_row_index("place")
    for column in _NAMES:
        names = names.join(_most_given(positions, cusip, column), on="place", how="left", validate="1:1")
    return names.drop("place")


def _most_given(positions: PositionsFrame, cusip: TextCodes, column: str) -> pl.DataFrame:
    """Columns place (of a CUSIP, in the texts of `cusip`) and `column`. All is compared by whole numbers."""
    filed = TextCodes.of(positions[column])
    spelling, folded = (TextCodes.of(texts) for texts in _fold(filed.texts))
    given = pl.DataFrame(
        [
            cusip.codes.alias("place"),
            spelling.ranks().gather(filed.codes).alias("spelling"),
            folded.ranks().gather(filed.codes).alias("folded"),
            *positions.select("cik", "value_usd"),
        ]
    ).filter(pl.col("spelling") > 0)
    # most securities have one name only: only the others need a count of their managers
    spread = given.group_by("place").agg(pl.col("spelling").min(), pl.col("spelling").max().alias("_last"))
    is_disputed = pl.col("spelling") != pl.col("_last")
    disputed = given.join(spread.filter(is_disputed), on="place", how="semi")
    measures = [pl.col("cik").n_unique().alias("managers"), pl.col("value_usd").sum()]
    names = disputed.group_by("place", "folded").agg(measures)
    spellings = disputed.group_by("place", "folded", "spelling").agg(measures)
    ranked = spellings.join(names, on=["place", "folded"], how="inner", suffix="_of_name", validate="m:1").sort(
        ["place", "managers_of_name", "value_usd_of_name", "folded", "managers", "value_usd", "spelling"],
        descending=[False, True, True, False, True, True, False],
    )
    chosen = ranked.unique("place", keep="first", maintain_order=True)
    decided = pl.concat(frame.select("place", "spelling") for frame in (spread.filter(~is_disputed), chosen))
    texts = spelling.texts.sort().gather(decided["spelling"] - 1)
    return decided.select("place", texts.alias(column))


def _fold(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The spelling (blanks folded) of each text, and the same in upper case; null for empty ones."""
    spelling = texts.str.replace_all(r"\s+", " ").str.strip_chars().replace("", None)
    return spelling, spelling.str.to_uppercase()
