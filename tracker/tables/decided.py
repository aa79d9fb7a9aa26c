"""Filings with what was decided about them, and what managers effectively held."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl

from .amended import AmendmentEffect, EffectEvidence
from .as_filed import FILING_COLUMNS
from .table import DATE, FLAG, INT, REAL, TEXT, Table


class Unit(StrEnum):
    """What a filing's value column counts."""

    DOLLARS = "dollars"
    THOUSANDS = "thousands"


class UnitEvidence(StrEnum):
    """What a filing's own prices show about its unit, compared with the other filings of the period."""

    CONFIRMED = "confirmed"  # they agree with the unit in force on the filing date
    NOT_CONFIRMED = "not_confirmed"  # too few lines to compare
    CONTRADICTED = "contradicted"  # they are off by a thousand: the other unit is used
    UNEXPLAINED = "unexplained"  # they disagree, but not by a thousand


class Role(StrEnum):
    """A filing's part in its manager's report for a period."""

    BASE = "base"
    RESTATEMENT = "restatement"
    NEW_HOLDINGS = "new holdings"
    PATCH = "patch"
    REPLACED = "replaced"
    NOTICE = "notice"
    UNKNOWN_AMENDMENT = "unknown amendment"


# A report begins with one of these; NEW HOLDINGS add to it, a patch corrects some of its lines. Together they are the
# roles that count.
OPENING_ROLES = (Role.BASE, Role.RESTATEMENT)
COUNTED_ROLES = (*OPENING_ROLES, Role.NEW_HOLDINGS, Role.PATCH)

JUDGED_FILINGS = Table(
    "filings",
    "One row per submission: what was filed, and what was decided about it.",
    ("accession_number",),
    {
        **FILING_COLUMNS,
        "unit": (TEXT, "what the value column counts: `dollars` or `thousands`"),
        "unit_evidence": (TEXT, f"what the filing's own prices show about the unit: {', '.join(UnitEvidence)}"),
        "unit_basis": (TEXT, "why this unit was chosen, as text"),
        "unit_ratio": (REAL, "median ratio of its prices, in the unit required on the filing date, to the period's"),
        "unit_lines": (INT, "number of its prices that were compared"),
        "is_share_value": (
            FLAG,
            "whether the share column repeats the value on every line, so that the number of shares is not known",
        ),
        "options_value_total": (
            REAL,
            "the part of value_total in options, also those that only the CUSIP shows; null without lines",
        ),
        "role": (TEXT, f"part in the manager's report for the period: {', '.join(Role)}"),
        "replaced_by": (TEXT, "accession number of the filing that replaces it"),
        "amendment_effect": (
            TEXT,
            f"what an amendment does to the report: {', '.join(AmendmentEffect)}; null for other filings",
        ),
        "effect_evidence": (TEXT, f"what decided that: {', '.join(EffectEvidence)}"),
        "effect_basis": (TEXT, "why, as text"),
        "compared_with": (
            TEXT,
            "accession numbers of the manager's reports for the quarters before and after that were consulted",
        ),
    },
)


class MatchEvidence(StrEnum):
    """What the period's filings show about a CUSIP that is wrong as it was filed."""

    MATCHED = "matched"  # one whole CUSIP reads so without a character, with the same issuer and price
    OTHER_ISSUER = "other_issuer"  # whole CUSIPs read so, but none is of this issuer
    OTHER_PRICE = "other_price"  # one is of this issuer, but at another price, or prices cannot be compared
    SEVERAL = "several"  # more than one agrees
    NOT_FILED = "not_filed"  # nobody filed a whole CUSIP that reads so
    NOT_SHORTENED = "not_shortened"  # no characters are lost: the check digit is wrong, or it is nine zeros
    OTHER_SECURITY = "other_security"  # whole, but the line's issuer and price are those of one other CUSIP
    CONTRADICTED = "contradicted"  # whole, but nobody else files this issuer and this price under it


CUSIP_MATCHES = Table(
    "cusip_matches",
    "CUSIPs that are wrong as filed (too short, a wrong check digit, another security's), and what they stand for.",
    ("accession_number", "cusip_as_filed", "name_of_issuer"),
    {
        "accession_number": (TEXT, "the submission"),
        "cusip_as_filed": (TEXT, "the CUSIP as filed"),
        "cusip": (TEXT, "the whole CUSIP under which it is counted; null if it is counted as filed"),
        "evidence": (TEXT, f"what the period's other filings show: {', '.join(MatchEvidence)}"),
        "period_of_report": (DATE, "last day of the quarter"),
        "cik": (INT, "the filing manager"),
        "name_of_issuer": (TEXT, "as the filing names it"),
        "candidate": (TEXT, "the whole CUSIP that was compared, of several the nearest; null if there is none"),
        "candidate_issuer": (TEXT, "as most filings name the candidate's issuer"),
        "price_usd": (REAL, "value / shares of the filing's lines"),
        "candidate_price_usd": (REAL, "median value / shares of the candidate over the managers that report it"),
    },
)


def dollars_per_unit(unit: pl.Expr) -> pl.Expr:
    """The factor that converts a value in `unit` (see `Unit`) to dollars."""
    return pl.when(unit == Unit.THOUSANDS).then(1000.0).otherwise(1.0)


HOLDINGS = Table(
    "holdings",
    "Effective holdings: after amendments, in dollars, with the lines of one security added up.",
    ("period_of_report", "cik", "cusip", "share_type", "put_call"),
    {
        "period_of_report": (DATE, "last day of the quarter"),
        "cik": (INT, "the filing manager"),
        "cusip": (TEXT, "upper case; 9 characters, unless it was filed otherwise and matches no other"),
        "share_type": (TEXT, "SH or PRN"),
        "put_call": (TEXT, "PUT, CALL or empty text"),
        "shares": (REAL, "shares, or principal in dollars if share_type is PRN; null if not known"),
        "value_usd": (REAL, "market value in dollars"),
        "line_count": (INT, "table lines added up"),
        "accession_number": (TEXT, "the newest filing that contributes"),
        "filing_count": (INT, "number of filings that contribute (more than 1: NEW HOLDINGS amendments)"),
        "name_of_issuer": (TEXT, "as the filing names it"),
        "title_of_class": (TEXT, "as the filing names it"),
    },
)

POSITIONS = Table(
    "positions",
    "Effective holdings of the hedge funds, one row per security: what `holders` lists.",
    ("period_of_report", "cusip", "cik", "put_call", "share_type"),
    {
        **HOLDINGS.columns,
        "ticker": (TEXT, "the CUSIP's ticker; null if not known"),
        "manager_name": (TEXT, "the filing manager"),
        "family": (TEXT, "the family that the manager belongs to; a family counts once"),
        "portfolio_pct": (
            REAL,
            "share of the manager's reported value excluding options, in percent; null for options",
        ),
    },
)

CusipMatchesFrame = Annotated[pl.DataFrame, CUSIP_MATCHES]
JudgedFilingsFrame = Annotated[pl.DataFrame, JUDGED_FILINGS]
HoldingsFrame = Annotated[pl.DataFrame, HOLDINGS]
PositionsFrame = Annotated[pl.DataFrame, POSITIONS]
