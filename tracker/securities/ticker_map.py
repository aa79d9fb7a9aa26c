"""Which ticker a CUSIP has on a date, from the pairs that `symbol_pairs` makes and `ticker_contests` decides on.

A name is never used as identity. Two rules for dates:

- Holdings have the *newest* ticker, whatever their quarter, so that a list joins today's prices and a company has
  one name in all quarters.
- On a date D (a list's cap date) a CUSIP has the ticker under which it was seen last on or before D; if it was not seen
  by then, the one under which it was seen first after D. So a stock that was renamed after D has its old ticker, which
  is that of D's prices; `follow` joins the prices before and after a change of name.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ..tables import HolderCountsFrame, PricesFrame, SecuritiesFrame
from . import types

_NEWEST_FIRST = ("_later", "_at", "is_listed", "first_seen")  # ascending, then three descending


def newest(securities: SecuritiesFrame, on: date | None = None) -> pl.DataFrame:
    """One row per CUSIP: cusip, ticker, name, kind, is_listed, first_seen, last_seen; the newest, or as of a date.

    The pair that was seen last (on or before `on`, if given) counts; of those seen on the same day the listed one,
    then the one that appeared last, then the shorter. A CUSIP first seen after `on` has its first pair. The rows are in
    no order.
    """
    pairs = securities
    if on is not None:
        pairs = pairs.with_columns(
            (pl.col("first_seen") > on).alias("_later"), pl.min_horizontal("last_seen", pl.lit(on)).alias("last_seen")
        ).with_columns(
            # of pairs seen later, the first one counts
            pl.when("_later").then(pl.lit(on) - (pl.col("first_seen") - pl.lit(on))).otherwise("last_seen").alias("_at")
        )
    else:
        pairs = pairs.with_columns(pl.lit(False).alias("_later"), pl.col("last_seen").alias("_at"))
    # most CUSIPs have one pair: only those of the others are sorted
    has_several = pairs["cusip"].is_duplicated()
    several = pairs.filter(has_several).sort(
        *_NEWEST_FIRST,
        pl.col("ticker").str.len_chars(),
        "ticker",
        descending=[False, True, True, True, False, False],
    )
    chosen = pl.concat([pairs.filter(~has_several), several.unique("cusip", keep="first", maintain_order=True)])
    return chosen.select(
        "cusip", "ticker", "name", "kind", "is_listed", "first_seen", pl.col("_at").alias("last_seen"), "_later"
    )


def names(newest_pairs: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    """The name of each of the `wanted` tickers, from the CUSIP that was seen last with it: columns ticker, name.

    `newest_pairs` is what `newest` returned for the date.
    """
    pairs = newest_pairs.filter(pl.col("ticker").is_in(wanted.implode())).rename({"last_seen": "_at"})
    ordered = pairs.sort(*_NEWEST_FIRST, "cusip", descending=[False, True, True, True, False])
    return ordered.unique("ticker", keep="first", maintain_order=True).select("ticker", "name")


def tickers(held: pl.DataFrame, securities: SecuritiesFrame, on: date | None = None) -> pl.DataFrame:
    """The ticker of each CUSIP in `held` (columns cusip, name_of_issuer) that has one: columns cusip, ticker.

    `on` gives the ticker as of a date; without it the newest. A ticker's newest CUSIP (on that date) shows whose
    ticker it is. Another CUSIP that once had the ticker is the same company's if its first six characters (the issuer's
    number) are the same, or else if the issuer's name begins with the same word; otherwise the ticker was another
    company's before (or after), and the CUSIP has none.
    """
    return tickers_among(held, newest(securities, on))


def tickers_among(held: pl.DataFrame, newest_pairs: pl.DataFrame, owners: pl.DataFrame | None = None) -> pl.DataFrame:
    """As `tickers`, from what `newest` returned for the date, and `ticker_owners` of that if they are there already."""
    named = issuers(held)
    candidates = named.join(newest_pairs.select("cusip", "ticker"), on="cusip", how="inner", validate="1:1")
    if owners is None:
        owners = ticker_owners(newest_pairs.join(candidates, on="ticker", how="semi"))
    issuer_of = named.rename({"cusip": "_owner", "name_of_issuer": "_owner_issuer"})
    candidates = candidates.join(owners, on="ticker", how="left", validate="m:1").join(
        issuer_of, on="_owner", how="left", validate="m:1"
    )
    same_issuer = pl.col("cusip").str.slice(0, 6) == pl.col("_owner").str.slice(0, 6)
    word = _first_word(pl.col("name_of_issuer"))
    same_name = (word == _first_word(pl.col("_owner_issuer"))) | (word == _first_word(pl.col("_owner_name")))
    return candidates.filter(same_issuer | same_name.fill_null(False)).select("cusip", "ticker").sort("cusip")


def ticker_owners(newest_pairs: pl.DataFrame) -> pl.DataFrame:
    """Whose each ticker is, by the CUSIP seen last with it: columns ticker, _owner (the CUSIP), _owner_name."""
    return (
        newest_pairs.sort("_later", "last_seen", "cusip", descending=[False, True, False])
        .unique("ticker", keep="first", maintain_order=True)
        .select("ticker", pl.col("cusip").alias("_owner"), pl.col("name").alias("_owner_name"))
    )


def issuers(held: pl.DataFrame) -> pl.DataFrame:
    """The most frequent name of the issuer of each CUSIP, of several the first: columns cusip, name_of_issuer."""
    if held["cusip"].n_unique() == held.height:
        return held.select("cusip", "name_of_issuer")
    named = held.group_by("cusip", "name_of_issuer").len("_times")
    return (
        named.sort("name_of_issuer")
        .sort(pl.col("name_of_issuer").is_null(), "_times", descending=[False, True], maintain_order=True)
        .unique("cusip", keep="first", maintain_order=True)
        .select("cusip", "name_of_issuer")
    )


def with_kinds(counts: pl.DataFrame, securities: SecuritiesFrame) -> pl.DataFrame:
    """HOLDER_COUNTS (or POSITIONS) with the column `kind`, by the evidence listed in `types`."""
    return with_kinds_among(counts, newest(securities))


def with_kinds_among(counts: pl.DataFrame, newest_pairs: pl.DataFrame) -> pl.DataFrame:
    """As `with_kinds`, from what `newest` returned."""
    kinds = newest_pairs.select("cusip", pl.col("kind").alias("_by_ticker"))
    counts = counts.join(kinds, on="cusip", how="left", validate="m:1", maintain_order="left")
    kind = types.decide(pl.col("title_of_class"), pl.col("name_of_issuer"), pl.col("cusip"), pl.col("_by_ticker"))
    return counts.with_columns(kind.alias("kind")).drop("_by_ticker")


def with_tickers_of(counts: HolderCountsFrame, securities: SecuritiesFrame, on: date) -> HolderCountsFrame:
    """HOLDER_COUNTS with the tickers as of `on` instead of the newest; no ticker is given twice."""
    return with_tickers_among(counts, newest(securities, on))


def with_tickers_among(counts: HolderCountsFrame, newest_pairs: pl.DataFrame) -> HolderCountsFrame:
    """As `with_tickers_of`, from what `newest` returned for the date."""
    then = tickers_among(counts.select("cusip", "name_of_issuer"), newest_pairs).rename({"ticker": "_then"})
    renamed = counts.join(then, on="cusip", how="left", validate="1:1").with_columns(
        pl.when(pl.col("ticker").is_not_null()).then(pl.coalesce("_then", "ticker")).alias("_then")
    )
    # a ticker that passed from one company to another belongs to the one that had it then
    changed = pl.col("_then") != pl.col("ticker")
    is_doubled = (pl.col("_then").count().over("_then") > 1) & pl.col("_then").is_not_null()
    return renamed.with_columns(
        pl.when(is_doubled & ~changed & changed.any().over("_then")).then(None).otherwise("_then").alias("ticker")
    ).drop("_then")


def renames(securities: SecuritiesFrame) -> pl.DataFrame:
    """Changes of ticker: one row per CUSIP and change, columns cusip, former, ticker, former_seen, ticker_seen.

    A CUSIP was renamed if it was last seen under one ticker before it was first seen under the next: tickers seen side
    by side are spellings. `former_seen` is the last day of the former ticker, `ticker_seen` the first of the next.
    """
    several = securities.filter(pl.col("cusip").is_duplicated())
    # few can have been: to look at each CUSIP's pairs one after the other takes ten times as long
    lasts = several.group_by("cusip").agg(pl.col("last_seen").min(), pl.col("first_seen").max())
    several = several.join(lasts.filter(pl.col("last_seen") < pl.col("first_seen")), on="cusip", how="semi")
    spans = several.sort("cusip", "first_seen", "last_seen", "ticker").select(
        "cusip",
        pl.col("ticker").shift().over("cusip").alias("former"),
        "ticker",
        pl.col("last_seen").cum_max().shift().over("cusip").alias("former_seen"),
        pl.col("first_seen").alias("ticker_seen"),
    )
    return spans.filter(pl.col("former_seen") < pl.col("ticker_seen"))


def moves(securities: SecuritiesFrame, on: date) -> pl.DataFrame:
    """Tickers whose prices belong to another ticker's history on the day `on`: columns ticker, _then, _from, _until.

    The prices of `ticker` between the two days, both excluded, are those of the stock that is `_then` on that day.
    """
    changes = renames(securities)
    of_renamed = securities.join(changes, on="cusip", how="semi")
    current = newest(of_renamed, on).select("cusip", pl.col("ticker").alias("_then"))
    changes = changes.join(current, on="cusip", how="left", validate="m:1")
    changes = pl.concat(
        [
            changes.select(
                pl.col("former").alias("ticker"), "_then", pl.lit(date.min).alias("_from"), _until="ticker_seen"
            ),
            changes.select("ticker", "_then", _from="former_seen", _until=pl.lit(date.max)),
        ]
    ).filter(pl.col("ticker") != pl.col("_then"))
    # if two companies claim one ticker's history, neither gets it
    return changes.unique().filter(pl.len().over("ticker") == 1, pl.len().over("_then") == 1)


def follow(prices: PricesFrame, securities: SecuritiesFrame, on: date) -> PricesFrame:
    """`prices` in which a renamed stock has the ticker of the day `on` throughout.

    Closes of the former ticker count up to the day on which the new one was first seen, those of the new one from the
    day after the former was last seen. A row of the ticker itself on such a day was another company's and is dropped.
    A source with one ticker for all its history has no rows of the other: all of them are used. `prices` may be
    any frame with columns ticker, date and source that are unique together, such as SPLITS.
    """
    return move(prices, moves(securities, on))


def move(prices: PricesFrame, known: pl.DataFrame, beside: PricesFrame | None = None) -> PricesFrame:
    """As `follow`, with the `moves` of the day, which take longer to find than to make.

    If `prices` are a part of the rows in question, `beside` are all: they show which tickers a source has. The rows of
    tickers without a change come first, in their order.
    """
    concerned = pl.col("ticker").is_in(pl.concat([known["ticker"], known["_then"]]).implode())
    rows = prices.filter(concerned)  # of millions, a few thousand: a join of all of them takes most of a list's time
    if rows.is_empty():
        return prices
    own_rows = (
        (rows if beside is None else beside)
        .filter(pl.col("ticker").is_in(known["_then"].implode()))
        .select("source", pl.col("ticker").alias("_then"), pl.lit(True).alias("_there"))
    )
    own_rows = own_rows.unique()
    is_its = pl.col("_there").is_null() | pl.col("date").is_between("_from", "_until", "none")
    moved = (
        rows.join(known, on="ticker", how="inner", validate="m:1")
        .join(own_rows, on=["source", "_then"], how="left", validate="m:1")
        .filter(is_its)
        .select("ticker", "_then", "date", "source")
    )
    kept = rows.join(moved, on=["ticker", "date", "source"], how="anti").join(
        moved.select("date", "source", ticker="_then"), on=["ticker", "date", "source"], how="anti"
    )
    renamed = rows.join(moved, on=["ticker", "date", "source"], how="inner", validate="1:1")
    renamed = renamed.with_columns(ticker="_then").select(prices.columns)
    followed = pl.concat([kept, renamed]).sort("ticker", "date", "source")
    return pl.concat([prices.filter(~concerned), followed])


def _first_word(name: pl.Expr) -> pl.Expr:
    return name.str.to_uppercase().str.strip_prefix("THE ").str.extract("([A-Z0-9]+)")
