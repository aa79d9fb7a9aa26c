"""Which CUSIP has which ticker and which kind of security it is, and the sources for that."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl

from .table import DATE, FLAG, INT, TEXT, Table

KINDS = ("common", "adr", "preferred", "warrant", "unit", "right", "fund", "bond", "option", "unknown")
# Unknown securities are ranked: a title that reveals nothing ("NAMEN AKT", "SDR") belongs to shares more often than
# not, and a missing stock is worse than one too many, which a reader notices.
RANKED_KINDS = ("common", "adr", "unknown")

TICKERS = Table(
    "tickers",
    "SEC's list of listed companies: current tickers only.",
    ("ticker",),
    {
        "ticker": (TEXT, "as SEC writes it, classes as BRK-B"),
        "cik": (INT, "the company's CIK"),
        "name": (TEXT, "the company's conformed name"),
        "exchange": (TEXT, "Nasdaq, NYSE, CBOE, OTC; null if SEC names none"),
    },
)

CUSIP_SYMBOLS = Table(
    "cusip_symbols",
    "CUSIPs and symbols that appear together in fails-to-deliver files.",
    ("cusip", "symbol"),
    {
        "cusip": (TEXT, "9 characters"),
        "symbol": (TEXT, "as the file writes it: classes without punctuation (BRKB)"),
        "description": (TEXT, "the newest description"),
        "first_seen": (DATE, "oldest settlement date of the pair in the files read"),
        "last_seen": (DATE, "newest settlement date of the pair in the files read"),
    },
)

CUSIP_FIGIS = Table(
    "cusip_figis",
    "OpenFIGI's answer about a CUSIP.",
    ("cusip",),
    {
        "cusip": (TEXT, "9 characters"),
        "ticker": (TEXT, "on the American composite, classes as BRK.B; null if it has none"),
        "name": (TEXT, "OpenFIGI's name of the security"),
        "security_type": (TEXT, "OpenFIGI's type (Common Stock, ADR, ETP, ...), or the market sector (Corp, Pfd)"),
        "asked_on": (DATE, "the day (UTC) on which it answered"),
    },
)

SECURITIES = Table(
    "securities",
    "Tickers that a CUSIP has had, and when they were seen.",
    ("cusip", "ticker"),
    {
        "cusip": (TEXT, "9 characters"),
        "ticker": (TEXT, "as listed, classes as BRK.B"),
        "name": (TEXT, "the company as readers know it, from prices, SEC's ticker list or the fails-to-deliver file"),
        "kind": (TEXT, f"kind of security, by its name and type: {', '.join(KINDS[:-1])}; null if they do not show it"),
        "first_seen": (DATE, "first day on which the pair was seen, or from which prices show the change to it"),
        "last_seen": (DATE, "last day on which the pair was seen, or to which prices show it before a change"),
        "is_listed": (FLAG, "whether the ticker is in SEC's ticker list or in the loaded prices"),
        "source": (TEXT, "the source: `fails-to-deliver` or `openfigi`"),
    },
)


class Standing(StrEnum):
    """What was decided on a ticker that a CUSIP has beside another: the values of CONTESTED_TICKERS.standing."""

    CHOSEN = "chosen"
    """the CUSIP's"""
    DOUBTFUL = "doubtful"
    """taken for the CUSIP's, as one must be; what is known speaks no louder for it than for another"""
    FORMER = "former"
    """the CUSIP's before it changed its name; seen still, or again"""
    SET_ASIDE = "set_aside"
    """not the CUSIP's: not in SECURITIES"""


CONTESTED_TICKERS = Table(
    "contested_tickers",
    "Tickers of CUSIPs that have several at a time in the fails-to-deliver files, and which of them counts.",
    ("cusip", "ticker"),
    {
        "cusip": (TEXT, "9 characters"),
        "ticker": (TEXT, "as in securities"),
        "name_of_issuer": (TEXT, "the CUSIP's issuer, by the newest reports or the fails-to-deliver file; may be null"),
        "listed_name": (TEXT, "the company that has the ticker, by SEC's ticker list or prices; null if neither has"),
        "common_words": (INT, "words with which both names begin, at most 3; null if one is unknown"),
        "is_of_other": (FLAG, "whether another CUSIP has the ticker by better right"),
        "first_quoted": (DATE, "first day with a price of the ticker; null if it has none, or had one from the start"),
        "last_quoted": (DATE, "last day with a price of the ticker; null if it has none, or has them to the end"),
        "score": (INT, "what speaks for the ticker, in points (see `ticker_contests`)"),
        "standing": (TEXT, f"what was decided: {', '.join(Standing)}"),
    },
)

TickersFrame = Annotated[pl.DataFrame, TICKERS]
CusipSymbolsFrame = Annotated[pl.DataFrame, CUSIP_SYMBOLS]
CusipFigisFrame = Annotated[pl.DataFrame, CUSIP_FIGIS]
SecuritiesFrame = Annotated[pl.DataFrame, SECURITIES]
ContestedTickersFrame = Annotated[pl.DataFrame, CONTESTED_TICKERS]
