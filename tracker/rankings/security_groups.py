"""Securities that have to be counted together: those that have a CUSIP in common, now and in the quarter before.

A ticker may have several CUSIPs, and a CUSIP another ticker than in the quarter before; how a security is named is
found CUSIP by CUSIP. So some securities are counted as with all others if they are whole groups.
"""

from __future__ import annotations

import polars as pl

from ..tables import PositionsFrame
from .quarter_changes import SECURITY


def securities(positions: PositionsFrame) -> pl.DataFrame:
    """Columns security, cusip: those of POSITIONS of one quarter, which are in key order."""
    # so each CUSIP stands together; it has one ticker
    return (
        positions.lazy().filter(pl.col("cusip").ne_missing(pl.col("cusip").shift())).select(SECURITY, "cusip").collect()
    )


def whole_groups(touched: pl.Series, pairs: pl.DataFrame) -> pl.Series:
    """The securities `touched`, and all of the groups that they are in by `pairs` (columns security, cusip)."""
    group = touched.unique()
    while True:
        of_group = pairs.filter(pl.col("security").is_in(group.implode()))
        near = pairs.join(of_group.select("cusip"), on="cusip", how="semi")["security"]
        grown = pl.concat([group, near]).unique()
        if grown.len() == group.len():
            return group
        group = grown
