"""What is measured of a portfolio: growth, risk, against a benchmark, and pick by pick.

Daily figures rest on 252 sessions a year. Returns are of one session's close to the next. What needs more sessions than
there are is null, and so is what divides by zero: a measure that is not known is never 0.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import polars as pl

SESSIONS_PER_YEAR = 252
FEWEST_SESSIONS = 60
"""returns that volatility, Sharpe, Sortino, beta and alpha need: a quarter's"""
DAYS_PER_YEAR = 365
"""the span in days that a yearly rate needs: shorter ones are not extrapolated to a year (as in the GIPS standards)"""
DELISTED = "delisted"
"""the value of the trades' column `end` for a stock that was delisted for anything but a merger"""

_REQUIRED_VOLATILITY = 1e-12  # what rounding leaves of a constant series


@dataclass(frozen=True)
class Measures:
    """The measures of one portfolio; None is not known, or too short to tell."""

    sessions: int
    """returns that the daily figures rest on"""
    total_return_pct: float | None
    """from the first value to the last"""
    cagr_pct: float | None
    """that a year, by sessions; None for less than a year"""
    volatility_pct: float | None
    """standard deviation of daily returns (with n - 1), a year"""
    sharpe: float | None
    """mean excess over the risk-free rate by its standard deviation, a year"""
    sortino: float | None
    """the same by the root mean square of the losses against the risk-free rate"""
    max_drawdown_pct: float | None
    """the deepest fall below an earlier high, zero or negative"""
    drawdown_days: int | None
    """calendar days from the high before the deepest fall until it is reached again, or to the end; None without one"""
    is_drawdown_over: bool | None
    """whether that high was reached again"""
    benchmark_return_pct: float | None
    """the benchmark's, from the first shared session to the last"""
    beta: float | None
    """slope of daily excess returns on the benchmark's (ordinary least squares)"""
    alpha_pct: float | None
    """the intercept of that, compounded to a year"""
    alpha_t: float | None
    """the intercept by its Newey-West standard error: see `newey_west_lags`"""
    picks: int
    """trades"""
    pick_hit_rate_pct: float | None
    """picks with a return above zero, of those whose return is known"""
    pick_win_rate_pct: float | None
    """picks that did better than the benchmark between their two days, of those for which both are known"""
    quarters: int
    """quarters with trades"""
    quarter_hit_rate_pct: float | None
    """quarters with a portfolio return above zero"""
    quarter_win_rate_pct: float | None
    """quarters in which the portfolio did better than the benchmark"""
    turnover_pct: float | None
    """part of the portfolio that is bought at a rebalance, mean of all after the first"""
    cost_usd: float | None
    """sum of the trades' column cost_usd; None if they have none"""
    names_delisted: int
    """tickers whose trade ended by a delisting other than a merger"""
    priced_pct: float | None
    """share of the picks' weight whose return is known"""


def measure(
    daily: pl.DataFrame, benchmark: pl.DataFrame | None, trades: pl.DataFrame, risk_free: float = 0.0
) -> Measures:
    """The measures of the portfolio `daily` against `benchmark`, with its `trades`.

    `daily` and `benchmark` have the columns date and value_usd, one row a session, in any order; the benchmark is
    compared on the sessions that both have. `trades` have quarter, ticker, weight (a fraction of the portfolio when it
    was bought), bought_on, sold_on (null while held), return_pct, end, and cost_usd if costs were taken. `risk_free` is
    a fraction a year. Raises ValueError for two values on one day, or one that is not above zero.
    """
    path, compared = _path(daily), _compared(daily, benchmark)
    values = {
        "sessions": max(path.height - 1, 0),
        **_growth(path, risk_free),
        **_drawdown(path),
        **_regression(compared, risk_free),
        **_picks(trades, compared),
        **_quarters(path, compared, trades),
        "turnover_pct": _turnover_pct(path, trades),
    }
    return Measures(**{field.name: values[field.name] for field in fields(Measures)})


def returns_of(values: pl.Expr) -> pl.Expr:
    """The return of each session, as a fraction; null for the first."""
    return values / values.shift() - 1


def newey_west_lags(sessions: int) -> int:
    """Lags of the Bartlett kernel: floor(4 (T / 100)^(2/9)), the usual rule (Newey and West, 1994)."""
    return int(4 * (sessions / 100) ** (2 / 9))


def _path(daily: pl.DataFrame) -> pl.DataFrame:
    """Columns date, value_usd, by date; raises ValueError as `measure` does."""
    path = daily.select("date", "value_usd").drop_nulls().sort("date")
    if path["date"].is_duplicated().any():
        raise ValueError("a portfolio has one value a day")
    if not (path["value_usd"] > 0).all():
        raise ValueError("the value of a portfolio is above zero")
    return path


def _last(path: pl.DataFrame) -> date | None:
    day: date | None = path.select(pl.col("date").max()).item()
    return day


def _compared(daily: pl.DataFrame, benchmark: pl.DataFrame | None) -> pl.DataFrame:
    """Columns date, value_usd, benchmark_usd of the sessions that both have."""
    if benchmark is None:
        return pl.DataFrame(schema={"date": pl.Date(), "value_usd": pl.Float64(), "benchmark_usd": pl.Float64()})
    theirs = _path(benchmark).rename({"value_usd": "benchmark_usd"})
    return _path(daily).join(theirs, on="date", validate="1:1", maintain_order="left")


def _growth(path: pl.DataFrame, risk_free: float) -> dict[str, Any]:
    """Return, growth and risk, over all sessions."""
    value, excess = pl.col("value_usd"), returns_of(pl.col("value_usd")) - _daily_rate(risk_free)
    is_year = (pl.col("date").max() - pl.col("date").min()).dt.total_days() >= DAYS_PER_YEAR
    is_long = path.height > FEWEST_SESSIONS
    deviation, downside = excess.std(), excess.clip(upper_bound=0).pow(2).mean().sqrt()
    year = float(SESSIONS_PER_YEAR)
    row = path.select(
        total_return_pct=pl.when(pl.len() > 1).then((value.last() / value.first() - 1) * 100),
        cagr_pct=pl.when(is_year).then(((value.last() / value.first()) ** (year / (pl.len() - 1)) - 1) * 100),
        volatility_pct=pl.when(pl.lit(is_long)).then(deviation * year**0.5 * 100),
        sharpe=pl.when(pl.lit(is_long), deviation > _REQUIRED_VOLATILITY).then(excess.mean() / deviation * year**0.5),
        sortino=pl.when(pl.lit(is_long), downside > _REQUIRED_VOLATILITY).then(excess.mean() / downside * year**0.5),
    )
    return row.row(0, named=True)


def _daily_rate(risk_free: float) -> float:
    return float((1 + risk_free) ** (1 / SESSIONS_PER_YEAR) - 1)


def _drawdown(path: pl.DataFrame) -> dict[str, Any]:
    """The deepest fall below an earlier high, and how long it took."""
    none = {"max_drawdown_pct": None, "drawdown_days": None, "is_drawdown_over": None}
    if path.height < 2:
        return none
    falls = path.with_columns(high=pl.col("value_usd").cum_max()).with_columns(
        fall=pl.col("value_usd") / pl.col("high") - 1,
        high_on=pl.when(pl.col("value_usd") == pl.col("high")).then("date").forward_fill(),
    )
    deepest = falls.sort("fall", "date").row(0, named=True)
    if deepest["fall"] == 0:
        return {**none, "max_drawdown_pct": 0.0}
    recovered = falls.filter(pl.col("date") > deepest["date"], pl.col("value_usd") >= deepest["high"])
    until = recovered["date"][0] if recovered.height else path["date"][-1]
    return {
        "max_drawdown_pct": deepest["fall"] * 100,
        "drawdown_days": (until - deepest["high_on"]).days,
        "is_drawdown_over": recovered.height > 0,
    }


def _regression(compared: pl.DataFrame, risk_free: float) -> dict[str, Any]:
    """Beta and alpha on the benchmark, and alpha's t by Newey and West without a correction for small samples."""
    change = (pl.col("benchmark_usd").last() / pl.col("benchmark_usd").first() - 1) * 100
    known: dict[str, Any] = {
        "benchmark_return_pct": compared.select(pl.when(pl.len() > 1).then(change)).item(),
        "beta": None,
        "alpha_pct": None,
        "alpha_t": None,
    }
    rate = _daily_rate(risk_free)
    excess = compared.select(
        y=returns_of(pl.col("value_usd")) - rate, x=returns_of(pl.col("benchmark_usd")) - rate
    ).drop_nulls()
    variance = excess["x"].var()
    if excess.height < FEWEST_SESSIONS or not isinstance(variance, float) or variance**0.5 <= _REQUIRED_VOLATILITY:
        return known
    fit = excess.select(beta=pl.cov("y", "x") / pl.col("x").var(), x=pl.col("x").mean(), y=pl.col("y").mean())
    beta, mean_x, mean_y = fit["beta"][0], fit["x"][0], fit["y"][0]
    alpha = mean_y - beta * mean_x
    # What each session adds to the error of the intercept: its row of inv(X'X) X' times the residual.
    squares = pl.col("x").var() * (pl.len() - 1)
    score = (1 / pl.len() - mean_x * (pl.col("x") - mean_x) / squares) * (pl.col("y") - alpha - beta * pl.col("x"))
    scores = excess.select(score=score)
    lags = newey_west_lags(excess.height)
    weighted = [
        2 * (1 - lag / (lags + 1)) * (pl.col("score") * pl.col("score").shift(lag)).sum() for lag in range(1, lags + 1)
    ]
    squared_error = scores.select(pl.sum_horizontal(pl.col("score").pow(2).sum(), *weighted)).item()
    is_exact = squared_error <= _REQUIRED_VOLATILITY**2
    return known | {
        "beta": beta,
        "alpha_pct": ((1 + alpha) ** SESSIONS_PER_YEAR - 1) * 100,
        "alpha_t": None if is_exact else alpha / squared_error**0.5,
    }


def _picks(trades: pl.DataFrame, compared: pl.DataFrame) -> dict[str, Any]:
    """Hit rates by pick, costs, delistings, and what is priced."""
    result, is_known = pl.col("return_pct"), pl.col("return_pct").is_not_null()
    row = trades.select(
        picks=pl.len(),
        pick_hit_rate_pct=(result > 0).mean() * 100,
        names_delisted=pl.col("ticker").filter((pl.col("end") == DELISTED).fill_null(False)).n_unique(),
        priced_pct=pl.when(pl.col("weight").sum() > 0).then(
            pl.col("weight").filter(is_known).sum() / pl.col("weight").sum() * 100
        ),
    ).row(0, named=True)
    cost = trades["cost_usd"].sum() if "cost_usd" in trades.columns and trades.height else None
    rows = trades.filter(is_known).select("bought_on", "sold_on", "return_pct")
    spans = _with_benchmark(
        rows.with_columns(pl.col("sold_on").fill_null(pl.lit(_last(compared), pl.Date()))), compared
    )
    wins = spans.filter(pl.col("benchmark_pct").is_not_null())
    return {
        **row,
        "cost_usd": cost,
        "pick_win_rate_pct": wins.select((result > pl.col("benchmark_pct")).mean() * 100).item(),
    }


def _with_benchmark(spans: pl.DataFrame, compared: pl.DataFrame) -> pl.DataFrame:
    """`spans` with `benchmark_pct`: the benchmark's return from bought_on to sold_on, null if a day is not shared."""
    on = compared.select("date", "benchmark_usd")
    joined = spans.join(on, left_on="bought_on", right_on="date", how="left", validate="m:1").join(
        on, left_on="sold_on", right_on="date", how="left", validate="m:1", suffix="_end"
    )
    return joined.with_columns(benchmark_pct=(pl.col("benchmark_usd_end") / pl.col("benchmark_usd") - 1) * 100)


def quarter_returns(path: pl.DataFrame, trades: pl.DataFrame) -> pl.DataFrame:
    """What each quarter's picks made of the portfolio: columns quarter, bought_on, sold_on, return_pct.

    A quarter runs from the first day on which its picks were bought to the next quarter's, the last one to the end of
    `path` (columns date, value_usd). The return is null if the path has no value on one of the days.
    """
    starts = trades.group_by("quarter").agg(pl.col("bought_on").min()).drop_nulls("bought_on").sort("bought_on")
    spans = starts.with_columns(sold_on=pl.col("bought_on").shift(-1).fill_null(pl.lit(_last(path), pl.Date())))
    values = path.select("date", "value_usd")
    return (
        spans.join(values, left_on="bought_on", right_on="date", how="left", validate="m:1", maintain_order="left")
        .join(
            values, left_on="sold_on", right_on="date", how="left", validate="m:1", suffix="_end", maintain_order="left"
        )
        .select(
            "quarter",
            "bought_on",
            "sold_on",
            return_pct=pl.when(pl.col("sold_on") > pl.col("bought_on")).then(
                (pl.col("value_usd_end") / pl.col("value_usd") - 1) * 100
            ),
        )
    )


def _quarters(path: pl.DataFrame, compared: pl.DataFrame, trades: pl.DataFrame) -> dict[str, Any]:
    """Hit rates by quarter."""
    results = quarter_returns(path, trades).drop_nulls("return_pct")
    wins = _with_benchmark(results, compared).drop_nulls("benchmark_pct")
    return {
        "quarters": trades["quarter"].n_unique(),
        "quarter_hit_rate_pct": results.select((pl.col("return_pct") > 0).mean() * 100).item(),
        "quarter_win_rate_pct": wins.select((pl.col("return_pct") > pl.col("benchmark_pct")).mean() * 100).item(),
    }


def _turnover_pct(path: pl.DataFrame, trades: pl.DataFrame) -> float | None:
    """The part bought at a rebalance, mean of all after the first.

    A name that is sold and bought on one day is carried over: only what its new weight is above the weight that it had
    grown to counts as bought.
    """
    starts = trades.group_by("quarter").agg(pl.col("bought_on").min()).drop_nulls("bought_on").sort("bought_on")
    if starts.height < 2:
        return None
    values = path.select("date", "value_usd")
    held = trades.drop_nulls(["sold_on", "return_pct"]).join(
        values, left_on="bought_on", right_on="date", validate="m:1", maintain_order="left"
    )
    held = held.join(values, left_on="sold_on", right_on="date", validate="m:1", maintain_order="left", suffix="_end")
    grown = pl.col("weight") * (1 + pl.col("return_pct") / 100) * pl.col("value_usd") / pl.col("value_usd_end")
    carried = held.group_by("ticker", bought_on="sold_on", maintain_order=True).agg(carried=grown.sum())
    # in the order of the trades, so that the last digits of a sum are the same again
    bought = trades.join(
        carried, on=["ticker", "bought_on"], how="left", validate="m:1", maintain_order="left"
    ).with_columns(bought=(pl.col("weight") - pl.col("carried").fill_null(0.0)).clip(lower_bound=0))
    later = bought.join(starts.slice(1).select("quarter"), on="quarter", how="semi", maintain_order="left")
    by_quarter = later.group_by("quarter", maintain_order=True).agg(pl.col("bought").sum())
    return float(by_quarter["bought"].sum()) / (starts.height - 1) * 100
