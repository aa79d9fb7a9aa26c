"""The only code that knows SQL, and where the Parquet files are.

Names are handed on when they are asked for: `known_names`, which a shell waits for, needs none of them, nor polars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .database import VERSION, Store
    from .kept_tables import (
        facts_of_all,
        facts_of_lines,
        kept_frame,
        prepared_facts,
        price_spans,
        read_contested_tickers,
        read_securities,
    )
    from .shared_reads import SharedReads, shared, sharing

__all__ = [
    "VERSION",
    "SharedReads",
    "Store",
    "facts_of_all",
    "facts_of_lines",
    "kept_frame",
    "prepared_facts",
    "price_spans",
    "read_contested_tickers",
    "read_securities",
    "shared",
    "sharing",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import database, kept_tables, shared_reads

    return vars(database).get(name) or vars(kept_tables).get(name) or vars(shared_reads)[name]
