"""What the loaded filings and prices say of tickers that several securities, or a security with several, claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

import polars as pl

from ..quarters import Quarter
from ..store import Store, kept_frame, price_spans
from ..tables import CusipSymbolsFrame
from .digests import digest

_DERIVED = ("fails", "sec", "13f")  # price sources whose tickers are the outcome of what is to be decided
_WEEK = timedelta(days=7)
_ISSUERS = {"cusip": pl.String(), "name_of_issuer": pl.String()}


class TickerEvidence(NamedTuple):
    """Two frames, each with one row a key.

    `issuers` has cusip and name_of_issuer, the most frequent of the newest loaded quarter with the CUSIP. `quoted` has
    ticker, first_quoted (null: since the oldest prices) and last_quoted (null: up to the newest).
    """

    issuers: pl.DataFrame
    quoted: pl.DataFrame


def gather(store: Store, pairs: pl.DataFrame, quarters: Iterable[Quarter]) -> TickerEvidence:
    """The evidence on `pairs`, a frame with columns cusip and ticker, sorted by the keys."""
    issuers = _issuers(store, pairs["cusip"].unique().to_list(), sorted(quarters, reverse=True))
    return TickerEvidence(issuers, _quoted(store, pairs.select("ticker").unique()))


def with_descriptions(issuers: pl.DataFrame, cusip_symbols: CusipSymbolsFrame) -> pl.DataFrame:
    """`issuers`, and for CUSIPs that no loaded filing reports the newest description of the fails-to-deliver files."""
    described = (
        cusip_symbols.drop_nulls("description")
        .sort("last_seen", "symbol", descending=[True, False])
        .unique("cusip", keep="first", maintain_order=True)
        .select("cusip", name_of_issuer="description")
    )
    return pl.concat([issuers, described.join(issuers, on="cusip", how="anti")])


def _issuers(store: Store, cusips: Sequence[str], newest_first: Sequence[Quarter]) -> pl.DataFrame:
    issuers, wanted = pl.DataFrame(schema=_ISSUERS), sorted({*cusips})
    for quarter in newest_first:
        if issuers.height == len(wanted):
            break
        issuers = pl.concat([issuers, _named_in(store, wanted, quarter).join(issuers, on="cusip", how="anti")])
    return issuers.sort("cusip")


def _named_in(store: Store, cusips: Sequence[str], quarter: Quarter) -> pl.DataFrame:
    """As `_issuers`, of one quarter: kept, as what no filing of the newest has is looked up in all of the others."""

    def find() -> pl.DataFrame:
        lines = store.lines_of(quarter.end, cusips, ["cusip", "name_of_issuer"])
        counts = lines.drop_nulls("name_of_issuer").group_by("cusip", "name_of_issuer").len("times")
        frequent = counts.sort("times", "name_of_issuer", descending=[True, False])
        named = frequent.unique("cusip", keep="first", maintain_order=True).select(*_ISSUERS)
        return pl.DataFrame({"cusip": cusips}).join(named, on="cusip", how="left", validate="1:1")

    sources = digest(pl.DataFrame({"cusip": cusips}), seed=repr(store.line_file(quarter.end)))
    return kept_frame(store, f"named-{quarter.end}", sources, _ISSUERS, find).drop_nulls("name_of_issuer")


def _quoted(store: Store, tickers: pl.DataFrame) -> pl.DataFrame:
    spans = price_spans(store).filter(~pl.col("source").is_in(_DERIVED))
    quoted = spans.group_by("ticker").agg(
        first_quoted=pl.col("first_date").min(), last_quoted=pl.col("last_date").max()
    )
    first, last = pl.col("first_quoted"), pl.col("last_quoted")
    # most tickers have prices from the start to the end; an index fund's may begin earlier, and end later
    is_later, is_over = first > first.median().cast(pl.Date) + _WEEK, last < last.median().cast(pl.Date) - _WEEK
    quoted = quoted.with_columns(first_quoted=pl.when(is_later).then(first), last_quoted=pl.when(is_over).then(last))
    return quoted.join(tickers, on="ticker", how="semi").sort("ticker")
