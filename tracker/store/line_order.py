"""Table lines in the order in which they are stored: by CUSIP, accession number and line."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import polars as pl
from polars.io.plugins import register_io_source

from ..tables import LINES, LinesFrame
from ..tables.text_codes import TextCodes

LINES_AT_ONCE = 100_000


def in_order(lines: LinesFrame) -> pl.LazyFrame:
    """LINES sorted by CUSIP, accession number and line, gathered piece by piece as the result is written.

    They are sorted by whole numbers, and are never in memory a second time. Raises ValueError if they are of another
    shape or their key is not unique.
    """
    LINES.check(lines.clear())
    cusip, number = (TextCodes.of(lines[name]).ranks() for name in ("cusip", "accession_number"))
    line = lines["line_number"]
    if not line.is_between(0, 2**32 - 1).all():
        line = line.rank("dense").fill_null(0)
    if (number.cast(pl.UInt64) * 2**32 + line).n_unique() < lines.height:
        raise ValueError(f"{LINES.name}: the key {LINES.key} is not unique")
    order = _order([cusip, number, line])

    def gather(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        for at in range(0, len(order), LINES_AT_ONCE):
            part = lines[order[at : at + LINES_AT_ONCE]]
            part = part if predicate is None else part.filter(predicate)
            yield part if with_columns is None else part.select(with_columns)

    return register_io_source(gather, schema=LINES.schema)


def _order(codes: list[pl.Series]) -> pl.Series:
    """Places of the rows in the order of `codes`, by one number where all fit into one."""
    counts = [int(code.max() or 0) + 1 for code in codes]  # type: ignore[arg-type]
    if prod(counts) >= 2**63:
        return (
            pl.DataFrame({str(place): code for place, code in enumerate(codes)})
            .select(pl.arg_sort_by(pl.all()))
            .to_series()
        )
    key = codes[0].cast(pl.UInt64)
    for code, count in zip(codes[1:], counts[1:], strict=True):
        key = key * count + code
    return key.arg_sort()
