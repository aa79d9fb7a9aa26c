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
    INDUSTRY_AND_NAME = "industry_and_name"
    UNCLASSIFIED = "unclassified"


class LinkedBy(StrEnum):
    """How a manager was found in SEC's adviser rosters, the strongest first; null in MANAGERS: it was not."""

    CRD_NUMBER = "crd_number"  # stated on the cover page
    SEC_FILE_NUMBER = "sec_file_number"  # stated on the cover page
    CIK = "cik"  # stated by the firm, Form ADV item 1.D(3)
    NAME = "name"  # the legal or business name, which no other firm has
    NAME_AND_PLACE = "name_and_place"  # a name that firms share, one of them with the filer's phone or state
    FORMER_NAME = "former_name"  # a name that the filer had before, which no other firm has


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
        "linked_by": (
            TEXT,
            f"how its firm in SEC's adviser rosters was found: {', '.join(LinkedBy)}; null if none was",
        ),
        "period_of_report": (DATE, "newest period it reported"),
        "value_usd": (REAL, "value of its report for that period in dollars, options left out"),
        "options_value_usd": (REAL, "value of the shares under its options in that report"),
        "line_count": (INT, "table lines of that report"),
    },
)

ADVISERS = Table(
    "advisers",
    "SEC's rosters of registered and exempt investment advisers, with their Form ADV filings, one row per firm.",
    ("crd_number",),
    {
        "crd_number": (TEXT, "Organization CRD#, without leading zeros"),
        "sec_file_number": (TEXT, "SEC#, as 801-53609"),
        "ciks": (pl.List(pl.Int64()), "CIK#, and those of item 1.D(3) of the newest filing: none, one or several"),
        "name": (TEXT, "Primary Business Name"),
        "legal_name": (TEXT, "Legal Name"),
        "is_exempt": (FLAG, "whether it is in the roster of exempt reporting advisers"),
        "street": (TEXT, "Main Office Street Address 1"),
        "state": (TEXT, "Main Office State, as two letters where it is one of the United States"),
        "country": (TEXT, "Main Office Country"),
        "phone": (TEXT, "Main Office Telephone Number"),
        "regulatory_assets_usd": (REAL, "5F(2)(c): regulatory assets under management; exempt advisers state none"),
        "individual_assets_usd": (REAL, "5D(a)(3) and 5D(b)(3): the part of individuals"),
        "investment_company_assets_usd": (REAL, "5D(d)(3): the part of investment companies"),
        "pooled_assets_usd": (REAL, "5D(f)(3): the part in pooled vehicles other than investment companies"),
        "pension_assets_usd": (REAL, "5D(g)(3): the part of pension and profit sharing plans"),
        "insurance_assets_usd": (REAL, "5D(k)(3): the part of insurance companies"),
        "other_client_assets_usd": (REAL, "the rest of 5D(3)"),
        "has_performance_fees": (FLAG, "5E(6)"),
        "is_broker_dealer": (FLAG, "6A(1)"),
        "is_insurer": (FLAG, "6A(6): insurance broker or agent; Form ADV has no nearer item"),
        "is_bank": (FLAG, "6A(7), or a division of one"),
        "has_private_funds": (FLAG, "7B: whether it advises private funds"),
        "private_fund_assets_usd": (REAL, "Total Gross Assets of Private Funds; null if the month's file lacks it"),
        "has_hedge_funds": (FLAG, "Any Hedge Funds"),
        "has_private_equity_funds": (FLAG, "Any PE Funds"),
        "has_venture_funds": (FLAG, "Any VC Funds"),
        "hedge_fund_count": (INT, "Total number of Hedge funds"),
        "private_equity_fund_count": (INT, "Total number of PE funds"),
        "venture_fund_count": (INT, "Total number of VC funds"),
        "other_fund_count": (INT, "number of Real Estate, Securitized, Liquidity and Other funds"),
        "hedge_fund_assets_usd": (
            REAL,
            "Gross Asset Value of its hedge funds in Schedule D 7.B.(1) of its newest filing, feeders left out where "
            "their master is listed; null if no filing is loaded",
        ),
        "private_equity_fund_assets_usd": (REAL, "the same of its private equity funds"),
        "venture_fund_assets_usd": (REAL, "the same of its venture capital funds"),
        "other_private_fund_assets_usd": (REAL, "the same of its other private funds"),
        "adv_filed_on": (DATE, "the day of that filing; null if none is loaded"),
    },
)

EDGAR_FILERS = Table(
    "edgar_filers",
    "What EDGAR knows of the filers of whom a submission or a list of submissions is on disk.",
    ("cik",),
    {
        "cik": (INT, "the filer"),
        "name": (TEXT, "its conformed name"),
        "sic_code": (TEXT, "Standard Industrial Classification, four digits: 602x banks, 63xx insurers"),
        "sic_description": (TEXT, "the same in words"),
        "street": (TEXT, "business address"),
        "state": (TEXT, "business address: two letters, EDGAR's code if it is abroad"),
        "phone": (TEXT, "as EDGAR has it"),
        "former_names": (pl.List(pl.String()), "the names that it had before"),
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
    "The shape of each manager's newest report: what tells an index or a wealth manager from a hedge fund.",
    ("cik",),
    {
        "cik": (INT, "the filing manager"),
        "position_count": (INT, "securities held, options left out"),
        "top_ten_share": (REAL, "part of the reported value, options left out, that its ten largest holdings have"),
        "option_share": (REAL, "part of the reported value that options have"),
        "etf_share": (REAL, "part of the reported value, options left out, that exchange-traded funds have"),
        "turnover": (
            REAL,
            "part of the reported value, options left out, in securities that it did not report the quarter before; "
            "null if it has no report for that quarter",
        ),
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
EdgarFilersFrame = Annotated[pl.DataFrame, EDGAR_FILERS]
FundListFrame = Annotated[pl.DataFrame, FUND_LIST]
FamilyLinksFrame = Annotated[pl.DataFrame, FAMILY_LINKS]
