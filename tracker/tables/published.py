"""The ranked list, and the editions made of it."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .table import DATE, INT, REAL, TEXT, Table

RANKED = Table(
    "ranked",
    "The list: one row per stock.",
    ("rank",),
    {
        "rank": (INT, "1 is first"),
        "ticker": (TEXT, "as in prices"),
        "name": (TEXT, "company name"),
        "exchange": (TEXT, "NASDAQ, NYSE or AMEX"),
        "cusip": (TEXT, "the security; of several with one ticker, the largest by value"),
        "market_cap_usd": (REAL, "on the cap date"),
        "market_cap_date": (DATE, "the day of that figure"),
        "market_cap_source": (TEXT, "the source of that day's close, and of its market cap if it gives one"),
        "return_pct": (REAL, "price change between the two dates, in percent, adjusted for splits"),
        "base_date": (DATE, "day of the first close"),
        "base_close": (REAL, "first close, as traded"),
        "base_source": (TEXT, "the source used for that day"),
        "end_date": (DATE, "day of the last close"),
        "end_close": (REAL, "last close, as traded"),
        "end_source": (TEXT, "the source used for that day"),
        "split_ratio": (REAL, "product of the splits between the two dates"),
        "dividend_factor": (
            REAL,
            "shares that one share grows to with dividends reinvested; 1 without dividends",
        ),
        "holders": (INT, "hedge-fund families that hold shares"),
        "holders_previous": (
            INT,
            "of the families that reported for this quarter and the one before, those that held it before; "
            "null if none reported for both",
        ),
        "new": (INT, "of those families, the ones that hold it now and did not hold it before; null as above"),
        "closed": (INT, "of those families, the ones that held it before and do not hold it now; null as above"),
        "change": (INT, "new minus closed: like with like; null as above"),
        "awaited": (
            INT,
            "families that held it in the quarter before and have not reported; null if that is not loaded",
        ),
        "holders_carried": (INT, "holders and awaited: the awaited carried forward from their last report"),
        "shares": (REAL, "shares held by all of them, as filed"),
        "value_usd": (REAL, "value of those shares at the end of the quarter"),
        "ownership_pct": (
            REAL,
            "those shares, split-adjusted to the cap date, as a percentage of the shares outstanding",
        ),
        "typical_volume": (
            REAL,
            "median daily number of shares traded, over the 20 trading days up to the cap date",
        ),
        "sector": (TEXT, "the price source's sector"),
        "country": (TEXT, "the price source's country"),
        "largest_holder": (TEXT, "the family with the most shares"),
    },
)

EDITIONS = Table(
    "editions",
    "Published editions: one row per edition, read from its folder below editions/.",
    ("slug",),
    {
        "slug": (TEXT, "name of the folder, and end of its web address"),
        "title": (TEXT, "as printed"),
        "period_of_report": (DATE, "last day of the quarter"),
        "known_on": (DATE, "filings up to this day are included"),
        "as_of": (DATE, "newest day of any data in it: the edition's date"),
        "base_date": (DATE, "first day of the performance, as requested"),
        "end_date": (DATE, "last day of the performance, as requested"),
        "cap_date": (
            DATE,
            "day of the market caps, as requested; null for a strategy, which has one for each signal day",
        ),
        "stocks": (INT, "number of stocks in the list, or held by the strategy"),
        "hedge_funds": (INT, "hedge funds counted"),
        "parameters": (TEXT, "all parameters, as JSON"),
        "state": (TEXT, "digests of the data it was made from, as JSON"),
    },
)

RANKINGS = Table(
    "rankings",
    "Published lists: one row per stock and edition.",
    ("edition", "rank"),
    {"edition": (TEXT, "slug of the edition"), **RANKED.columns},
)

RankedFrame = Annotated[pl.DataFrame, RANKED]
EditionsFrame = Annotated[pl.DataFrame, EDITIONS]
RankingsFrame = Annotated[pl.DataFrame, RANKINGS]
