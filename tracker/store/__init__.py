"""The only code that knows SQL and where Parquet lies."""

from .database import VERSION, Store

__all__ = ["VERSION", "Store"]
