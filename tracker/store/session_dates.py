"""Prices under the sessions that they are of: the rows are stored as supplied, and dated when they are read."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from ..tables import PRICES, PriceDaysFrame

LATEST = timedelta(days=10)
"""how much later than its session a day may be dated, weekends and holidays included"""

_EPOCH = date(1970, 1, 1).toordinal()
_EXCHANGES = 3  # Nasdaq, NYSE and NYSE American
_FEW = 8  # groups of exchanges: comparing each row with these texts is several times quicker than a join on them


def dated(supplied: pl.LazyFrame, days: PriceDaysFrame) -> pl.LazyFrame:
    """`supplied` (PRICES as their sources date them) with the rows of `days` under their sessions, or left out.

    Where a session has several rows of one ticker and source, the first counts.
    """
    moved = days.filter(pl.col("date").ne_missing(pl.col("supplied_date")))
    groups = _alike(moved)
    rows = _compared(supplied, moved, groups) if len(groups) <= _FEW else _joined(supplied, moved)
    rows = rows.filter(pl.col("date").is_not_null())
    return rows if _is_alike(days) else rows.unique(PRICES.key, keep="first", maintain_order=True)


def _alike(moved: PriceDaysFrame) -> list[pl.DataFrame]:
    """The sources and exchanges with the same days, together: frames of columns source, exchange."""
    spans = moved.sort("source", "exchange", "supplied_date").group_by("source", "exchange", maintain_order=True)
    days = spans.agg(pl.col("supplied_date").cast(pl.String).str.join(), pl.col("date").cast(pl.String).fill_null("-"))
    days = days.with_columns(pl.col("date").list.join(""))
    return days.partition_by("source", "supplied_date", "date", maintain_order=True)


def _compared(supplied: pl.LazyFrame, moved: PriceDaysFrame, groups: list[pl.DataFrame]) -> pl.LazyFrame:
    day = pl.col("date")
    session = day
    for group in groups:
        source, exchanges = group["source"][0], group["exchange"].to_list()
        days = moved.filter(source=source, exchange=exchanges[0])
        named = [pl.col("exchange") == exchange for exchange in exchanges if exchange]
        blank = [pl.col("exchange").is_null() | (pl.col("exchange") == "")] if "" in exchanges else []
        is_its = (pl.col("source") == source) & pl.any_horizontal(*named, *blank)
        session = pl.when(is_its).then(_session(days)).otherwise(session)
    return supplied.with_columns(session.alias("date"))


def _session(days: PriceDaysFrame) -> pl.Expr:
    """The session of a supplied day; `days` are those of one source and exchange that are not their own sessions."""
    day = pl.col("date")
    moved = days.select("supplied_date", session="date", is_moved=pl.lit(True))
    first, last = moved.select(pl.col("supplied_date").min(), last=pl.col("supplied_date").max()).row(0)
    every = pl.DataFrame({"supplied_date": pl.date_range(first, last, eager=True)})
    every = every.join(moved, on="supplied_date", how="left", validate="1:1", maintain_order="left")
    sessions = every.select(pl.when("is_moved").then("session").otherwise("supplied_date")).to_series()
    # looking up by place is several times quicker than by value
    place = (day.to_physical() - first.toordinal() + _EPOCH).clip(0, every.height - 1)
    return pl.when(day.is_between(first, last)).then(pl.lit(sessions).gather(place)).otherwise(day)


def _joined(supplied: pl.LazyFrame, moved: PriceDaysFrame) -> pl.LazyFrame:
    sessions = moved.lazy().select(
        "source", "supplied_date", pl.col("exchange").alias("_exchange"), session="date", is_moved=pl.lit(True)
    )
    return (
        supplied.with_columns(_exchange=pl.col("exchange").fill_null(""))
        .join(
            sessions,
            left_on=["source", "_exchange", "date"],
            right_on=["source", "_exchange", "supplied_date"],
            how="left",
            maintain_order="left",
        )
        .with_columns(date=pl.when("is_moved").then("session").otherwise("date"))
        .select(*PRICES.schema)
    )


def _is_alike(days: PriceDaysFrame) -> bool:
    """Whether all exchanges of each source are redated alike; else a ticker that changes them may have two rows."""
    redated = days.filter(pl.col("date") != pl.col("supplied_date"))
    of_source = redated.group_by("source").agg(pl.col("exchange").unique())
    by_date = redated.group_by("source", "supplied_date").len().join(of_source, on="source")
    is_whole = (pl.col("exchange").list.len() >= _EXCHANGES) | (pl.col("exchange") == [""])
    return bool(by_date.select((is_whole & (pl.col("len") == pl.col("exchange").list.len())).all()).item())
