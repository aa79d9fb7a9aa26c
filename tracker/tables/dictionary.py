"""What a column is called, is the same quantity everywhere: its type and description by its name alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import polars as pl

from . import as_filed, counted, decided, delisted, identity, priced, published, who_counts
from .table import Table

_MODULES = (published, counted, decided, who_counts, priced, identity, as_filed, delisted)
"""of several tables that have the column, the first describes it"""


@cache
def descriptions() -> Mapping[str, str]:
    """The description of each column, by its name."""
    return {name: about for table in reversed([*_tables()]) for name, (_, about) in table.columns.items()}


@cache
def column_types() -> Mapping[str, pl.DataType]:
    """The polars type of each column, by its name."""
    return {name: dtype for table in reversed([*_tables()]) for name, dtype in table.schema.items()}


def _tables() -> Iterator[Table]:
    for module in _MODULES:
        yield from (table for table in vars(module).values() if isinstance(table, Table))
