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


def match(pairs: pl.DataFrame, tickers: pl.DataFrame, priced: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """SECURITIES: every CUSIP and symbol pair that stands for a ticker.

    `pairs` is CUSIP_SYMBOLS; `tickers` is TICKERS; `priced` has ticker and name of the prices that are loaded;
    `titles` has cusip and title_of_class as the filings name them.
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
        .join(
            titles.select("cusip", kind(pl.col("title_of_class")).alias("kind")), on="cusip", how="left", validate="m:1"
        )
    )
    return SECURITIES.check(
        SECURITIES.fit(
            found.with_columns(
                pl.coalesce("name", "description").alias("name"),
                pl.col("kind").fill_null("unknown"),
                pl.col("is_listed").fill_null(False),
                pl.lit("fails-to-deliver").alias("source"),
            ).sort(SECURITIES.key)
        )
    )


def newest(securities: pl.DataFrame) -> pl.DataFrame:
    """One row a CUSIP: cusip, ticker, name, kind, is_listed.

    The pair that was seen last counts; of those seen on the same day the one that is listed, then the shorter.
    """
    order = pl.col("ticker").str.len_chars()
    return (
        securities.sort("last_seen", "is_listed", order, "ticker", descending=[True, True, False, False])
        .unique("cusip", keep="first", maintain_order=True)
        .select("cusip", "ticker", "name", "kind", "is_listed")
    )


def _clean_pairs(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs without placeholders, and without the `D` of a pending change where the plain symbol is there too."""
    symbol = pl.col("symbol")
    real = pairs.filter(symbol.str.contains(r"^[A-Z]+$") & ~pl.col("cusip").str.starts_with(symbol))
    plain = real.select("cusip", (symbol + "D").alias("symbol"))
    return real.join(plain, on=["cusip", "symbol"], how="anti")
