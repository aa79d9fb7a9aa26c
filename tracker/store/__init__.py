"""The only code that knows SQL, and where the Parquet files are."""

from .database import VERSION, Store

__all__ = ["VERSION", "Store"]
