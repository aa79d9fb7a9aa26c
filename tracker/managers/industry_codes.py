"""What EDGAR's industry code of a filer shows (Standard Industrial Classification, `sic_code` of EDGAR_FILERS).

60xx and 61xx are deposit and credit institutions, 63xx and 64xx insurers and their agents. Managers are in 62xx, 67xx
and among the services, or have no code at all. Below 6000 are goods and trade: what a company's treasury holds.
"""

from __future__ import annotations

import polars as pl

_code = pl.col("sic_code").cast(pl.Int64, strict=False)


def is_bank_or_insurer() -> pl.Expr:
    """Whether the code is a bank's, lender's or insurer's; null without a code."""
    return _code.is_between(6000, 6199) | _code.is_between(6300, 6499)


def makes_or_trades_goods() -> pl.Expr:
    """Whether the code is that of a company that makes, moves or sells goods; null without a code."""
    return _code.is_between(100, 5999)


def described() -> pl.Expr:
    """`state commercial banks by its industry code 6022`."""
    return pl.format("{} by its industry code {}", pl.col("sic_description").str.to_lowercase(), "sic_code")
