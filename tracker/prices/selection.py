"""Which source's price counts, and the last price on a date.

Several sources may cover the same ticker and day, and every row is kept (key: ticker, date, source). The winner is,
in this order: the newest imported file, older ones, then Nasdaq's screener, Finviz, Yahoo, and last what 13F filings
imply. A file imported again without a change is not newer. `base_source` and `end_source` of a return name the winners.

A price "on" a date is the last close on or before it, at most 7 days old; never a later one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ..tables import PRICES

VENDORS = ("nasdaq", "finviz", "yahoo", "sec", "13f")
MAX_AGE_DAYS = 7


_DETAILS = ("market_cap_usd", "exchange", "name", "sector", "industry", "country")


_VOLUME_ROWS = 20


def preferred(prices: pl.DataFrame, precedence: Sequence[str] = ()) -> pl.DataFrame:
    """One row a (ticker, date) of `prices` (tables.PRICES), where several sources cover the same day.

    Sources in `precedence` win in that order; then imported files (the user chose them), the name that sorts last
    first; then the others by name. Close, volume, change and source are the winner's; market cap and the descriptive
    columns come from the next source that has them where the winner has none.
    """
    counts = prices["source"].value_counts(sort=True)["source"]
    if len(counts) < 2:
        return prices
    # Few rows are told twice: only those are grouped.
    is_main = pl.col("source") == counts[0]
    main, others = prices.filter(is_main), prices.filter(~is_main)
    key = ["ticker", "date"]
    again = main.join(others, on=key, how="semi")
    alone = main.join(others, on=key, how="anti") if again.height else main
    return PRICES.fit(pl.concat([alone, _winners(pl.concat([again, others]), precedence)])).sort(key)


def _winners(prices: pl.DataFrame, precedence: Sequence[str]) -> pl.DataFrame:
    rank = {source: number for number, source in enumerate(precedence)}
    names = sorted(prices["source"].unique().to_list(), reverse=True)
    order = sorted(names, key=lambda name: (rank.get(name, len(rank)), not name.startswith("file:")))
    ranked = prices.sort(
        pl.col("source").replace_strict({name: number for number, name in enumerate(order)}, return_dtype=pl.Int32),
        maintain_order=True,
    )
    chosen = (
        pl.col(name).drop_nulls().first() if name in _DETAILS else pl.col(name).first()
        for name in PRICES.columns
        if name not in ("ticker", "date")
    )
    return PRICES.fit(ranked.group_by("ticker", "date", maintain_order=True).agg(chosen))


def latest(prices: pl.DataFrame, day: date, max_age_days: int = MAX_AGE_DAYS) -> pl.DataFrame:
    """The last row (tables.PRICES) of each ticker on or before `day`, at most `max_age_days` old; never a later one."""
    oldest = day - timedelta(days=max_age_days)
    near = preferred(prices.filter(pl.col("date").is_between(oldest, day)))
    return near.sort("date").unique("ticker", keep="last", maintain_order=True)


def typical_volume(prices: pl.DataFrame, day: date) -> pl.DataFrame:
    """Columns ticker, typical_volume: the median of the shares traded a day, last 20 rows within 42 days to `day`."""
    near = prices.filter(pl.col("date").is_between(day - timedelta(days=42), day), pl.col("volume").is_not_null())
    return (
        near.sort("date")
        .group_by("ticker", maintain_order=True)
        .agg(pl.col("volume").tail(_VOLUME_ROWS).median().alias("typical_volume"))
    )


def precedence(sources: pl.DataFrame) -> list[str]:
    """Names of the price sources, the one that wins first; `sources` is tables.SOURCES, which lists imported files."""
    files = sources.filter(pl.col("source") == "price file").sort("fetched_at", descending=True)
    return [*(f"file:{name}" for name in files["url"].unique(maintain_order=True)), *VENDORS]
