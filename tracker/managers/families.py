"""Families: managers that count once, together."""

from __future__ import annotations

import polars as pl


def own_family() -> pl.Expr:
    """A filer's family if no list gives one: its own name, by manager_name and cik of one row per filer.

    Managers of one name are not one family unless a list states it.
    """
    name = pl.col("manager_name")
    return (
        pl.when(name.is_duplicated() | name.is_null())
        .then(pl.format("{} (CIK {})", name.fill_null("?"), "cik"))
        .otherwise(name)
    )
