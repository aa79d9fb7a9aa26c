"""Which ticker a CUSIP has, and what kind of security it is.

CUSIP and symbol are seen together in SEC's fails-to-deliver files, which write symbols without marks (BRKB) and
sometimes write a placeholder (the CUSIP's first characters, a number) or a symbol with a letter appended for some
weeks after a reverse split (DUOTD). Tickers are known from SEC's list and from the prices that are loaded. A name
is never used as identity.
"""

from __future__ import annotations

import polars as pl

from . import symbols
from .tables import SECURITIES

# What the 13F's "title of class" says, most telling first; SEC's official list abbreviates it in these ways.
_KINDS = (
    ("unit", r"^UNIT\b.*(99|EXP)"),
    ("warrant", r"\b(WTS?|WRNTS?|WARRANTS?)\b|(^|\s)\*W\b|\bW EXP\b"),
    ("right", r"\b(RIGHTS?|RTS)\b"),
    ("preferred", r"\b(PFD|PREF|PREFERRED|PRF|PRFD)\b"),
    ("bond", r"\b(NOTES?|NT|DEBT|BOND|DBCV|SDCV|CONV(ERTIBLE)?|MTNF)\b|\d%"),
    ("fund", r"\b(ETF|ETN|FUND|FD|INDEX|PORTFOLIO|UT SER)\b"),
    ("adr", r"\b(ADR|ADS|ADRS|ADSS|SPONSORED|SPON|SPONS|DEPOSITARY|DEP RCPT)\b"),
    ("common", r"\b(COM|COMMON|CMN|CL|CLASS|SHS?|SHARES?|ORD|ORDINARY|STK|STOCK|CAP|BEN INT|NEW|REIT)\b"),
    ("unit", r"\bUNITS?\b"),
)
RANKED_KINDS = ("common", "adr", "unknown")


def kind(title_of_class: pl.Expr) -> pl.Expr:
    """Kind of security by its title of class; `unknown` where the words tell nothing."""
    title = title_of_class.str.to_uppercase().fill_null("")
    said = (pl.when(title.str.contains(pattern)).then(pl.lit(name)) for name, pattern in _KINDS)
    return pl.coalesce(*said, pl.lit("unknown"))


def match(pairs: pl.DataFrame, tickers: pl.DataFrame, priced: pl.DataFrame) -> pl.DataFrame:
    """SECURITIES: every CUSIP and symbol pair that stands for a ticker.

    `pairs` is CUSIP_SYMBOLS; `tickers` is TICKERS; `priced` has ticker and name of the prices that are loaded.
    """
    listed = pl.concat(
        [
            priced.select(symbols.normalise(pl.col("ticker")), "name"),
            tickers.select(symbols.normalise(pl.col("ticker")), "name"),
        ]
    )
    listed = (
        listed.drop_nulls("ticker").group_by("ticker", maintain_order=True).agg(pl.col("name").drop_nulls().first())
    ).with_columns(pl.lit(True).alias("is_listed"))
    # BRKB is BRK.B if just one listed ticker reads so without its mark
    by_plain = listed.select(symbols.plain(pl.col("ticker")).alias("symbol"), pl.col("ticker").alias("_marked"))
    by_plain = by_plain.unique("symbol", keep="none")
    found = (
        _clean_pairs(pairs)
        .join(
            listed.select(pl.col("ticker").alias("symbol"), pl.lit(True).alias("_exact")),
            on="symbol",
            how="left",
            validate="m:1",
        )
        .join(by_plain, on="symbol", how="left", validate="m:1")
        .with_columns(pl.when("_exact").then("symbol").otherwise(pl.coalesce("_marked", "symbol")).alias("ticker"))
        .group_by("cusip", "ticker")
        .agg(
            pl.col("first_seen").min(),
            pl.col("last_seen").max(),
            pl.col("description").sort_by("last_seen").drop_nulls().last(),
        )
        .join(listed, on="ticker", how="left", validate="m:1")
    )
    return SECURITIES.check(
        SECURITIES.fit(
            found.with_columns(
                pl.coalesce("name", "description").alias("name"),
                pl.col("is_listed").fill_null(False),
                pl.lit("fails-to-deliver").alias("source"),
            ).sort(SECURITIES.key)
        )
    )


def newest(securities: pl.DataFrame) -> pl.DataFrame:
    """One row a CUSIP: cusip, ticker, name, is_listed, last_seen.

    The pair that was seen last counts; of those seen on the same day the one that is listed, then the shorter.
    """
    order = pl.col("ticker").str.len_chars()
    return (
        securities.sort("last_seen", "is_listed", order, "ticker", descending=[True, True, False, False])
        .unique("cusip", keep="first", maintain_order=True)
        .select("cusip", "ticker", "name", "is_listed", "last_seen")
    )


def tickers(held: pl.DataFrame, securities: pl.DataFrame) -> pl.DataFrame:
    """The ticker of each CUSIP of `held` (columns cusip, name_of_issuer) that has one: columns cusip, ticker.

    A ticker's newest CUSIP says whose ticker it is. Another CUSIP that once had the ticker is the same company if its
    first six characters (the issuer's number) are the same, or else if the issuer's name begins with the same word;
    otherwise the ticker was another company's before, and is not given.
    """
    known = newest(securities)
    owner = (
        known.sort("last_seen", "cusip", descending=[True, False])
        .unique("ticker", keep="first", maintain_order=True)
        .select("ticker", pl.col("cusip").alias("_owner"), pl.col("name").alias("_owner_name"))
    )
    named = held.group_by("cusip").agg(pl.col("name_of_issuer").drop_nulls().mode().sort().first())
    owner = owner.join(
        named.rename({"cusip": "_owner", "name_of_issuer": "_owner_issuer"}), on="_owner", how="left", validate="1:1"
    )
    found = named.join(known.select("cusip", "ticker"), on="cusip", how="inner", validate="1:1").join(
        owner, on="ticker", how="left", validate="m:1"
    )
    same_issuer = pl.col("cusip").str.slice(0, 6) == pl.col("_owner").str.slice(0, 6)
    word = _first_word(pl.col("name_of_issuer"))
    same_name = (word == _first_word(pl.col("_owner_issuer"))) | (word == _first_word(pl.col("_owner_name")))
    return found.filter(same_issuer | same_name.fill_null(False)).select("cusip", "ticker").sort("cusip")


def _first_word(name: pl.Expr) -> pl.Expr:
    return name.str.to_uppercase().str.strip_prefix("THE ").str.extract("([A-Z0-9]+)")


def _clean_pairs(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs without placeholders, and without the `D` of a pending change where the plain symbol is there too."""
    symbol = pl.col("symbol")
    real = pairs.filter(symbol.str.contains(r"^[A-Z]+$") & ~pl.col("cusip").str.starts_with(symbol))
    plain = real.select("cusip", (symbol + "D").alias("symbol"))
    return real.join(plain, on=["cusip", "symbol"], how="anti")
