"""Holders of each security, and what they were counted from."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .table import DATE, INT, REAL, TEXT, Table

HOLDER_COUNTS = Table(
    "holder_counts",
    "Holders of each security among the hedge funds; a family counts once. Lower bounds (Form 13F, instruction 10).",
    ("period_of_report", "cusip"),
    {
        "period_of_report": (DATE, "the quarter's last day"),
        "cusip": (TEXT, "the security; where its ticker had several CUSIPs, the one that most is held of"),
        "ticker": (TEXT, "its ticker; null where not known: then it is known by this CUSIP alone"),
        "cusips": (TEXT, "all CUSIPs that are counted as this security, with spaces between"),
        "name_of_issuer": (TEXT, "as most filings name it"),
        "title_of_class": (TEXT, "as most filings name it"),
        "kind": (TEXT, "common, adr, preferred, warrant, unit, right, fund, bond, option or unknown (see `kinds`)"),
        "holders": (INT, "families with shares above zero; options and principal amounts left out"),
        "filers": (INT, "filing managers with shares above zero"),
        "holders_previous": (INT, "holders a quarter before; null where that quarter is not loaded"),
        "new": (INT, "families that hold now and did not a quarter before, though they reported; null as above"),
        "closed": (INT, "families that held a quarter before and do not now, though they report; null as above"),
        "increased": (INT, "families that hold more shares than a quarter before, adjusted for splits; null as above"),
        "reduced": (INT, "families that hold fewer shares than a quarter before, adjusted for splits; null as above"),
        "split_ratio": (REAL, "splits since the quarter before that were taken into account; null: no prices to tell"),
        "shares": (REAL, "shares that they hold together"),
        "value_usd": (REAL, "value of those shares in dollars at the quarter's end"),
        "largest_holder": (TEXT, "the family with the most shares"),
        "largest_holder_shares": (REAL, "its shares"),
        "call_holders": (INT, "families with calls on it"),
        "put_holders": (INT, "families with puts on it"),
    },
)

COUNTED_FROM = Table(
    "counted_from",
    "What the counts of a quarter were made from, so that they are made again if that changes, and only then.",
    ("period_of_report",),
    {
        "period_of_report": (DATE, "the quarter's last day"),
        "fingerprint": (TEXT, "a digest of filings, hedge funds, tickers and splits, and of the quarter before"),
    },
)

HolderCountsFrame = Annotated[pl.DataFrame, HOLDER_COUNTS]
CountedFromFrame = Annotated[pl.DataFrame, COUNTED_FROM]
