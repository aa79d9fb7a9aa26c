"""Whether numbers that were read as such from a table's bytes are amounts as the rules have them.

Reading millions of cells as text first, to look at each, costs several times as much.
"""

from __future__ import annotations

import polars as pl

from .rules import MOST_DIGITS

_BEFORE_A_CELL = b"\t "


def are_amounts(body: bytes, numbers: pl.DataFrame) -> bool:
    """Whether every cell that polars read as UInt64 from the tab-separated `body` is digits alone, MOST_DIGITS at most.

    Blanks around them aside, polars also takes a `+` and any number of leading zeros. No column may be the first.
    """
    if numbers.is_empty():
        return True
    digits = len(str(max(numbers.max().row(0), key=lambda number: number or 0) or 0))
    if digits > MOST_DIGITS:
        return False
    # with fewer leading zeros than these, a cell that is too long would be larger than the largest
    zeros = b"0" * (MOST_DIGITS + 1 - digits)
    at = body.find(zeros)
    while at >= 0:
        if body[at - 1] in _BEFORE_A_CELL and _is_long(body[at : at + 1 + MOST_DIGITS]):
            return False
        at = body.find(zeros, at + len(zeros))
    return b"+" not in body or not any(before + b"+" in body for before in (b"\t", b" "))


def _is_long(cell: bytes) -> bool:
    return len(cell) > MOST_DIGITS and cell.isdigit()
