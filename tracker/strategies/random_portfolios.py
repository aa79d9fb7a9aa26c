"""Random portfolios from the same stocks on the same days: what luck alone would have made.

Each portfolio draws its stocks anew every quarter from all candidates of that quarter, equally weighted when bought and
held to the quarter's end. The draws follow Python's generator, whose sequence is the same in every version, so a seed
gives the same portfolios again, whatever the order of the rows.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import reduce
from operator import add

import polars as pl

COUNT = 1_000
SEED = 13
BANDS = {"p5": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}


@dataclass(frozen=True)
class RandomPortfolios:
    """What the portfolios made of a dollar.

    `bands`: date, p5, p25, p50, p75, p95, one row a day, by date. `ends`: portfolio (from 0) and growth, on the last
    day.
    """

    bands: pl.DataFrame
    ends: pl.DataFrame

    def percentile(self, growth: float | None) -> float | None:
        """The share of portfolios that made less of a dollar than `growth`, in percent; of equal ones half counts.

        None if the growth is not known, or nothing could be drawn.
        """
        if growth is None or self.ends.is_empty():
            return None
        less, equal = pl.col("growth") < growth, pl.col("growth") == growth
        return float(self.ends.select((less.mean() + equal.mean() / 2) * 100).item())


def draw(
    growth: pl.DataFrame, size: int, *, count: int = COUNT, seed: int = SEED, cost_pct: float = 0.0
) -> RandomPortfolios:
    """`count` portfolios of `size` stocks each, a new one every quarter.

    `growth` has the columns quarter (a value that sorts in time), ticker, date and growth: what a dollar put into the
    ticker at the close on which the quarter's picks are bought was worth at the close of `date`, for every candidate of
    the quarter that could be bought. It is 1 on that first day, and stays at its last value once a stock has ended. A
    day without a close keeps the value before. A quarter's last day is the next one's first. `cost_pct` is taken when
    all is bought and when all is sold: hardly a stock is drawn twice in a row.

    Quarters with fewer candidates than `size` use all of them. Raises ValueError if a ticker's growth does not begin on
    its quarter's first day, since it could not have been bought.
    """
    if size < 1 or count < 1:
        raise ValueError("a portfolio has at least one stock, and there is at least one portfolio")
    chance, kept = random.Random(seed), 1 - cost_pct / 100  # noqa: S311 - a draw, not a secret
    value = pl.DataFrame({"portfolio": range(count), "growth": [1.0] * count})
    bands: list[pl.DataFrame] = []
    quarters = growth.drop_nulls("growth").partition_by("quarter", as_dict=True)
    for _, quarter in sorted(quarters.items()):
        wide = _by_day(quarter)
        days = wide.columns[1:]
        size_now = min(size, wide.height)
        picks = _picks(chance, wide.height, size_now, count)
        # one row a portfolio, all days beside each other: the mean of the rows of its picks
        matrix = wide.select(days)
        total = reduce(add, (matrix[column] for column in picks)) / size_now
        paths = total.with_columns(pl.col(days) * value["growth"] * kept)
        bands.append(_bands(paths))
        value = value.with_columns(growth=paths[days[-1]] * kept)
    if not bands:
        return RandomPortfolios(_bands(pl.DataFrame()), value.clear())
    # the day of a change of quarters is in both: its first value is that of the old portfolio
    return RandomPortfolios(pl.concat(bands).unique("date", keep="first", maintain_order=True), value)


def _by_day(quarter: pl.DataFrame) -> pl.DataFrame:
    """One row a ticker, by ticker, and a column of its growth for each day, in order; what is missing is filled."""
    days = [str(day) for day in quarter["date"].unique().sort()]
    wide = quarter.pivot("date", index="ticker", values="growth").select("ticker", *days).sort("ticker")
    late = wide.filter(pl.col(days[0]).is_null())
    if late.height:
        raise ValueError(f"{late['ticker'][0]} has no growth on {days[0]}, when the quarter's picks are bought")
    if not wide.select(pl.any_horizontal(pl.col(days).has_nulls())).item():
        return wide
    filled = wide.select(days).transpose().select(pl.all().forward_fill()).transpose(column_names=days)
    return filled.insert_column(0, wide["ticker"])


def _picks(chance: random.Random, candidates: int, size: int, count: int) -> list[pl.Series]:
    """`size` different numbers below `candidates` for each portfolio: the first of all portfolios, the second, ...

    A Fisher-Yates shuffle that stops after `size`; each begins with the order that the one before left.
    """
    order = list(range(candidates))
    picks: list[list[int]] = [[] for _ in range(size)]
    for _ in range(count):
        for place, column in enumerate(picks):
            other = place + int(chance.random() * (candidates - place))
            order[place], order[other] = order[other], order[place]
            column.append(order[place])
    return [pl.Series(column, dtype=pl.UInt32()) for column in picks]


def _bands(paths: pl.DataFrame) -> pl.DataFrame:
    """Quantiles of each column, a day's values: columns date and those of `BANDS`."""
    schema = {"date": pl.Date(), **dict.fromkeys(BANDS, pl.Float64())}
    if not paths.width:
        return pl.DataFrame(schema=schema)
    shares = [paths.select(pl.all().quantile(share, "linear")).row(0) for share in BANDS.values()]
    days = pl.Series("date", paths.columns, dtype=pl.String()).str.to_date()
    return pl.DataFrame({"date": days, **dict(zip(BANDS, shares, strict=True))}, schema=schema)
