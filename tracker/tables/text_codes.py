"""Texts as whole numbers: a column of millions of lines has thousands of different texts.

Grouping, sorting and joining by numbers takes a fraction of what texts take, and what is decided of a text is decided
once for each.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class TextCodes:
    """A text column as `codes` (UInt32, null where the text is null): places in `texts`, its different texts."""

    codes: pl.Series
    texts: pl.Series

    @classmethod
    def of(cls, column: pl.Series) -> TextCodes:
        """The codes of a String column; `texts` come in the order in which they first appear."""
        return cls.of_categorical(column.cast(pl.Categorical(pl.Categories.random())))

    @classmethod
    def of_categorical(cls, column: pl.Series) -> TextCodes:
        """The codes of a Categorical column."""
        texts = column.unique().drop_nulls()
        known = pl.DataFrame({"code": texts.to_physical(), "text": texts.cast(pl.String)}).sort("code")
        codes = column.to_physical()
        if known.height and known["code"][-1] != known.height - 1:  # others share the categories
            places = pl.int_range(known.height, dtype=pl.UInt32, eager=True)
            codes = codes.replace_strict(known["code"], places, default=None, return_dtype=pl.UInt32)
        return cls(codes, known["text"])

    def ranks(self) -> pl.Series:
        """Codes that sort as the texts do, from 1; 0 for null, which sorts first."""
        order = self.texts.rank("ordinal").cast(pl.UInt32)
        return order.gather(self.codes).fill_null(0)
