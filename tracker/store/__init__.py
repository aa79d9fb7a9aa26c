"""The only code that knows SQL, and where the Parquet files are."""

from .database import VERSION, Store
from .kept_tables import facts_of_lines, prepared_facts, price_spans, read_securities

__all__ = ["VERSION", "Store", "facts_of_lines", "prepared_facts", "price_spans", "read_securities"]
