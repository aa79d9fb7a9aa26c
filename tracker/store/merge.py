"""Merge table lines range by range.

A quarter of all filers has 3.4 million lines; sorting them all at once takes as much memory again as they do.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from polars.io.plugins import register_io_source

from ..tables import LINES, LinesFrame

LINES_AT_ONCE = 250_000


def merge_lines(old: pl.LazyFrame, new: LinesFrame) -> pl.LazyFrame:
    """LINES of both, sorted by CUSIP, accession number and line; a submission in `new` replaces that in `old`.

    The merge happens as the result is collected or written, one range of CUSIPs after the other. Raises ValueError
    if `new` is of another shape or has a duplicate key; `old` is trusted.
    """
    LINES.check(new.clear())
    duplicates = new.group_by("accession_number").agg(pl.len() > pl.col("line_number").n_unique())
    if duplicates["len"].any():
        raise ValueError(f"{LINES.name}: the key {LINES.key} is not unique")
    replaced = new.select("accession_number").unique()
    cusips = pl.concat([old.select("cusip").collect(), new.select("cusip")])["cusip"]

    def merge(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        for conditions in _ranges(cusips):
            kept = old.filter(*conditions).collect().join(replaced, on="accession_number", how="anti")
            part = pl.concat([kept, new.filter(*conditions)])
            # accession numbers share long prefixes, so they sort slowly as text
            part = part.sort("cusip", pl.col("accession_number").cast(pl.Categorical), "line_number")
            part = part if predicate is None else part.filter(predicate)
            yield part if with_columns is None else part.select(with_columns)

    return register_io_source(merge, schema=LINES.schema)


def _ranges(cusips: pl.Series) -> Iterator[list[pl.Expr]]:
    """Conditions on `cusip` that divide all lines into ascending ranges of about LINES_AT_ONCE."""
    counts = cusips.value_counts(name="lines").sort("cusip")
    firsts = counts.group_by(pl.col("lines").cum_sum() // LINES_AT_ONCE).agg(pl.col("cusip").min())["cusip"].sort()
    for first, after in zip([None, *firsts[1:]], [*firsts[1:], None], strict=True):
        is_before = [] if after is None else [pl.col("cusip") < after]
        if first is None:  # also lines without a CUSIP
            yield [condition.fill_null(True) for condition in is_before]
        else:
            yield [*is_before, pl.col("cusip") >= first]
