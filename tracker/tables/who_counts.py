"""Filing managers, and the evidence on which of them are hedge funds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import polars as pl

from .table import DATE, FLAG, INT, REAL, TEXT, Table


class DecidedBy(StrEnum):
    """The source that decided whether a manager is counted."""

    FUND_LIST_FOR_RUN = "fund_list_for_run"
    USER_CHOICE = "user_choice"
    HAND_KEPT_LIST = "hand_kept_list"
    ADVISER_ROSTER = "adviser_roster"
    UNCLASSIFIED = "unclassified"


class ManagerClass(StrEnum):
    """What kind of firm a manager is, as lists state it. Only `is_hedge_fund` decides whether it is counted."""

    HEDGE_FUND = "hedge_fund"
    MARKET_MAKER = "market_maker"
    LONG_ONLY = "long_only"  # fund houses, index houses, managers of separate accounts
    WEALTH_MANAGER = "wealth_manager"
    PRIVATE_EQUITY = "private_equity"  # also credit, venture and growth houses
    FAMILY_OFFICE = "family_office"
    BANK = "bank"
    INSURER = "insurer"
    FOUNDATION = "foundation"  # also endowments
    OPERATING_COMPANY = "operating_company"
    OTHER = "other"


class FamilyEvidence(StrEnum):
    """Why two managers are one family, the strongest first."""

    SAME_FIRM = "same_firm"  # one firm of SEC's adviser rosters
    NAMED_EACH_OTHER = "named_each_other"  # each names the other on its cover or summary page
    NAMED = "named"  # one names the other there; names begin alike, or phone or address are one
    SAME_PHONE = "same_phone"  # and their names begin alike
    SAME_ADDRESS = "same_address"  # and their names begin alike
    SUCCESSOR = "successor"  # one name and city, and the one began to report when the other had stopped


MANAGERS = Table(
    "managers",
    "Filing managers, whether each is a hedge fund, and why.",
    ("cik",),
    {
        "cik": (INT, "the filing manager"),
        "manager_name": (TEXT, "name on the newest cover page"),
        "family": (TEXT, "the family it belongs to, by a list or by evidence (`family_links`); else its own name"),
        "is_hedge_fund": (FLAG, "whether it is counted"),
        "manager_class": (TEXT, f"the kind of firm: {', '.join(ManagerClass)}; null if no source states it"),
        "decided_by": (TEXT, f"what decided it: {', '.join(DecidedBy)}"),
        "basis": (TEXT, "why, as text"),
        "crd_number": (TEXT, "the adviser's CRD number"),
        "sec_file_number": (TEXT, "the adviser's SEC file number"),
        "period_of_report": (DATE, "newest period it reported"),
        "value_usd": (REAL, "value of its report for that period in dollars, options left out"),
        "options_value_usd": (REAL, "value of the shares under its options in that report"),
        "line_count": (INT, "table lines of that report"),
    },
)

ADVISERS = Table(
    "advisers",
    "SEC's roster of investment advisers (Form ADV), one row per firm.",
    ("crd_number",),
    {
        "crd_number": (TEXT, "Organization CRD#, without leading zeros"),
        "sec_file_number": (TEXT, "SEC#, as 801-53609"),
        "ciks": (pl.List(pl.Int64()), "CIK#: none, one or several"),
        "name": (TEXT, "Primary Business Name"),
        "legal_name": (TEXT, "Legal Name"),
        "regulatory_assets_usd": (REAL, "5F(2)(c): regulatory assets under management"),
        "pooled_assets_usd": (REAL, "5D(f)(3): the part in pooled vehicles other than investment companies"),
        "has_private_funds": (FLAG, "7B: whether it advises private funds"),
        "has_hedge_funds": (FLAG, "Any Hedge Funds"),
        "hedge_fund_count": (INT, "Total number of Hedge funds"),
        "has_private_equity_funds": (FLAG, "Any PE Funds"),
        "private_fund_assets_usd": (REAL, "Total Gross Assets of Private Funds; null if the month's file lacks it"),
    },
)

FUND_LIST = Table(
    "fund_list",
    "A list that states for each manager whether it is a hedge fund: the hand-kept one or a user's.",
    ("cik",),
    {
        "cik": (INT, "the filing manager"),
        "name": (TEXT, "its name, for people"),
        "family": (TEXT, "the family, if it is not the manager itself"),
        "is_hedge_fund": (FLAG, "what the list states; null in a user's choices that set only the family"),
        "manager_class": (TEXT, f"the kind of firm, if the list states it: {', '.join(ManagerClass)}"),
        "source": (TEXT, "how that is known"),
        "checked_on": (DATE, "when a person last checked it"),
    },
)

BOOK_SHAPES = Table(
    "book_shapes",
    "The shape of the longest reports, one row a manager: what tells an index from a hedge fund.",
    ("cik",),
    {
        "cik": (INT, "the filing manager"),
        "top_ten_share": (REAL, "part of the reported value, options left out, that its ten largest holdings have"),
        "option_share": (REAL, "part of the reported value that options have"),
    },
)

FAMILY_LINKS = Table(
    "family_links",
    "Evidence that two managers are one family, one row for each kind; `cik` is the lower of the two.",
    ("cik", "other_cik", "evidence"),
    {
        "cik": (INT, "a filing manager"),
        "other_cik": (INT, "another one"),
        "evidence": (TEXT, f"the kind of evidence: {', '.join(FamilyEvidence)}"),
        "detail": (TEXT, "the evidence itself, as text"),
    },
)

BookShapesFrame = Annotated[pl.DataFrame, BOOK_SHAPES]
ManagersFrame = Annotated[pl.DataFrame, MANAGERS]
AdvisersFrame = Annotated[pl.DataFrame, ADVISERS]
FundListFrame = Annotated[pl.DataFrame, FUND_LIST]
FamilyLinksFrame = Annotated[pl.DataFrame, FAMILY_LINKS]
