"""The columns of a key as one whole number a row, which sorts as they do: a fraction of the time that texts take."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from .text_codes import TextCodes

_MOST = 2**64


def row_keys(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    """A UInt64 for each row of `frame`: equal where all `columns` (texts, whole numbers, dates) are, in their order.

    Null is equal to null and comes first. The numbers mean nothing beside those of another call.
    """
    if frame.is_empty():
        return pl.Series("key", [], dtype=pl.UInt64)
    key, size = pl.zeros(frame.height, dtype=pl.UInt64, eager=True), 1
    for name in columns:
        place, count = _places(frame[name])
        size *= count
        if size > _MOST:
            return frame.select(pl.struct(columns).rank("dense").cast(pl.UInt64).alias("key")).to_series()
        key = key * count + place
    return key.alias("key")


def _places(column: pl.Series) -> tuple[pl.Series, int]:
    """Whole numbers below the count that is returned, in the order of the values; 0 for null."""
    if column.dtype == pl.String():
        ranks = TextCodes.of(column).ranks()
        return ranks.cast(pl.UInt64), int(ranks.max() or 0) + 1  # type: ignore[arg-type]
    values = column.to_physical().cast(pl.Int64)
    low, high = values.min(), values.max()
    if not isinstance(low, int) or not isinstance(high, int):
        return pl.zeros(len(values), dtype=pl.UInt64, eager=True), 1
    if high - low >= 2**62:
        values, low, high = values.rank("dense").cast(pl.Int64), 1, len(values)
    return ((values - low) + 1).fill_null(0).cast(pl.UInt64), high - low + 2


def merge_rows(
    frame: pl.DataFrame, goes: pl.Series, made: pl.DataFrame, column: str, key: Sequence[str]
) -> pl.DataFrame:
    """`frame`, which is in the order of `key`, with the rows `made` in the place of those that go.

    `column` is the first of the key with more than one value: only rows that have it in common with `made` are sorted.
    """
    if made.is_empty():
        return frame.filter(~goes)
    is_near = frame[column].is_in(made[column].unique().implode())
    near = pl.concat([frame.filter(is_near & ~goes), made])
    return frame.filter(~is_near & ~goes).merge_sorted(near[row_keys(near, key).arg_sort()], column)
