"""Ends of listings and registrations, as EDGAR's form index has them."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .table import DATE, INT, TEXT, Table

DELISTINGS = Table(
    "delistings",
    "Forms 25 and 15: a class of a company's securities leaves an exchange, or is no longer registered.",
    ("accession_number", "cik"),
    {
        "cik": (INT, "the company"),
        "company_name": (TEXT, "its name in the index"),
        "form_type": (TEXT, "25, 25-NSE, 15-12B or 15-12G, with /A for an amendment"),
        "filing_date": (DATE, "the day on which it was filed"),
        "accession_number": (TEXT, "the submission"),
    },
)

DELISTED_STOCKS = Table(
    "delisted_stocks",
    "The same by ticker, as SEC's list had it when the form was first read: today's list has no delisted company.",
    ("accession_number", "cik", "ticker"),
    {
        **DELISTINGS.columns,
        "ticker": (TEXT, "one of the company's tickers, as in prices; null if the list had none"),
    },
)

LISTING_ENDS = Table(
    "listing_ends",
    "Tickers without closes from a day on, each with the form that supports that the listing has ended.",
    ("ticker",),
    {
        "ticker": (TEXT, "as in prices"),
        "last_listed_on": (DATE, "the day of its last close"),
        "cik": (INT, "the company"),
        "form_type": (TEXT, "the form: of several the first that fits"),
        "filing_date": (DATE, "the day on which it was filed"),
        "accession_number": (TEXT, "the submission"),
    },
)

DelistingsFrame = Annotated[pl.DataFrame, DELISTINGS]
ListingEndsFrame = Annotated[pl.DataFrame, LISTING_ENDS]
DelistedStocksFrame = Annotated[pl.DataFrame, DELISTED_STOCKS]
