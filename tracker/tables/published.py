"""The ranked list, and the editions made of it."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .table import DATE, INT, REAL, TEXT, Table

RANKED = Table(
    "ranked",
    "The list: one row a stock.",
    ("rank",),
    {
        "rank": (INT, "1 is first"),
        "ticker": (TEXT, "as in prices"),
        "name": (TEXT, "company name"),
        "exchange": (TEXT, "NASDAQ, NYSE or AMEX"),
        "cusip": (TEXT, "the security, or the largest by value where a ticker had several"),
        "market_cap_usd": (REAL, "on the cap date"),
        "market_cap_date": (DATE, "the day that figure is from"),
        "market_cap_source": (TEXT, "the source of that day's close; its cap too, unless it gives none"),
        "return_pct": (REAL, "price change between the two dates, in percent, adjusted for splits"),
        "base_date": (DATE, "day of the first close"),
        "base_close": (REAL, "first close, as traded"),
        "base_source": (TEXT, "the source that won for that day"),
        "end_date": (DATE, "day of the last close"),
        "end_close": (REAL, "last close, as traded"),
        "end_source": (TEXT, "likewise"),
        "split_ratio": (REAL, "product of the splits between the two dates"),
        "dividend_factor": (REAL, "shares that reinvested dividends make of one; 1 where returns are without them"),
        "holders": (INT, "hedge-fund families that hold shares"),
        "holders_previous": (INT, "a quarter before; null where not loaded"),
        "change": (INT, "holders less holders_previous; null as above"),
        "shares": (REAL, "shares that they hold together, as filed"),
        "value_usd": (REAL, "value of those shares at the quarter's end"),
        "ownership_pct": (REAL, "those shares, in shares of the cap date, of the shares outstanding, in percent"),
        "typical_volume": (REAL, "shares traded a day, the median of the last 20 days before the cap date"),
        "sector": (TEXT, "the price source's sector"),
        "country": (TEXT, "the price source's country"),
        "largest_holder": (TEXT, "the family with the most shares"),
    },
)

EDITIONS = Table(
    "editions",
    "What was published: one row an edition, as its folder below editions/ says.",
    ("slug",),
    {
        "slug": (TEXT, "the folder's name, and the end of its address"),
        "title": (TEXT, "as printed"),
        "period_of_report": (DATE, "the quarter's last day"),
        "known_on": (DATE, "filings up to this day were taken"),
        "as_of": (DATE, "newest day that anything in it is from: the edition's date"),
        "base_date": (DATE, "first day of the performance, as asked for"),
        "end_date": (DATE, "last day of the performance, as asked for"),
        "cap_date": (DATE, "day of the market caps, as asked for"),
        "stocks": (INT, "length of the list"),
        "hedge_funds": (INT, "hedge funds counted"),
        "parameters": (TEXT, "everything that it was asked for, as JSON"),
        "state": (TEXT, "digests of the data that it was made from, as JSON"),
    },
)

RANKINGS = Table(
    "rankings",
    "The lists that were published: one row a stock of an edition.",
    ("edition", "rank"),
    {"edition": (TEXT, "slug of the edition"), **RANKED.columns},
)

RankedFrame = Annotated[pl.DataFrame, RANKED]
EditionsFrame = Annotated[pl.DataFrame, EDITIONS]
RankingsFrame = Annotated[pl.DataFrame, RANKINGS]
