"""Pairs of CUSIP and ticker, from the records in which a CUSIP and a symbol appear together.

CUSIPs and symbols appear together in SEC's fails-to-deliver files, which write symbols without marks (BRKB, SBFPRA for
SBF^A) and sometimes have a placeholder (the CUSIP's end, a number) or a symbol with a letter appended for some
weeks after a reverse split (DUOTD). OpenFIGI fills the gaps. Tickers are known from SEC's list and from the loaded
prices. Where a CUSIP has several tickers on one day, `ticker_contests` decides.
"""

from __future__ import annotations

import polars as pl

from ..tables import (
    CUSIP_FIGIS,
    SECURITIES,
    CusipFigisFrame,
    CusipSymbolsFrame,
    SecuritiesFrame,
    TickersFrame,
)
from . import company_names, types
from . import tickers as symbols

OF_FAILS, OF_FIGI = "fails-to-deliver", "openfigi"


def match(
    pairs: CusipSymbolsFrame, tickers: TickersFrame, priced: pl.DataFrame, figis: CusipFigisFrame | None = None
) -> SecuritiesFrame:
    """SECURITIES: every pair of CUSIP and symbol that denotes a ticker.

    `priced` has columns ticker and name of the loaded prices. Of `figis`, only CUSIPs that `pairs` lacks are used.
    """
    listed = listed_tickers(tickers, priced)
    seen_pairs = _tickers_of(_clean_pairs(pairs, listed), listed).with_columns(pl.lit(OF_FAILS).alias("source"))
    figis = CUSIP_FIGIS.frame() if figis is None else figis
    gaps = figis.drop_nulls("ticker").join(seen_pairs, on="cusip", how="anti")
    figi_pairs = gaps.select(
        "cusip",
        "ticker",
        "security_type",
        pl.col("name").alias("description"),
        pl.col("asked_on").alias("first_seen"),
        pl.col("asked_on").alias("last_seen"),
        pl.lit(OF_FIGI).alias("source"),
    )
    matched = pl.concat([seen_pairs, figi_pairs], how="diagonal").join(listed, on="ticker", how="left", validate="m:1")
    own_name = pl.concat_str(pl.col("description").fill_null(""), pl.col("exchange_name").fill_null(""), separator=" ")
    named = matched.with_columns(pl.coalesce("name", "description").alias("name"))
    return SECURITIES.check(
        SECURITIES.fit(
            named.with_columns(
                company_names.display(named["name"]).alias("name"),
                types.by_name(own_name, pl.col("ticker"), pl.col("security_type")).alias("kind"),
                pl.col("is_listed").fill_null(False),
            ).sort(SECURITIES.key)
        )
    )


def listed_tickers(tickers: TickersFrame, priced: pl.DataFrame) -> pl.DataFrame:
    """Listed tickers: ticker, name, exchange_name (the security's name, from prices), is_listed."""
    both = [
        priced.select(symbols.normalise(pl.col("ticker")), "name", pl.col("name").alias("exchange_name")),
        tickers.select(symbols.normalise(pl.col("ticker")), "name", pl.lit(None, pl.String).alias("exchange_name")),
    ]
    named = pl.concat(both).drop_nulls("ticker").group_by("ticker", maintain_order=True)
    return named.agg(pl.col("name", "exchange_name").drop_nulls().first()).with_columns(pl.lit(True).alias("is_listed"))


def _tickers_of(pairs: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Pairs by ticker: BRKB is BRK.B, and SBFPRA is SBF^A, if only one listed ticker reads so without its mark."""
    plain = listed.select(
        symbols.plain(pl.col("ticker").str.replace("^", "PR", literal=True)).alias("symbol"),
        pl.col("ticker").alias("_marked"),
    ).unique("symbol", keep="none")
    exact = listed.select(pl.col("ticker").alias("symbol"), pl.lit(True).alias("_exact"))
    return (
        pairs.join(exact, on="symbol", how="left", validate="m:1")
        .join(plain, on="symbol", how="left", validate="m:1")
        .with_columns(pl.when("_exact").then("symbol").otherwise(pl.coalesce("_marked", "symbol")).alias("ticker"))
        .group_by("cusip", "ticker")
        .agg(
            pl.col("first_seen").min(),
            pl.col("last_seen").max(),
            pl.col("description").sort_by("last_seen").drop_nulls().last(),
        )
    )


def _clean_pairs(pairs: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Pairs whose symbol is letters only, without the `D` that marks a pending change.

    It is a mark if the same CUSIP was seen without it, or if another CUSIP of the issuer was and no listed ticker
    includes it: after a reverse split the new CUSIP is DUOTD for some weeks, the old one was DUOT.
    """
    symbol, issuer = pl.col("symbol"), pl.col("cusip").str.slice(0, 6)
    real = pairs.filter(symbol.str.contains(r"^[A-Z]+$")).with_columns(issuer.alias("_issuer"))
    marked = symbol + "D"
    of_cusip = real.select("cusip", marked, pl.lit(True).alias("_own")).unique()
    of_issuer = real.select("_issuer", marked, pl.lit(True).alias("_kin")).unique()
    unlisted = ~symbol.is_in(listed["ticker"].implode()) & (symbol.str.len_bytes() == 5)
    is_mark = pl.col("_own").is_not_null() | (pl.col("_kin").is_not_null() & unlisted)
    return (
        real.join(of_cusip, on=["cusip", "symbol"], how="left", validate="1:1")
        .join(of_issuer, on=["_issuer", "symbol"], how="left", validate="m:1")
        .with_columns(pl.when(is_mark).then(symbol.str.head(-1)).otherwise(symbol).alias("symbol"))
        .drop("_own", "_kin", "_issuer")
    )
