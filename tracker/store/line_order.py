"""Table lines in the order in which they are stored: by CUSIP, accession number and line."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from polars.io.plugins import register_io_source

from ..tables import LINES
from ..tables.coded_lines import CodedLines

LINES_AT_ONCE = 100_000


def in_order(lines: CodedLines) -> pl.LazyFrame:
    """LINES sorted by CUSIP, accession number and line, gathered piece by piece as the result is written.

    They are sorted by whole numbers, and are never in memory a second time. Raises ValueError if their key is not
    unique.
    """
    cusip, number = (lines.coded(name).ranks() for name in ("cusip", "accession_number"))
    line = lines.rows["line_number"]
    if not line.is_between(0, 2**32 - 1).all():
        line = line.rank("dense").fill_null(0)
    order = _order(cusip, number.cast(pl.UInt64) * 2**32 + line.cast(pl.UInt64))
    del cusip, number, line

    def gather(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        for at in range(0, len(order), LINES_AT_ONCE):
            part = lines.frame(order[at : at + LINES_AT_ONCE])
            part = part if predicate is None else part.filter(predicate)
            yield part if with_columns is None else part.select(with_columns)

    return register_io_source(gather, schema=LINES.schema)


def _order(cusip: pl.Series, key: pl.Series) -> pl.Series:
    """Places of the rows in the order of `cusip`, then `key`. Raises ValueError if a key appears twice."""
    if (key.shift() < key).all():  # as in a data set
        return _stable_order(cusip)
    by_key = key.arg_sort()
    key = key.gather(by_key)
    if (key == key.shift()).any():
        raise ValueError(f"{LINES.name}: the key {LINES.key} is not unique")
    return by_key.gather(_stable_order(cusip.gather(by_key)))


def _stable_order(codes: pl.Series) -> pl.Series:
    """Places of the rows in the order of `codes`, rows with one code as they come: by both as one whole number."""
    keys = codes.cast(pl.UInt64) * 2**32 + pl.int_range(len(codes), dtype=pl.UInt64, eager=True)
    return (keys.sort() % 2**32).cast(pl.UInt32)
