"""The kind of security of a CUSIP: `kind` is one of KINDS.

The evidence, in this order; the first that is conclusive decides:

1. The CUSIP's issue number (characters 7 and 8): a letter in it means debt, so that a convertible that a filer
   reports as "COM" is a bond; a number from 90 on with the title OPTION, CALL or PUT is an option.
2. The issuer's name, if it is an issuer of exchange-traded funds (ISHARES TR): all that it issues are funds,
   whatever the title ("PFD AND INCM SEC", "CORE US AGGBD ET").
3. The title of class, if it is unambiguous: option, warrant, right, ADR, preferred, unit with an expiry. Units of
   partnerships and trusts ("UNIT LTD PARTN", "UNIT BEN INT") trade as common shares and count as such, and so does a
   "UNIT" that the exchange names a common stock (Carnival's paired shares).
4. Fund, in the issuer's name or the title (closed-end funds: their preferred shares and rights are recognised before).
5. The title again: bond, ADR.
6. What is known by the ticker (`by_name`): the security's name at the exchange or in the fails-to-deliver files,
   OpenFIGI's type, and the ticker's mark (`ABC^A`, `ABC.WS`, `ABC.U`). A fifth letter W, U or R alone proves nothing
   (many companies' tickers end so): the name must hint at it too.
7. The title's weak words: COM, SHS, CL A, ORD; a bare UNIT is a unit, except for a partnership's.

The rest is `unknown`.
"""

from __future__ import annotations

import polars as pl

from ..tables import KINDS, RANKED_KINDS

__all__ = ["KINDS", "RANKED_KINDS", "by_name", "decide"]

# SEC's official list abbreviates names to 30 and titles to 16 characters, in these ways.
_FUND_ISSUER = (
    r"\b(ETFS?|ETFIS|ETNS?|EXCH(ANGE|NG)?[ -]*TR(A?DE?D?|D)?|ACTIVELY MANAGED EXC\w*|SER(IES)? TR(US?T?)?|"
    r"INVESTMNT SER|ISHARES|SPDR|SSGA ACTIVE|PROSHARES|DIREXION|POWERSHARES|WISDOMTREE TR(UST)?|FLEXSHARES|GLOBAL X|"
    r"INNOVATOR|VANECK|TIDAL TR(UST)?|GRAYSCALE|INVESCO (QQQ|DB|CURRENCYSHARES|BULLETSHARES)|SELECT SECTOR|VALKYRIE|"
    r"KRANESHARES|XTRACKERS|GRANITESHARES|LISTED F(UN)?DS|SCHWAB STRATEGIC|INVESTMENT MANAGERS SER(IES)?|"
    r"(PACER|WORLD|INDEX) F(UN)?D?S?|[A-Z]+ PORTFOLIOS|VANGUARD [A-Z0-9 &]*F(UN)?DS?|"
    r"FIDELITY (COVINGTON|MERRIMACK|COMWLTH|GREENWOOD)|"
    r"ADVISORSHARES|TEUCRIUM|STRATEGY SHS|VOLATILITY SHS|VS TRUST|JANUS DETROIT|TORTOISE CAPITAL SER\w*|WORLD GOLD TR|"
    r"TRUST FOR PROF\w*|PROFES+IONALLY MANAGED|TIMOTHY PLAN|UNITED STATES (OIL|NATURAL)|PHYSICAL (GOLD|SILVER)|"
    r"NEW YORK LIFE INV\w* (ET|ACTIVE)|PIMCO (EQUITY SER|ENH\w*)|PRECIOUS METALS BASKET|LATTICE STRATEGIES)\b"
)
# Closed-end funds that call themselves trusts are distinguished from real-estate trusts by their manager.
_FUND_TRUST = (
    r"^(BLACKROCK|EATON VANCE|MFS|INVESCO|GABELLI|ROYCE|HANCOCK JOHN|JOHN HANCOCK|DWS|PUTNAM|NUVEEN|WESTERN ASSET|"
    r"PIMCO|ABRDN|ALLSPRING|NEUBERGER|SPROTT|COHEN & STEERS|FIRST TR|FRANKLIN UNVL|CALAMOS)\b.*\b(TR|TRUST)\b"
)
_NOT_A_FUND = r"\b(MTG|MORTGAGE|RLTY|REALTY|PPTYS?|BANCORP|CORP|REIT)\b"
_FUND = r"\b(FUNDS?|FDS?|CEF|CLOSED[ -]END)\b"
_FUND_TITLE = (
    r"\b(PORTFOLIOS?|UT SER|UNIT SER|SHS CREATION|CREATION UNI|INDEX|PHYSICAL|PHYSCL|[123](\.5)?X (LONG|SHO?R?T))\b"
)
_TITLES = (
    ("option", r"^(OPTIONS?|CALLS?|PUTS?|CALL OPTIONS?|PUT OPTIONS?)$"),
    ("unit", r"^UNITS?\b.*(99|EXP)"),
    ("warrant", r"\b(WTS?|WRTS?|WRNTS?|WARRANTS?)\b|(^|\s)\*W\b|\bW EXP\b"),
    ("right", r"\b(RIGHTS?|RTS)\b"),
    ("adr", r"\b(ADRS?|ADS|ADSS)\b"),  # also of a preferred share: Brazil's banks
    ("preferred", r"\b(PFD|PREF|PREFERRED|PRF|PRFD|PFDS|PFRD|PERP|PF)\b"),
)
_BOND = r"\b(NOTES?|NT|DEBT|BONDS?|BND|DBCV|SDCV|CONV|CNV|CONVERTIBLE|MTNF|DEB|DEBENTURES?)\b|\d%"
_ADR = r"\b(ADRS?|ADS|ADSS|SPONSORED|SPONSORD|SPON|SPONS|DEPOSITARY|DEP RCPT|GDR|SPNSRD|AMER\w* DEP)\b"
_COMMON = (
    r"\b(COM|COMM|COMMON|CMN|CL|CLASS|SHS?|SHARES?|ORD|ORDINARY|STK|STOCK|CAP|BEN INT|NEW|REIT|LTD PART\w*|PAR|SUB VTG|"
    r"NAMEN|REG|REGISTERED|REGISTRY|TRACKING|VTG|VOTING|NONVOTING|LP INT\w*|COMUNIT|LTDPAR\w*)\b"
)
# A security's own name, as exchanges and fails-to-deliver files write it.
_NAMES = (
    ("unit", r"\bUNITS?,? EACH\b|\bUNITS?\s*(\(|$)|\bUNIT \d\d/"),
    ("warrant", r"\bWARRANTS?\b|\b(WTS|WRNTS?) EXP|\bWTS\b"),
    ("right", r"\bRIGHTS?\b\s*(EXP\b|\(|$)"),
    ("preferred", r"\b(PREFERRED|PREFERENCE|PFD)\b"),
    ("bond", r"\b(NOTES?|DEBENTURES?|BONDS?) DUE\b|\d%.*\bDUE\b|\b(SENIOR|SUBORDINATED|SR|SUB|BABY) (NOTES?|BONDS?)\b"),
    ("fund", r"\b(ETFS?|ETNS?|EXCHANGE[ -]TRADED|FUNDS?|FD)\b"),
    ("adr", r"\b(AMERICAN DEPOSITARY|ADRS?|ADS|SPONSORED|DEPOSITARY RECEIPTS?)\b"),
    ("common", r"\b(COMMON (STOCK|SHARES?|UNITS?)|ORDINARY SHARES?)\b"),
)
_PARTNERS = (
    r"\b(LTD ?(PA?R?T\w*|L ?P|LB)|(LIMITED )?PARTNER\w*|COM(MON)? ?UNITS?|DEP(OSITARY)? UNITS?|"
    r"BEN(EFICIAL)? (INT|UNIT)|TR UNITS?|L ?P INT)\b"
)
_PARTNERSHIP = r"\b(L ?P|PARTNER\w*|RTY|ROYALTY)\b"
_MARKS = (("preferred", r"\^"), ("warrant", r"\.WS?(\.?[A-Z])?$"), ("unit", r"\.UN?$"), ("right", r"\.R(T|W)?$"))
_FIFTH = (
    ("warrant", "W", r"\b(W|WT|WRT|WARR?)\b"),
    ("unit", "U", r"\b(U|UT|UNITS?)\b"),
    ("right", "R", r"\b(R|RT|RTS|RIGHTS?)\b"),
)
# OpenFIGI's securityType and marketSector.
_FIGI = {
    "common": ("Common Stock", "REIT", "MLP", "Ltd Part", "Royalty Trst", "Tracking Stk", "NY Reg Shrs", "Dutch Cert"),
    "adr": ("ADR", "GDR", "Depositary Receipt", "Foreign Sh."),
    "preferred": ("Preferred", "Preference", "PUBLIC", "PRIVATE", "Pfd"),
    "warrant": ("Equity WRT", "Warrant"),
    "unit": ("Unit",),
    "right": ("Right",),
    "fund": ("ETP", "Closed-End Fund", "Open-End Fund", "Mutual Fund", "Fund of Funds", "Hedge Fund"),
    "bond": ("US DOMESTIC", "GLOBAL", "EURO-DOLLAR", "Corp", "Muni", "Govt", "Mtge"),
    "option": ("Equity Option",),
}


def decide(
    title_of_class: pl.Expr,
    issuer: pl.Expr | None = None,
    cusip: pl.Expr | None = None,
    by_ticker: pl.Expr | None = None,
) -> pl.Expr:
    """The kind (one of KINDS) by title of class, issuer's name, CUSIP, and the kind `by_name` of its ticker."""
    title, empty = _clean(title_of_class), pl.lit("")
    name, issue = (empty if issuer is None else _clean(issuer)), (empty if cusip is None else cusip.str.slice(6, 2))
    is_fund = title.str.contains(r"\b(ETFS?|ETNS?)\b") | name.str.contains(_FUND_ISSUER)
    is_trust = name.str.contains(_FUND_TRUST) & ~name.str.contains(_NOT_A_FUND)
    known = pl.lit(None, pl.String) if by_ticker is None else by_ticker
    is_unit = title.str.contains(r"\b(UNITS?|UT)\b")
    return pl.coalesce(
        _when("bond", (issue.str.contains("[A-Z]") & (issue.str.len_bytes() == 2)).fill_null(False)),
        _when("option", title.str.contains(_TITLES[0][1])),
        _when("fund", is_fund),
        _when("common", is_unit & ((known == "common") | title.str.contains(_PARTNERS))),
        *(_when(kind, title.str.contains(pattern)) for kind, pattern in _TITLES[1:]),
        _when("fund", (title + " " + name).str.contains(_FUND) | title.str.contains(_FUND_TITLE) | is_trust),
        # "7.25% DEP SHS A", "MAND CNV": a title's bond words also occur on convertible preferreds
        _when("preferred", known == "preferred"),
        _when("bond", title.str.contains(_BOND)),
        _when("adr", title.str.contains(_ADR)),
        known,
        _when("common", title.str.contains(_COMMON)),
        _when("common", is_unit & name.str.contains(_PARTNERSHIP)),
        _when("unit", is_unit),
        pl.lit("unknown"),
    )


def by_name(name: pl.Expr, ticker: pl.Expr, figi_type: pl.Expr | None = None) -> pl.Expr:
    """The kind by a security's own name, its ticker (as in prices) and OpenFIGI's type; null if none is conclusive.

    `name` must be the security's, not the company's: "Acme Corp - Warrant" is evidence, "Warrant Technologies" is not.
    """
    own_name = _clean(name)
    figi = {kind: list(types) for kind, types in _FIGI.items()}
    typed = [] if figi_type is None else [_when(kind, figi_type.is_in(types)) for kind, types in figi.items()]
    is_fifth = ticker.str.contains(r"^[A-Z]{5}$")
    return pl.coalesce(
        *typed,
        *(_when(kind, ticker.str.contains(pattern)) for kind, pattern in _MARKS),
        _when("common", own_name.str.contains(r"\bUNITS?\b") & own_name.str.contains(_PARTNERS)),
        *(_when(kind, own_name.str.contains(pattern)) for kind, pattern in _NAMES),
        *(
            _when(kind, is_fifth & ticker.str.ends_with(letter) & own_name.str.contains(pattern))
            for kind, letter, pattern in _FIFTH
        ),
        pl.lit(None, pl.String),
    )


def _clean(text: pl.Expr) -> pl.Expr:
    """Upper case with single blanks; missing text is empty."""
    return text.fill_null("").str.to_uppercase().str.replace_all(r"\s+", " ").str.strip_chars()


def _when(kind: str, condition: pl.Expr) -> pl.Expr:
    return pl.when(condition.fill_null(False)).then(pl.lit(kind))
