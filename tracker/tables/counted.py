"""Holders of each security, and what they were counted from."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .identity import KINDS
from .table import DATE, INT, REAL, TEXT, Table

HOLDER_COUNTS = Table(
    "holder_counts",
    "Holders of each security among the hedge funds; a family counts once. Lower bounds (Form 13F, instruction 10).",
    ("period_of_report", "cusip"),
    {
        "period_of_report": (DATE, "last day of the quarter"),
        "cusip": (TEXT, "the security; of several CUSIPs with one ticker, the one held most"),
        "ticker": (TEXT, "its ticker; null if not known, then the CUSIP alone identifies it"),
        "cusips": (TEXT, "all CUSIPs counted as this security, separated by spaces"),
        "name_of_issuer": (TEXT, "as most filings name it"),
        "title_of_class": (TEXT, "as most filings name it"),
        "kind": (TEXT, f"kind of security: {', '.join(KINDS)}"),
        "holders": (INT, "families with shares above zero; options and principal amounts excluded"),
        "filers": (INT, "filing managers with shares above zero"),
        "holders_previous": (
            INT,
            "of the families that reported for this quarter and the one before, those that held it before; "
            "null if none reported for both, as when that quarter is not loaded",
        ),
        "new": (INT, "of those families, the ones that hold it now and did not hold it before; null as above"),
        "closed": (INT, "of those families, the ones that held it before and do not hold it now; null as above"),
        "increased": (
            INT,
            "of those families, the ones with more shares than before, adjusted for splits; null as above",
        ),
        "reduced": (
            INT,
            "of those families, the ones with fewer shares than before, adjusted for splits; null as above",
        ),
        "awaited": (
            INT,
            "families that held it in the quarter before and have neither reported nor given notice for this one; "
            "null if that quarter is not loaded",
        ),
        "holders_carried": (INT, "holders and awaited: the awaited carried forward from their last report"),
        "split_ratio": (
            REAL,
            "product of the splits since the quarter before; null if no prices show them",
        ),
        "shares": (REAL, "shares held by all of them"),
        "value_usd": (REAL, "value of those shares in dollars at the quarter's end"),
        "largest_holder": (TEXT, "the family with the most shares"),
        "largest_holder_shares": (REAL, "its shares"),
        "call_holders": (INT, "families with calls on it"),
        "put_holders": (INT, "families with puts on it"),
    },
)

COUNTED_FROM = Table(
    "counted_from",
    "Fingerprints of what a quarter's counts were made from: each part is rebuilt if its own changes, and only then.",
    ("period_of_report",),
    {
        "period_of_report": (DATE, "last day of the quarter"),
        "holdings": (TEXT, "a digest of the hedge funds' filings that count, and of the CUSIPs matched in them"),
        "positions": (
            TEXT,
            "that of the holdings, with the names and families of the funds, and the tickers of it all",
        ),
        "holder_counts": (
            TEXT,
            "that of the positions here and of the quarter before, with the kinds and splits of what is held, and with "
            "who has reported",
        ),
    },
)

HolderCountsFrame = Annotated[pl.DataFrame, HOLDER_COUNTS]
CountedFromFrame = Annotated[pl.DataFrame, COUNTED_FROM]
