"""Which CUSIP has which ticker, and who says so."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .table import DATE, FLAG, INT, TEXT, Table

TICKERS = Table(
    "tickers",
    "SEC's list of listed companies: today's tickers only.",
    ("ticker",),
    {
        "ticker": (TEXT, "as SEC writes it, classes as BRK-B"),
        "cik": (INT, "the company's CIK"),
        "name": (TEXT, "the company's conformed name"),
        "exchange": (TEXT, "Nasdaq, NYSE, CBOE, OTC; null where SEC names none"),
    },
)

CUSIP_SYMBOLS = Table(
    "cusip_symbols",
    "CUSIP and symbol as seen together in fails-to-deliver files.",
    ("cusip", "symbol"),
    {
        "cusip": (TEXT, "9 characters"),
        "symbol": (TEXT, "as the file writes it: classes without punctuation (BRKB)"),
        "description": (TEXT, "the newest description that was given"),
        "first_seen": (DATE, "oldest settlement date of the pair in the files read"),
        "last_seen": (DATE, "newest settlement date of the pair in the files read"),
    },
)

CUSIP_FIGIS = Table(
    "cusip_figis",
    "What OpenFIGI answered about a CUSIP.",
    ("cusip",),
    {
        "cusip": (TEXT, "9 characters"),
        "ticker": (TEXT, "on the American composite, classes as BRK.B; null where it knows none"),
        "name": (TEXT, "the security, as OpenFIGI names it"),
        "security_type": (TEXT, "OpenFIGI's type (Common Stock, ADR, ETP, ...), or the market sector (Corp, Pfd)"),
        "asked_on": (DATE, "the day (UTC) on which it answered"),
    },
)

SECURITIES = Table(
    "securities",
    "Which ticker a CUSIP had, and when that was seen.",
    ("cusip", "ticker"),
    {
        "cusip": (TEXT, "9 characters"),
        "ticker": (TEXT, "as listed, classes as BRK.B"),
        "name": (TEXT, "the company, as SEC's ticker list or the fails-to-deliver file names it"),
        "kind": (TEXT, "kind of security, as its name and type tell; null where they do not"),
        "first_seen": (DATE, "oldest day on which the pair was seen"),
        "last_seen": (DATE, "newest day on which the pair was seen"),
        "is_listed": (FLAG, "whether SEC's ticker list or the prices loaded have the ticker"),
        "source": (TEXT, "who says so: `fails-to-deliver` or `openfigi`"),
    },
)

TickersFrame = Annotated[pl.DataFrame, TICKERS]
CusipSymbolsFrame = Annotated[pl.DataFrame, CUSIP_SYMBOLS]
CusipFigisFrame = Annotated[pl.DataFrame, CUSIP_FIGIS]
SecuritiesFrame = Annotated[pl.DataFrame, SECURITIES]
