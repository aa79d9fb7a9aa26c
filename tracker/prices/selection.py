"""Which source's price counts, and the last price on a date.

Several sources may cover the same ticker and day, and every row is kept (key: ticker, date, source). The newest
imported file wins, then older ones, then the price sources by their rank. A file that is imported again unchanged is
not newer. `base_source` and `end_source` of a return name the winners.

A price "on" a date is the last close on or before it, at most 7 days old; never a later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ..tables import PricesFrame, SourcesFrame

MAX_AGE_DAYS = 7
PRICE_FILE = "price file"  # the source, in tables.SOURCES, of imported files

_DETAILS = ("market_cap_usd", "exchange", "name", "sector", "industry", "country")
_SAMPLED = 1000  # rows that show which source is frequent
_VOLUME_ROWS, _VOLUME_DAYS = 20, 42


def preferred(prices: PricesFrame, precedence: Sequence[str] = ()) -> PricesFrame:
    """One row per (ticker, date) of `prices` (some columns of PRICES), in which several sources may cover the same day.

    Sources in `precedence` win in that order; then imported files (the user chose them), the name that sorts last
    first; then the others by name. Close, volume, change and source are the winner's; a market cap or a descriptive
    column that the winner lacks comes from the next source that has it. The rows are in no order.
    """
    if prices.is_empty():
        return prices
    # few days have several sources: only their rows are grouped; any source may be the main one, the most frequent
    # makes it quick
    sample = prices["source"].gather_every(max(1, prices.height // _SAMPLED))
    is_main = prices["source"] == sample.mode().sort().first()
    others = prices.filter(~is_main)
    if others.is_empty():
        return prices
    key = ["ticker", "date"]
    is_doubtful = is_main & prices["ticker"].is_in(others["ticker"].unique().implode())
    again = prices.filter(is_doubtful).join(others, on=key, how="semi")
    if again.is_empty() and others.select(pl.struct(key).is_unique().all()).item():
        return prices
    main = prices.filter(is_main)
    alone = main.join(again, on=key, how="anti") if again.height else main
    return pl.concat([alone, _winners(pl.concat([again, others]), precedence)])


def _winners(prices: PricesFrame, precedence: Sequence[str]) -> PricesFrame:
    rank = {source: number for number, source in enumerate(precedence)}
    names = sorted(prices["source"].unique().to_list(), reverse=True)
    order = sorted(names, key=lambda name: (rank.get(name, len(rank)), not name.startswith("file:")))
    ranked = prices.sort(
        pl.col("source").replace_strict({name: number for number, name in enumerate(order)}, return_dtype=pl.Int32),
        maintain_order=True,
    )
    chosen = (
        pl.col(name).drop_nulls().first() if name in _DETAILS else pl.col(name).first()
        for name in prices.columns
        if name not in ("ticker", "date")
    )
    return ranked.group_by("ticker", "date", maintain_order=True).agg(chosen).select(prices.columns)


def latest(prices: PricesFrame, day: date, max_age_days: int = MAX_AGE_DAYS) -> PricesFrame:
    """The last row of each ticker on or before `day`, at most `max_age_days` old; never a later one."""
    oldest = day - timedelta(days=max_age_days)
    near = preferred(prices.filter(pl.col("date").is_between(oldest, day)))
    return near.sort("date").unique("ticker", keep="last", maintain_order=True)


def typical_volume(prices: PricesFrame, day: date, wanted: pl.Series | None = None) -> pl.DataFrame:
    """Columns ticker, typical_volume: median shares traded per day, over the last 20 rows of the 42 days to `day`.

    Of the tickers that are `wanted` (default: all).
    """
    near = prices.filter(
        pl.col("date").is_between(day - timedelta(days=_VOLUME_DAYS), day), pl.col("volume").is_not_null()
    )
    if wanted is not None:
        near = near.filter(pl.col("ticker").is_in(wanted.implode()))
    return (
        near.select("ticker", "date", "volume")
        .sort("date")
        .group_by("ticker", maintain_order=True)
        .agg(pl.col("volume").tail(_VOLUME_ROWS).median().alias("typical_volume"))
    )


def precedence(sources: SourcesFrame, ranked: Sequence[str]) -> list[str]:
    """The sources of prices, the one that wins first: imported files (listed in `sources`), then the `ranked` names."""
    files = sources.filter(pl.col("source") == PRICE_FILE).sort("fetched_at", descending=True)
    return [*(f"file:{name}" for name in files["url"].unique(maintain_order=True)), *ranked]
