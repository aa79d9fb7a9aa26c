"""Prices, splits, dividends, shares outstanding, and returns."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl

from .table import DATE, FLAG, INT, REAL, TEXT, Table

PRICES = Table(
    "prices",
    "Daily closes, unadjusted unless `is_adjusted`, one row a ticker, day and source.",
    ("ticker", "date", "source"),
    {
        "date": (DATE, "trading day"),
        "ticker": (TEXT, "upper case, classes as BRK.B, preferred series as ABC^A"),
        "close": (REAL, "closing price in dollars"),
        "market_cap_usd": (REAL, "market capitalization in dollars; null where the source gives none or zero"),
        "volume": (REAL, "shares traded that day"),
        "pct_change": (REAL, "the day's change in percent as the exchange reports it, mostly right across a split"),
        "exchange": (TEXT, "NASDAQ, NYSE or AMEX"),
        "name": (TEXT, "the security's name"),
        "sector": (TEXT, "the source's sector"),
        "industry": (TEXT, "the source's industry"),
        "country": (TEXT, "the source's country"),
        "is_adjusted": (FLAG, "whether closes are already adjusted for splits"),
        "source": (TEXT, "`nasdaq` or `file:` and the imported file's name"),
    },
)

SPLITS = Table(
    "splits",
    "Splits and reverse splits, found or reported, and jumps that may be some.",
    ("ticker", "date", "source"),
    {
        "ticker": (TEXT, "as in prices"),
        "date": (DATE, "first trading day at the new price"),
        "ratio": (REAL, "new shares for one old share: 2.0 is 2-for-1, 0.1 a 1-for-10 reverse split; null: unclear"),
        "source": (TEXT, "`detected` from prices, or who reported it: `yahoo`, or `file:` and a file's name"),
        "status": (TEXT, "`used`, `unclear` (no ratio), or `replaced` by what a better source says within a week"),
        "evidence": (TEXT, "the figures that show it"),
    },
)

DIVIDENDS = Table(
    "dividends",
    "Cash dividends, as a source reports them.",
    ("ticker", "date", "source"),
    {
        "ticker": (TEXT, "as in prices"),
        "date": (DATE, "ex-date: first trading day without it"),
        "amount_usd": (REAL, "dollars for one share of that day"),
        "source": (TEXT, "who reports it"),
    },
)

SHARES_OUTSTANDING = Table(
    "shares_outstanding",
    "Shares outstanding as companies tell on the cover of their reports.",
    ("cik", "as_of", "accession_number"),
    {
        "cik": (INT, "the company"),
        "as_of": (DATE, "the day that the number is of"),
        "accession_number": (TEXT, "the report that tells it"),
        "shares": (REAL, "shares of all its common classes that the report tells, added up"),
        "filed": (DATE, "when the report was filed; null where only a frame tells it"),
        "classes": (INT, "how many classes were added up"),
    },
)


class HeldBack(StrEnum):
    """Why a ticker has no return: the values of RETURNS.held_back_kind."""

    NEW = "newly listed"
    """no close around the base date, and none before"""
    BREAK = "not quoted then"
    """no close around the base date, though there is an earlier one"""
    GONE = "no longer quoted"
    """no close around the end date"""
    MIXED = "mixed"
    """one of the two closes is already adjusted for splits, the other is not"""
    UNCLEAR = "unclear"
    """a price jump between the two closes that may be a split"""
    NO_DIVIDENDS = "no dividends"
    """a total return was asked for, and no source covers its dividends"""
    NO_PRICE = "no price"
    """no close at all: the ticker is not in RETURNS"""


RETURNS = Table(
    "returns",
    "Price change of each ticker between two dates, adjusted for splits.",
    ("ticker",),
    {
        "ticker": (TEXT, "as in prices"),
        "base_date": (DATE, "the close that is compared: on or up to 7 days before the date asked for"),
        "base_close": (REAL, "that close in dollars, as traded"),
        "base_source": (TEXT, "the source that won for that day"),
        "end_date": (DATE, "likewise"),
        "end_close": (REAL, "likewise"),
        "end_source": (TEXT, "likewise"),
        "split_ratio": (REAL, "product of the splits between the two dates; 1 where there was none"),
        "dividend_factor": (REAL, "shares that reinvested dividends make of one; 1 where returns are without them"),
        "return_pct": (
            REAL,
            "(end_close * split_ratio * dividend_factor / base_close - 1) * 100; null where held back",
        ),
        "held_back": (TEXT, "why no return is given; null where one is"),
        "held_back_kind": (TEXT, "which of `HeldBack` that is: `newly listed`, `unclear` and so on; null as above"),
    },
)

PricesFrame = Annotated[pl.DataFrame, PRICES]
SplitsFrame = Annotated[pl.DataFrame, SPLITS]
DividendsFrame = Annotated[pl.DataFrame, DIVIDENDS]
SharesOutstandingFrame = Annotated[pl.DataFrame, SHARES_OUTSTANDING]
ReturnsFrame = Annotated[pl.DataFrame, RETURNS]
