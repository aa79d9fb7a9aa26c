"""The only code that knows SQL, and where the Parquet files are."""

from .database import VERSION, Store
from .kept_tables import price_spans, read_securities

__all__ = ["VERSION", "Store", "price_spans", "read_securities"]
