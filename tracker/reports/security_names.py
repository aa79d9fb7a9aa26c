"""Names of securities as people read them."""

from __future__ import annotations

import polars as pl

from ..securities import company_names, ticker_map
from ..store import Store, read_securities, shared
from ..tables import SecuritiesFrame


def with_names(rows: pl.DataFrame, securities: SecuritiesFrame) -> pl.DataFrame:
    """`rows` (columns cusip, ticker, name_of_issuer) with `name`, in their order.

    The company's name as lists show it; without one it is written anew from the name of the issuer as filed.
    """
    return _with_names(rows, _names(securities))


def with_stored_names(rows: pl.DataFrame, store: Store) -> pl.DataFrame:
    """As `with_names`, of the securities in the store."""
    return _with_names(rows, shared(store.settings.db, "names", lambda: _names(read_securities(store))))


def _names(securities: SecuritiesFrame) -> pl.DataFrame:
    """Columns cusip, name of all securities."""
    return ticker_map.newest(securities).select("cusip", "name")


def _with_names(rows: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    named = rows.join(names, on="cusip", how="left", validate="m:1", maintain_order="left")
    # without a ticker the name may be that of another company that has the ticker now
    named = named.with_columns(pl.when(pl.col("ticker").is_not_null()).then("name").alias("name"))
    issuers = named.filter(pl.col("name").is_null())["name_of_issuer"].drop_nulls().unique()
    titled = issuers.map_elements(company_names.titled, return_dtype=pl.String)
    written_anew = pl.col("name_of_issuer").replace_strict(issuers, titled, default=None, return_dtype=pl.String)
    return named.with_columns(pl.coalesce("name", written_anew).alias("name"))
