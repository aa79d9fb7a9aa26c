"""A strategy's path beside those of its benchmarks: by day, by quarter and by year.

While a run is too short to tell, only its own path is known: what it would be compared with stays null.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ..strategies.comparisons import INDEX_FUNDS
from ..strategies.portfolio_measures import quarter_returns
from ..strategies.random_portfolios import BANDS
from ..strategies.strategy_run import StrategyRun

START_USD = 10_000.0
"""what grows in the paths"""
BAND = "band"
"""the series of all candidates alike"""
BENCHMARKS = (BAND, *INDEX_FUNDS)


def daily_paths(tried: StrategyRun) -> pl.DataFrame:
    """One row a session: date, value_usd (of the capital), growth_usd, drawdown_pct, and the others' growth.

    Growth is of START_USD on the first day. Others: band_usd, band_drawdown_pct, a column for each of INDEX_FUNDS in
    small letters (iwc_usd), and random_p5_usd to random_p95_usd, the percentiles of random portfolios; null on a day
    without a value, and all null if a fund is not loaded on the first day.
    """
    own = tried.simulation.daily.sort("date")
    first = own["date"][0]
    series = {"growth_usd": own.select("date", level="value_usd")}
    if not tried.is_too_short:
        series[f"{BAND}_usd"] = tried.band.daily.select("date", level="value_usd")
        closes = tried.market.closes
        for fund in INDEX_FUNDS:
            series[f"{fund.lower()}_usd"] = closes.filter(pl.col("ticker") == fund).select("date", level="adjusted")
    paths = own
    for name, levels in series.items():
        paths = paths.join(_grown(levels, first).rename({"usd": name}), on="date", how="left", maintain_order="left",
                           validate="1:1")  # fmt: skip
    absent = [f"{name.lower()}_usd" for name in BENCHMARKS if f"{name.lower()}_usd" not in paths.columns]
    paths = paths.with_columns(pl.lit(None, pl.Float64).alias(name) for name in absent)
    paths = paths.with_columns(
        drawdown_pct=_drawdown(pl.col("growth_usd")), band_drawdown_pct=_drawdown(pl.col(f"{BAND}_usd"))
    )
    return paths.join(_random(tried), on="date", how="left", maintain_order="left", validate="1:1").sort("date")


def quarter_table(tried: StrategyRun, paths: pl.DataFrame) -> pl.DataFrame:
    """One row a quarter of reports: quarter, bought_on, sold_on, return_pct, band_pct, a column for each index fund.

    A quarter runs from the first purchase of its picks to the next quarter's, the last one to the end.
    """
    spans = quarter_returns(tried.simulation.daily, tried.trades)
    return _with_returns(spans.sort("bought_on"), paths, "bought_on", "sold_on")


def year_table(paths: pl.DataFrame) -> pl.DataFrame:
    """One row a calendar year: year, from, to, return_pct, band_pct, a column for each index fund.

    A year runs from the last session of the year before, or the first day, to its last session, or the last day.
    """
    ends = paths.group_by(year=pl.col("date").dt.year()).agg(to=pl.col("date").max()).sort("year")
    spans = ends.with_columns(since=pl.col("to").shift().fill_null(paths["date"][0]))
    # a first day that is the year's last session has made nothing yet
    spans = spans.filter(pl.col("to") > pl.col("since"))
    own = _with_returns(spans, paths, "since", "to")
    return own.with_columns(return_pct=_change(spans, paths, "growth_usd", "since", "to")).select(
        "year", pl.col("since").alias("from"), "to", "return_pct", *(f"{name.lower()}_pct" for name in BENCHMARKS)
    )


def _grown(levels: pl.DataFrame, first: date) -> pl.DataFrame:
    """Columns date, usd: what START_USD became since `first`; no rows if there is no level on that day."""
    base = levels.filter(pl.col("date") == first)["level"]
    if base.is_empty():
        return pl.DataFrame(schema={"date": pl.Date(), "usd": pl.Float64()})
    return levels.select("date", usd=pl.col("level") / base[0] * START_USD)


def _random(tried: StrategyRun) -> pl.DataFrame:
    """Columns date and random_p5_usd to random_p95_usd; no rows while the run is too short."""
    names = {name: f"random_{name}_usd" for name in BANDS}
    if tried.is_too_short:
        return pl.DataFrame(schema={"date": pl.Date(), **dict.fromkeys(names.values(), pl.Float64())})
    return tried.luck.bands.select("date", *((pl.col(name) * START_USD).alias(new) for name, new in names.items()))


def _drawdown(growth: pl.Expr) -> pl.Expr:
    return (growth / growth.cum_max() - 1) * 100


def _with_returns(spans: pl.DataFrame, paths: pl.DataFrame, since: str, until: str) -> pl.DataFrame:
    """`spans` with the return of each of BENCHMARKS between two of its columns; null if a day has no value."""
    return spans.with_columns(
        _change(spans, paths, f"{name.lower()}_usd", since, until).alias(f"{name.lower()}_pct") for name in BENCHMARKS
    )


def _change(spans: pl.DataFrame, paths: pl.DataFrame, series: str, since: str, until: str) -> pl.Series:
    levels = paths.select("date", level=series)
    sides = [
        spans.select(date=name).join(levels, on="date", how="left", maintain_order="left", validate="m:1")["level"]
        for name in (since, until)
    ]
    return (sides[1] / sides[0] - 1) * 100
