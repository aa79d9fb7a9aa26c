"""The frame that a rule looks at: one row for each stock in the band on a signal day, held by a fund or not."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from ..band import Band
from ..tables import (
    DATE,
    INT,
    RANKED_KINDS,
    REAL,
    TEXT,
    HolderCountsFrame,
    JudgedFilingsFrame,
    PositionsFrame,
    PricesFrame,
    Role,
    Table,
)

CONVICTION_PCT = 5.0  # of a book

CANDIDATES = Table(
    "candidates",
    "The stocks of the band on a signal day, with what was known of them at its end.",
    ("ticker",),
    {
        "ticker": (TEXT, "as quoted on the day"),
        "cusip": (TEXT, "the CUSIP that funds report; null if none does"),
        "name": (TEXT, "as the price source names it, else as most filings do"),
        "exchange": (TEXT, "NASDAQ, NYSE or AMEX"),
        "sector": (TEXT, "as the price source names it"),
        "country": (TEXT, "as the price source names it"),
        "kind": (TEXT, f"kind of security: {', '.join(RANKED_KINDS)}"),
        "market_cap_usd": (REAL, "market capitalization in dollars"),
        "close": (REAL, "last close in dollars"),
        "close_date": (DATE, "day of that close"),
        "typical_volume": (REAL, "median shares traded a day, over the last 20 sessions; null if not known"),
        "return_pct": (REAL, "price change since the end of last year in percent; null if it cannot be trusted"),
        "holders": (INT, "hedge-fund families that hold it"),
        "holders_previous": (INT, "of families that reported for both quarters, those that held it before"),
        "new": (INT, "of those families, new holders; null if none reported for both"),
        "closed": (INT, "of those families, those that sold out; null as above"),
        "increased": (INT, "of those families, those with more shares, adjusted for splits; null as above"),
        "reduced": (INT, "of those families, those with fewer shares; null as above"),
        "shares": (REAL, "shares that they hold"),
        "value_usd": (REAL, "value of those shares in dollars at the quarter's end"),
        "largest_holder": (TEXT, "the family with the most shares"),
        "ownership_pct": (REAL, "shares held, in percent of the company (market cap / close)"),
        "conviction_funds": (INT, f"families with {CONVICTION_PCT:g}% or more of their reported book in it"),
        "best_idea_funds": (INT, "families whose largest over-weight among the candidates it is, against all funds"),
        "confidential_funds": (INT, "families that showed it in an amendment since the last signal day"),
        "accession_numbers": (pl.List(pl.String()), "the filings that holders reported it in"),
    },
)
CandidatesFrame = Annotated[pl.DataFrame, CANDIDATES]

_IS_SHARES = (pl.col("share_type") == "SH") & (pl.col("put_call") == "")
_COUNTS = ("holders", "conviction_funds", "best_idea_funds", "confidential_funds")


def in_band(caps: PricesFrame, band: Band) -> PricesFrame:
    """Of the newest rows of tickers, those with a market cap in the band; preferred series are left out."""
    is_preferred = pl.col("ticker").str.contains("^", literal=True)
    return caps.filter(pl.col("market_cap_usd").is_between(*band) & pl.col("close").is_not_null() & ~is_preferred)


def join_candidates(
    stocks: PricesFrame, counts: HolderCountsFrame, positions: PositionsFrame, late: pl.Series, details: pl.DataFrame
) -> CandidatesFrame:
    """CANDIDATES from the band's `stocks`.

    `counts` has the kinds; `late` are accession numbers of amendments that showed holdings late; `details` has columns
    ticker, typical_volume, return_pct. A stock of a kind that is not ranked is left out.
    """
    held = counts.filter(pl.col("ticker").is_not_null()).select(
        "ticker", "cusip", "kind", "holders", "holders_previous", "new", "closed", "increased", "reduced", "shares",
        "value_usd", "largest_holder", "name_of_issuer",
    )  # fmt: skip
    shares = positions.filter(_IS_SHARES, pl.col("ticker").is_not_null())
    joined = stocks.rename({"date": "close_date"}).join(held, on="ticker", how="left", validate="1:1")
    weights = _weights(shares)
    of_stocks = shares.filter(pl.col("ticker").is_in(stocks["ticker"].implode()))
    for part in (
        _convictions(weights), _best_ideas(weights, stocks["ticker"]), _late(of_stocks, late), _numbers(of_stocks),
    ):  # fmt: skip
        joined = joined.join(part, on="ticker", how="left", validate="1:1")
    joined = joined.join(details, on="ticker", how="left", validate="1:1")
    kind = pl.col("kind").fill_null("unknown")
    return CANDIDATES.check(
        CANDIDATES.fit(
            joined.with_columns(
                kind.alias("kind"),
                pl.coalesce("name", "name_of_issuer").alias("name"),
                *(pl.col(name).fill_null(0) for name in _COUNTS),  # nobody holds it: known, not missing
                (pl.col("shares") / (pl.col("market_cap_usd") / pl.col("close")) * 100).alias("ownership_pct"),
            )
            .filter(pl.col("kind").is_in(RANKED_KINDS))
            .sort("ticker")
        )
    )


def late_amendments(filings: JudgedFilingsFrame) -> pl.Series:
    """Accession numbers of the amendments that added holdings to a report that was known without them."""
    return filings.filter(pl.col("role") == Role.NEW_HOLDINGS)["accession_number"]


def _weights(shares: PositionsFrame) -> pl.DataFrame:
    """Columns ticker, family, value_usd, book_usd (of the family's shares with a ticker), weight_pct."""
    by_family = shares.group_by("ticker", "family").agg(pl.col("value_usd").sum())
    book = pl.col("value_usd").sum().over("family")
    return by_family.with_columns(book.alias("book_usd")).with_columns(
        pl.when(pl.col("book_usd") > 0).then(pl.col("value_usd") / pl.col("book_usd") * 100).alias("weight_pct")
    )


def _convictions(weights: pl.DataFrame) -> pl.DataFrame:
    is_large = pl.col("weight_pct") >= CONVICTION_PCT
    return weights.filter(is_large).group_by("ticker").agg(conviction_funds=pl.len().cast(pl.Int64))


def _best_ideas(weights: pl.DataFrame, tickers: pl.Series) -> pl.DataFrame:
    """For each family the one candidate whose weight is furthest above that in all books together."""
    total = float(weights["value_usd"].sum() or 0.0)
    everybody = weights.group_by("ticker").agg((pl.col("value_usd").sum() / total * 100).alias("market_pct"))
    over = (
        weights.filter(pl.col("ticker").is_in(tickers.to_list()))
        .join(everybody, on="ticker", validate="m:1")
        .with_columns((pl.col("weight_pct") - pl.col("market_pct")).alias("over_pct"))
        .filter(pl.col("over_pct") > 0)
    )
    best = over.sort("over_pct", "ticker", descending=[True, False]).unique("family", keep="first", maintain_order=True)
    return best.group_by("ticker").agg(best_idea_funds=pl.len().cast(pl.Int64))


def _late(shares: PositionsFrame, late: pl.Series) -> pl.DataFrame:
    shown = shares.filter(pl.col("accession_number").is_in(late.to_list()))
    return shown.group_by("ticker").agg(confidential_funds=pl.col("family").n_unique().cast(pl.Int64))


def _numbers(shares: PositionsFrame) -> pl.DataFrame:
    return shares.group_by("ticker").agg(accession_numbers=pl.col("accession_number").unique().sort())
