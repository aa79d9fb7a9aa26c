"""Price levels of the listed stocks, beside the band's median and a benchmark: what the price charts show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ..prices import cohort, returns, selection
from ..prices.cohort import BENCHMARKS
from ..reports.ranked_list import RankedList

MEDIAN = "Median micro-cap"
_SCHEMA = {"ticker": pl.String, "series": pl.String, "date": pl.Date, "level": pl.Float64}


def measure_levels(ranked_list: RankedList, tickers: Sequence[str]) -> pl.DataFrame:
    """Columns ticker, series, date, level (100 on the base date): each stock, the band's median, and a benchmark.

    The benchmark is the first of BENCHMARKS with closes of both dates' sessions. Tickers are those of the cap date.
    """
    base, end = ranked_list.parameters.base_date, ranked_list.parameters.end_date
    window = ranked_list.window.between(base - timedelta(days=selection.MAX_AGE_DAYS), end)
    prices = window.prices.filter(pl.col("close").is_not_null())
    caps = selection.latest(prices, base).with_columns(sector=pl.lit(None, pl.String))
    members = cohort.cohort(caps, ranked_list.parameters.band)["ticker"]
    at = [selection.latest(prices, day) for day in (base, end)]
    covering = set.intersection(
        *(set(closes.filter(pl.col("date") == pl.col("date").max())["ticker"]) for closes in at)
    )
    benchmark = next((name for name in BENCHMARKS if name in covering), None)
    shown = {*tickers, *members, *([benchmark] if benchmark else [])}
    lines = _lines(returns.adjusted_closes(prices.filter(pl.col("ticker").is_in(sorted(shown))), window.splits), base)
    started = lines.filter(pl.col("date") == base)["ticker"]
    of_band = lines.filter(pl.col("ticker").is_in(members.implode()) & pl.col("ticker").is_in(started.implode()))
    median = of_band.group_by("date").agg(pl.col("level").median()).sort("date").with_columns(series=pl.lit(MEDIAN))
    beside = [median]
    if benchmark:
        beside.append(lines.filter(pl.col("ticker") == benchmark).with_columns(series="ticker"))
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for ticker in tickers:
        stock = lines.filter(pl.col("ticker") == ticker).with_columns(series="ticker")
        parts += [part.with_columns(ticker=pl.lit(ticker)).select(*_SCHEMA) for part in (stock, *beside)]
    return pl.concat(parts)


def _lines(closes: pl.DataFrame, base: date) -> pl.DataFrame:
    """Columns ticker, date, level, from adjusted closes."""
    last_before = pl.col("date").filter(pl.col("date") <= base).max().over("ticker")
    since = closes.filter(pl.col("date") >= pl.coalesce(last_before, pl.lit(base))).sort("ticker", "date")
    level = pl.col("adjusted") / pl.col("adjusted").first().over("ticker") * 100
    # a first close from the days before counts for the base date, as in the list
    day = pl.max_horizontal("date", pl.lit(base))
    return since.select("ticker", day.alias("date"), level.alias("level"))
