"""Prices, splits, dividends, shares outstanding, and returns."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl

from .table import DATE, FLAG, INT, REAL, TEXT, Table

PRICES = Table(
    "prices",
    "Daily closes, unadjusted unless `is_adjusted`, one row per ticker, day and source.",
    ("ticker", "date", "source"),
    {
        "date": (DATE, "trading day"),
        "ticker": (TEXT, "upper case, classes as BRK.B, preferred series as ABC^A"),
        "close": (REAL, "closing price in dollars"),
        "market_cap_usd": (REAL, "market capitalization in dollars; null if the source gives none or zero"),
        "volume": (REAL, "shares traded that day"),
        "pct_change": (REAL, "the day's change in percent as the exchange reports it, usually adjusted for a split"),
        "exchange": (TEXT, "NASDAQ, NYSE or AMEX"),
        "name": (TEXT, "the security's name"),
        "sector": (TEXT, "the source's sector"),
        "industry": (TEXT, "the source's industry"),
        "country": (TEXT, "the source's country"),
        "is_adjusted": (FLAG, "whether the close is already adjusted for splits"),
        "source": (TEXT, "`nasdaq`, or `file:` and the imported file's name"),
    },
)


PRICE_SPANS = Table(
    "price_spans",
    "What all prices of a ticker from one source are: how many, from when to when.",
    ("ticker", "source"),
    {
        "ticker": (TEXT, "as in prices"),
        "source": (TEXT, "as in prices"),
        "closes": (INT, "number of rows"),
        "first_date": (DATE, "the oldest session"),
        "last_date": (DATE, "the newest session"),
        "first_capped": (DATE, "the oldest session with a market cap; null if there is none"),
        "last_capped": (DATE, "the newest session with a market cap; null if there is none"),
        "sector": (TEXT, "the newest sector that the source gives; null if it gives none"),
        "sector_on": (DATE, "the session that it gives that sector for"),
    },
)


class DayStatus(StrEnum):
    """What is known of a day of a price source: the values of PRICE_DAYS.status."""

    REDATED = "redated"
    """its rows are of another session, and count there"""
    SUPERSEDED = "superseded"
    """taken before the close of a session whose closes a later day has; its rows do not count"""
    REPEATED = "repeated"
    """a copy of the day before; its rows do not count"""
    DOUBTFUL = "doubtful"
    """closes and reported changes contradict each other; its rows count as supplied, except where no session is left"""


PRICE_DAYS = Table(
    "price_days",
    "Days of a price source whose rows are not of the session that they are dated, or may not be; others are right.",
    ("source", "exchange", "supplied_date"),
    {
        "source": (TEXT, "as in prices"),
        "exchange": (TEXT, "as in prices; empty text if the source gives none"),
        "supplied_date": (DATE, "the date in the source; the rows are stored under it"),
        "date": (DATE, "the session that the rows count for; null if they do not count"),
        "status": (TEXT, "`redated`, `superseded`, `repeated` or `doubtful`: see `DayStatus`"),
        "names": (INT, "names with a reported change and a close on the day before in the source"),
        "contradicting_share": (REAL, "fraction of them whose change contradicts that close"),
    },
)


class SplitStatus(StrEnum):
    """What becomes of a split: the values of SPLITS.status."""

    USED = "used"
    UNCLEAR = "unclear"
    """a jump without a ratio"""
    REPLACED = "replaced"
    """a better source has one within a week"""


SPLITS = Table(
    "splits",
    "Splits and reverse splits, detected or reported, and price jumps that may be splits.",
    ("ticker", "date", "source"),
    {
        "ticker": (TEXT, "as in prices"),
        "date": (DATE, "first trading day at the new price"),
        "ratio": (REAL, "new shares for one old share: 2.0 is 2-for-1, 0.1 a 1-for-10 reverse split; null if unclear"),
        "source": (TEXT, "`detected` from prices, or who reported it: `yahoo`, or `file:` and a file's name"),
        "status": (TEXT, "`used`, `unclear` (no ratio), or `replaced` by a better source's split within a week"),
        "evidence": (TEXT, "the figures behind it"),
    },
)

DIVIDENDS = Table(
    "dividends",
    "Cash dividends that count, as a source or a file reports them.",
    ("ticker", "date", "source"),
    {
        "ticker": (TEXT, "as in prices"),
        "date": (DATE, "ex-date: first trading day without the dividend"),
        "amount_usd": (REAL, "dollars per share, in shares of that day; 0 states that the year before had no others"),
        "source": (TEXT, "`yahoo`, or `file:` and a file's name"),
    },
)

SHARES_OUTSTANDING = Table(
    "shares_outstanding",
    "Shares outstanding, from the cover pages of companies' reports.",
    ("cik", "as_of", "accession_number"),
    {
        "cik": (INT, "the company"),
        "as_of": (DATE, "the day of the count"),
        "accession_number": (TEXT, "the report"),
        "shares": (REAL, "shares of all common classes in the report, added up"),
        "filed": (DATE, "when the report was filed; null if known only from SEC's XBRL frames"),
        "classes": (INT, "number of classes added up"),
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
        "base_date": (DATE, "day of the first close: on the requested date or up to 7 days before"),
        "base_close": (REAL, "that close in dollars, as traded"),
        "base_source": (TEXT, "the source used for that day"),
        "end_date": (DATE, "day of the last close, likewise"),
        "end_close": (REAL, "that close in dollars, as traded"),
        "end_source": (TEXT, "the source used for that day"),
        "split_ratio": (REAL, "product of the splits between the two dates; 1 if there were none"),
        "dividend_factor": (
            REAL,
            "shares that one share grows to with dividends reinvested; 1 without dividends",
        ),
        "return_pct": (
            REAL,
            "(end_close * split_ratio * dividend_factor / base_close - 1) * 100; null if held back",
        ),
        "held_back": (TEXT, "why no return is given, as text; null if one is given"),
        "held_back_kind": (TEXT, "which of `HeldBack` that is: `newly listed`, `unclear` and so on; null as above"),
    },
)

SPLIT_RATIOS = Table(
    "split_ratios",
    "Splits within a quarter, one row for each ticker with prices in it.",
    ("ticker",),
    {
        "ticker": (TEXT, "as in prices"),
        "split_ratio": (REAL, "product of the ratios of its splits in the quarter; 1 if there were none"),
    },
)

COHORT = Table(
    "cohort",
    "The stocks whose market cap was in the band on the first day of a window.",
    ("ticker",),
    {
        "ticker": (TEXT, "as in prices"),
        "market_cap_usd": (REAL, "on the first day of the window"),
        "sector": (TEXT, "the newest sector that a price source gives"),
    },
)

SplitRatiosFrame = Annotated[pl.DataFrame, SPLIT_RATIOS]
CohortFrame = Annotated[pl.DataFrame, COHORT]
PricesFrame = Annotated[pl.DataFrame, PRICES]
PriceSpansFrame = Annotated[pl.DataFrame, PRICE_SPANS]
PriceDaysFrame = Annotated[pl.DataFrame, PRICE_DAYS]
SplitsFrame = Annotated[pl.DataFrame, SPLITS]
DividendsFrame = Annotated[pl.DataFrame, DIVIDENDS]
SharesOutstandingFrame = Annotated[pl.DataFrame, SHARES_OUTSTANDING]
ReturnsFrame = Annotated[pl.DataFrame, RETURNS]
