"""How managers' names begin: `TWO SIGMA INVESTMENTS, LP` and `Two Sigma Advisers LP` both with TWO SIGMA.

A common beginning alone proves nothing, and a word that many names begin with proves nothing at all: names only
confirm other evidence.
"""

from __future__ import annotations

import polars as pl

# The stem ends before the first of these: legal forms, and what such firms call their business.
_ENDINGS = frozenset(
    """
LLC LP LLP LLLP INC LTD LIMITED CORP CORPORATION CO COMPANY PLC ULC SA SARL SRL AG AB AS BV NV KG GMBH PTE PTY SPC FZE
SE AND OF FOR CAPITAL MANAGEMENT MANAGERS ASSET ASSETS ADVISOR ADVISORS ADVISER ADVISERS ADVISORY PARTNER PARTNERS
PARTNERSHIP INVESTMENT INVESTMENTS INVESTOR INVESTORS INVESTING FUND FUNDS GROUP HOLDING HOLDINGS HOLDCO FINANCIAL
FINANCE SECURITIES EQUITY EQUITIES TRUST TRUSTEES WEALTH ASSOCIATES BANK BANCORP BANCSHARES INSURANCE TRADING GLOBAL
INTERNATIONAL STRATEGIES STRATEGIC SERVICES SOLUTIONS ENTERPRISES VENTURES COUNSEL PRIVATE GP
""".split()  # noqa: SIM905 (a list of words, one to read)
)
# Alone, a beginning of unrelated names: the most frequent first words of filers in four states or more, and places.
_COMMON = frozenset(
    """
FIRST NEW AMERICAN AMERICA BLUE LEGACY SUMMIT CORNERSTONE PACIFIC ATLANTIC OAK NORTH SOUTH EAST WEST NORTHERN SOUTHERN
EASTERN WESTERN NORTHWEST NORTHEAST SOUTHWEST SOUTHEAST MIDWEST CENTRAL CONTINENTAL ONE TWO THREE SEVEN STATE STATES
CITY UNITED NATIONAL GENERAL UNION COMMUNITY CITIZENS PUBLIC FAMILY FOUNDERS RETIREMENT PLANNING OLD GREAT GRAND HIGH
LONG MAIN TRUE CLEAR WHITE BLACK RED GREEN SILVER GOLD GOLDEN IRON STONE TWIN ALPHA BETA DELTA PARK POINT RIVER HILL
LAKE OCEAN BAY HARBOR HARBOUR VALLEY MOUNTAIN ROCK TOWER HOUSE SAINT VAN FORT KEY CORE TOTAL VALUE GROWTH INCOME NEXT
INDEPENDENT INTEGRATED DIVERSIFIED CONSOLIDATED FIDUCIARY SECURITY QUANTITATIVE SYSTEMATIC TECHNOLOGY INSTITUTIONAL
JOHN WILLIAM RICHARD THOMAS JAMES ROBERT DAVID MICHAEL CHARLES BROWN SMITH JOHNSON MILLER DAVIS JACKSON LEE BELL YORK
JERSEY BOSTON CHICAGO LONDON WASHINGTON DALLAS HOUSTON AUSTIN DENVER SEATTLE ATLANTA MIAMI MANHATTAN BROOKLYN
CALIFORNIA CAROLINA CONNECTICUT FLORIDA GEORGIA MASSACHUSETTS MISSOURI OHIO PENNSYLVANIA TEXAS VIRGINIA WISCONSIN ASIA
EUROPE EUROPEAN CHINA INDIA JAPAN HONG KONG SWISS CANADIAN
""".split()  # noqa: SIM905 (a list of words, one to read)
)
_SHORTEST = 3  # letters of a word that distinguishes


def plain(name: pl.Expr) -> pl.Expr:
    """The words of a name in upper case: `The Moss & Co., L.L.C./NY` is `MOSS AND CO LLC`."""
    words = name.str.to_uppercase().str.replace(r"\s*/\s*[A-Z]{2,3}\s*/?$", "").str.replace_all("&", " AND ")
    words = words.str.replace_all(r"[.'’]", "").str.replace_all(r"[^\p{L}\d]+", " ")
    return words.str.strip_chars().str.replace(r"^THE ", "")


def stem(name: pl.Expr) -> pl.Expr:
    """The words of a name up to what every firm's name has; null if nothing is left."""
    words = plain(name).str.split(" ")
    is_ending = words.list.eval(pl.element().is_in(list(_ENDINGS)))
    first = pl.when(is_ending.list.any()).then(is_ending.list.arg_max()).otherwise(words.list.len())
    stem = words.list.head(first).list.join(" ")
    return pl.when(stem != "").then(stem)


def first_word(stem: pl.Expr) -> pl.Expr:
    """The first word of a stem: two stems without it in common have no common beginning."""
    return stem.str.split(" ").list.first()


def common_stem(one: str, other: str) -> pl.Expr:
    """The shorter of two columns of stems if the other one begins with it and it distinguishes; else null.

    One of its words must have three letters or more and not be one that many names begin with.
    """
    left, right = pl.col(one), pl.col(other)
    shared = (
        pl.when((left + " ").str.starts_with(right + " "))
        .then(right)
        .when((right + " ").str.starts_with(left + " "))
        .then(left)
    )
    is_telling = pl.element().is_in(list(_COMMON)).not_() & (pl.element().str.len_chars() >= _SHORTEST)
    return pl.when(shared.str.split(" ").list.eval(is_telling).list.any()).then(shared)
