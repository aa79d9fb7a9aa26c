"""What a manager's name shows: its legal form, and words that other kinds of managers have in theirs.

Names are weak evidence. They are asked only where Form ADV gives no figures that decide, and every decision by a name
is labelled so. Most hedge-fund managers are limited partnerships, wealth managers and mutual-fund managers hardly ever
are: of the filers drawn at random and labelled without looking, a partnership is the best single sign.
"""

from __future__ import annotations

import polars as pl

_PARTNERSHIP = r"\b(LP|LLP|LLLP|LIMITED PARTNERSHIP)\b"
_LIMITED_LIABILITY_PARTNERSHIP = r"\bLLP\b"
_COMPANY = r"\b(LLC|LTD|LIMITED|PTE|AB|AS|BV|GMBH)\b"
_OTHER_BUSINESS = (
    r"\b(WEALTH|WEALTHCARE|FINANCIAL|FAMILY|PLANNERS?|PLANNING|COUNSEL|COUNSELL?ORS?|ADVISORY|FIDUCIARY|OCIO"
    r"|BANK|BANKERS|BANCORP|TRUST|INSURANCE|ASSURANCE|LIFE|MUTUAL|PENSIONS?|RETIREMENT|SECURITIES|BROKERAGE|TRADING|MARKETS"
    r"|FOUNDATION|UNIVERSITY|ENDOWMENT|CHARITABLE|REAL ESTATE|REALTY)\b"
)
_OTHER_BUSINESS_FIRM = r"\b(WEALTH|FAMILY OFFICE|REAL ESTATE|REALTY|TRUST COMPANY|BANK)\b"
_PRIVATE_EQUITY = (
    r"\b(VENTURES?|EQUITY PARTNERS|PRIVATE EQUITY|BUYOUT|GROWTH|ENERGY|RENEWABLE|INFRASTRUCTURE|CREDIT|CHINA|DIRECT"
    r"|INDEXING|ASSOCIATES|CUSTODIAN|HOLDINGS|HOLDCO|HOLDING|GP|FUND|GROUP|[IVX]{1,4}|\d+)\b"
)
_VENTURE = r"\b(VENTURES?|EQUITY|GROWTH|BUYOUT)\b"
_CAPITAL = r"\bCAPITAL\b"

# Hong Kong, Singapore and the Cayman Islands, in EDGAR's codes: their filers are rarely in SEC's rosters by name.
OFFSHORE_CENTRES = ("K3", "U0", "E9")


def words(name: pl.Expr) -> pl.Expr:
    """Upper case, without punctuation, and the legal form as one word: `Third Point, L.L.C.` is THIRD POINT LLC."""
    plain = name.str.to_uppercase().str.replace_all(r"[.,']", "").str.replace_all(r"[^A-Z0-9&]+", " ")
    return plain.str.replace_all(r"\bL L (C|P)\b", "LL$1").str.replace_all(r"\bL P\b", "LP").str.strip_chars()


def has_partnership_form(words: pl.Expr) -> pl.Expr:
    """Whether the manager is a partnership: LP, LLP or LLLP."""
    return words.str.contains(_PARTNERSHIP)


def has_limited_liability_partnership_form(words: pl.Expr) -> pl.Expr:
    """Whether it is an LLP, in which London's asset managers of every kind, lawyers and accountants come."""
    return words.str.contains(_LIMITED_LIABILITY_PARTNERSHIP)


def has_company_form(words: pl.Expr) -> pl.Expr:
    """Whether it is a limited company (LLC, Ltd, AB, GmbH), and neither a partnership nor a corporation (Inc.)."""
    return words.str.contains(_COMPANY) & ~words.str.contains(_PARTNERSHIP)


def names_other_business(words: pl.Expr, firm: pl.Expr) -> pl.Expr:
    """Whether the name, or that of its firm in the roster, is a bank's, insurer's, wealth manager's or the like."""
    return words.str.contains(_OTHER_BUSINESS) | firm.str.to_uppercase().str.contains(_OTHER_BUSINESS_FIRM)


def names_private_equity(words: pl.Expr) -> pl.Expr:
    """Whether the name has the marks of a private-equity or venture firm or of one of its numbered funds."""
    return words.str.contains(_PRIVATE_EQUITY)


def names_venture(words: pl.Expr) -> pl.Expr:
    """Whether the name says that it buys companies or founds them."""
    return words.str.contains(_VENTURE)


def names_capital(words: pl.Expr) -> pl.Expr:
    """Whether it calls itself a `Capital`."""
    return words.str.contains(_CAPITAL)
