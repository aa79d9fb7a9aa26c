"""Filing managers, and the evidence on which of them are hedge funds."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .table import DATE, FLAG, INT, REAL, TEXT, Table

MANAGERS = Table(
    "managers",
    "Filing managers, whether each is a hedge fund, and why.",
    ("cik",),
    {
        "cik": (INT, "the filing manager"),
        "manager_name": (TEXT, "newest cover page"),
        "family": (TEXT, "the house it belongs to; its own name where none is known"),
        "is_hedge_fund": (FLAG, "whether it is counted"),
        "basis": (TEXT, "why, in words"),
        "crd_number": (TEXT, "the adviser's CRD number"),
        "sec_file_number": (TEXT, "the adviser's SEC file number"),
        "period_of_report": (DATE, "newest period it reported"),
        "value_usd": (REAL, "value of its report for that period, in dollars, as its lines add up"),
        "line_count": (INT, "table lines of that report"),
    },
)

ADVISERS = Table(
    "advisers",
    "SEC's roster of investment advisers (Form ADV), one row a firm.",
    ("crd_number",),
    {
        "crd_number": (TEXT, "Organization CRD#, without leading zeros"),
        "sec_file_number": (TEXT, "SEC#, as 801-53609"),
        "ciks": (pl.List(pl.Int64()), "CIK#: none, one or several"),
        "name": (TEXT, "Primary Business Name"),
        "legal_name": (TEXT, "Legal Name"),
        "regulatory_assets_usd": (REAL, "5F(2)(c): regulatory assets under management"),
        "pooled_assets_usd": (REAL, "5D(f)(3): of these, assets of pooled vehicles that are no investment companies"),
        "has_private_funds": (FLAG, "7B: advises private funds"),
        "has_hedge_funds": (FLAG, "Any Hedge Funds"),
        "hedge_fund_count": (INT, "Total number of Hedge funds"),
        "has_private_equity_funds": (FLAG, "Any PE Funds"),
        "private_fund_assets_usd": (REAL, "Total Gross Assets of Private Funds; null where the month's file lacks it"),
    },
)

FUND_LIST = Table(
    "fund_list",
    "A list that says of managers whether they are hedge funds: the hand-kept one or a user's.",
    ("cik",),
    {
        "cik": (INT, "the filing manager"),
        "name": (TEXT, "its name, for people"),
        "family": (TEXT, "the house, where it is not the manager itself"),
        "is_hedge_fund": (FLAG, "the list's word; null in a user's choices that speak of the family only"),
        "source": (TEXT, "where that is known from"),
        "checked_on": (DATE, "when a person last checked it"),
    },
)

ManagersFrame = Annotated[pl.DataFrame, MANAGERS]
AdvisersFrame = Annotated[pl.DataFrame, ADVISERS]
FundListFrame = Annotated[pl.DataFrame, FUND_LIST]
