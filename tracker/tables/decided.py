"""Filings with what was decided about them, and what managers effectively held."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl

from .as_filed import FILING_COLUMNS
from .table import DATE, FLAG, INT, REAL, TEXT, Table


class Role(StrEnum):
    """What a filing is to its manager's report for the period: the values of JUDGED_FILINGS.role."""

    BASE = "base"
    RESTATEMENT = "restatement"
    NEW_HOLDINGS = "new holdings"
    REPLACED = "replaced"
    NOTICE = "notice"
    UNKNOWN_AMENDMENT = "unknown amendment"


JUDGED_FILINGS = Table(
    "filings",
    "One row a submission: what was filed, and what was decided about it.",
    ("accession_number",),
    {
        **FILING_COLUMNS,
        "unit": (TEXT, "what the value column counts: `dollars` or `thousands`"),
        "unit_basis": (TEXT, "why: the rule of the filing date, or the filing's own prices, in words"),
        "unit_ratio": (REAL, "median of its prices against the period's, as the rule would read them"),
        "unit_lines": (INT, "number of lines that were compared"),
        "is_share_value": (
            FLAG,
            "its share column repeats the value on every line: how many shares it holds is not known",
        ),
        "role": (TEXT, "base, restatement, new holdings, replaced, notice, or unknown amendment"),
        "replaced_by": (TEXT, "the accession number that replaces it"),
    },
)


def dollars_per_unit(unit: pl.Expr) -> pl.Expr:
    """What a value in JUDGED_FILINGS' `unit` is multiplied by to be in dollars."""
    return pl.when(unit == "thousands").then(1000.0).otherwise(1.0)


# The roles whose lines make up a manager's report for a period.
COUNTED_ROLES = (Role.BASE, Role.RESTATEMENT, Role.NEW_HOLDINGS)

HOLDINGS = Table(
    "holdings",
    "Effective holdings: after amendments, in dollars, lines of one security added up.",
    ("period_of_report", "cik", "cusip", "share_type", "put_call"),
    {
        "period_of_report": (DATE, "the quarter's last day"),
        "cik": (INT, "the filing manager"),
        "cusip": (TEXT, "upper case, 9 characters"),
        "share_type": (TEXT, "SH or PRN"),
        "put_call": (TEXT, "PUT, CALL or empty text"),
        "shares": (REAL, "shares, or principal in dollars where share_type is PRN; null where not known"),
        "value_usd": (REAL, "market value in dollars"),
        "line_count": (INT, "table lines that were added up"),
        "accession_number": (TEXT, "the newest filing that contributes"),
        "filing_count": (INT, "how many filings contribute (more than 1: NEW HOLDINGS amendments)"),
        "name_of_issuer": (TEXT, "as the filing names it"),
        "title_of_class": (TEXT, "as the filing names it"),
    },
)

POSITIONS = Table(
    "positions",
    "Effective holdings of the hedge funds, one row a security: what `holders` lists.",
    ("period_of_report", "cusip", "cik", "put_call", "share_type"),
    {
        **HOLDINGS.columns,
        "ticker": (TEXT, "the ticker that the CUSIP is known by; null where it is not known"),
        "manager_name": (TEXT, "the filing manager"),
        "family": (TEXT, "the house that the manager belongs to; a house counts once"),
        "portfolio_pct": (REAL, "share of the manager's reported value without options, in percent; null for options"),
    },
)

JudgedFilingsFrame = Annotated[pl.DataFrame, JUDGED_FILINGS]
HoldingsFrame = Annotated[pl.DataFrame, HOLDINGS]
PositionsFrame = Annotated[pl.DataFrame, POSITIONS]
