"""What engines count from, beside the lines, and what they make of it: see `engines/README.md`."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .counted import HOLDER_COUNTS
from .table import DATE, INT, TEXT, Table

_OF_COUNTS = (
    "period_of_report", "cusip", "ticker", "holders", "filers", "shares", "value_usd", "call_holders", "put_holders",
)  # fmt: skip

CUSIP_SPELLINGS = Table(
    "cusip_spellings",
    "CUSIPs that the lines do not write as they are: in lower case, with blanks or dashes.",
    ("cusip_as_filed",),
    {
        "cusip_as_filed": (TEXT, "the CUSIP as filed"),
        "cusip": (TEXT, "the same in upper case, without blanks and dashes"),
    },
)

LINE_CUSIPS = Table(
    "line_cusips",
    "Lines under another security's CUSIP (cusip_matches: other_security), and the one that they are counted under.",
    ("accession_number", "line_number"),
    {
        "accession_number": (TEXT, "the submission"),
        "line_number": (INT, "position in its table, from 1"),
        "cusip": (TEXT, "the CUSIP under which it is counted"),
    },
)

CUSIP_TICKERS = Table(
    "cusip_tickers",
    "The ticker under which a CUSIP that hedge funds hold is counted in a period, as decided from securities.",
    ("period_of_report", "cusip"),
    {
        "period_of_report": (DATE, "last day of the quarter"),
        "cusip": (TEXT, "the clean CUSIP"),
        "ticker": (TEXT, "its ticker; a CUSIP without one has no row"),
    },
)

SECURITY_COUNTS = Table(
    "security_counts",
    "Holders and filers of every security that hedge funds hold in a period, by itself or through options.",
    HOLDER_COUNTS.key,
    {name: HOLDER_COUNTS.columns[name] for name in _OF_COUNTS},
)

CusipSpellingsFrame = Annotated[pl.DataFrame, CUSIP_SPELLINGS]
LineCusipsFrame = Annotated[pl.DataFrame, LINE_CUSIPS]
CusipTickersFrame = Annotated[pl.DataFrame, CUSIP_TICKERS]
SecurityCountsFrame = Annotated[pl.DataFrame, SECURITY_COUNTS]
