"""Texts as whole numbers: a column of millions of lines has thousands of different texts.

Grouping, sorting and joining by numbers takes a fraction of what texts take, and what is decided of a text is decided
once for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import polars as pl


@dataclass(frozen=True)
class TextCodes:
    """A text column as `codes` (UInt32, null where the text is null): places in `texts`, its different texts."""

    codes: pl.Series
    texts: pl.Series

    @classmethod
    def of(cls, column: pl.Series) -> TextCodes:
        """The codes of a String or Categorical column."""
        return cls.of_categorical(column if isinstance(column.dtype, pl.Categorical) else as_codes(column))

    @classmethod
    def of_categorical(cls, column: pl.Series) -> TextCodes:
        """The codes of a Categorical column."""
        texts = different(column)
        known = pl.DataFrame({"code": texts.to_physical(), "text": texts.cast(pl.String)}).sort("code")
        codes = column.to_physical()
        if known.height and known["code"][-1] != known.height - 1:  # others share the categories
            places = pl.int_range(known.height, dtype=pl.UInt32, eager=True)
            codes = pl.zeros(known["code"][-1] + 1, pl.UInt32, eager=True).scatter(known["code"], places).gather(codes)
        return cls(codes, known["text"])

    def ranks(self) -> pl.Series:
        """Codes that sort as the texts do, from 1; 0 for null, which sorts first."""
        order = self.texts.rank("ordinal").cast(pl.UInt32)
        return order.gather(self.codes).fill_null(0)


def different(column: pl.Series) -> pl.Series:
    """The different texts of a Categorical column, null aside, in any order: as `unique`, which sorts them all."""
    given = column.drop_nulls()
    codes, rows = given.to_physical(), pl.int_range(given.len(), dtype=pl.UInt32, eager=True)
    most = cast("int | None", codes.max())
    if most is None or most >= given.len():
        return given.unique()
    last = pl.zeros(most + 1, pl.UInt32, eager=True).scatter(codes, rows + 1)
    return given.gather(last.filter(last > 0) - 1)


def as_codes(column: pl.Series) -> pl.Series:
    """A String column as a Categorical of categories of its own: what is looked at several times is read once."""
    return column.cast(pl.Categorical(pl.Categories.random()))
