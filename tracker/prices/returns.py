"""Returns between two dates, the last close on a date, and which source a price is from.

A price "on" a date is the last close on or before it, at most 7 days old; never a later one. Returns are adjusted for
splits (tables.SPLITS, see `splits`); a ticker with an unclear jump between its two closes gets no return but the
reason. Those without a close on one of the dates are named too, apart: newly listed, or no longer quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ..tables import RETURNS, SPLITS
from . import selection

NEW, GONE, BREAK = "newly listed", "no longer quoted", "not quoted then"
UNCLEAR, MIXED, NO_DIVIDENDS = "unclear", "mixed", "no dividends"


def measure_returns(
    prices: pl.DataFrame,
    base: date,
    end: date,
    splits: pl.DataFrame,
    *,
    from_low: bool = False,
    dividends: pl.DataFrame | None = None,
    covered: Sequence[str] = (),
) -> pl.DataFrame:
    """Price change in percent of each ticker from `base` to `end` (tables.RETURNS).

    `prices` is tables.PRICES, `splits` tables.SPLITS of these prices (those with status `replaced` are passed over).
    With `from_low` each ticker is measured from its lowest close between the two dates (adjusted for splits, the first
    of equal ones); an unclear jump anywhere between the dates then holds it back. With `dividends` (tables.DIVIDENDS)
    returns are total: each dividend buys shares at the close of its ex-date; tickers that are not among `covered`,
    those of which the dividends are known, are held back.

    One row for each ticker with a close in the window; those without a return carry the reason in `held_back` and
    its kind in `held_back_kind`. Raises ValueError where `end` is before `base`.
    """
    if end < base:
        raise ValueError(f"the end, {end}, is before the base, {base}")
    oldest = base - timedelta(days=selection.MAX_AGE_DAYS)
    near = pl.col("date").is_between(oldest, end)
    if not from_low and dividends is None:  # what lies between is not looked at
        near = pl.col("date").is_between(oldest, base) | pl.col("date").is_between(
            end - timedelta(selection.MAX_AGE_DAYS), end
        )
    window = selection.preferred(prices.filter(near, pl.col("close").is_not_null()))
    events = SPLITS.fit(splits).filter(
        (pl.col("status") != "replaced").fill_null(True), pl.col("date").is_between(oldest, end)
    )
    starts = _lows(window, events, base) if from_low else _closes(window, base, "base")
    ends = _closes(window, end, "end")
    until_end = prices.lazy().filter(pl.col("date") <= end)
    first = until_end.group_by("ticker").agg(first=pl.col("date").min(), last=pl.col("date").max())
    span = first.filter(pl.col("last") >= oldest).collect()
    frame = span.join(starts, on="ticker", how="left", validate="1:1").join(
        ends, on="ticker", how="left", validate="1:1"
    )
    frame = frame.join(_between(events, frame, base if from_low else None), on="ticker", how="left", validate="1:1")
    ratio, paid = pl.col("split_ratio").fill_null(1.0), pl.lit(1.0)
    reasons = _reasons(base, end)
    if dividends is not None:
        paid = pl.col("dividend_factor").fill_null(1.0)
        frame = frame.join(_reinvested(dividends, window, frame), on="ticker", how="left", validate="1:1")
        unknown = ~pl.col("ticker").is_in(list(covered))
        reasons.append((unknown, pl.lit("no source of dividends covers it; `tracker prices fetch --source yahoo`"),
                        NO_DIVIDENDS))  # fmt: skip
    change = (pl.col("end_close") * ratio * paid / pl.col("base_close") - 1) * 100
    held_back = pl.coalesce(pl.when(when).then(said) for when, said, _ in reasons)
    # rechunk: polars 2.1 panics when it formats text from columns of unlike chunks
    return RETURNS.fit(
        frame.sort("ticker")
        .rechunk()
        .with_columns(
            split_ratio=ratio,
            dividend_factor=paid,
            held_back=held_back,
            held_back_kind=pl.coalesce(pl.when(when).then(pl.lit(kind)) for when, _, kind in reasons),
        )
        .with_columns(return_pct=pl.when(pl.col("held_back").is_null()).then(change))
    )


def _reasons(base: date, end: date) -> list[tuple[pl.Expr, pl.Expr, str]]:
    """Why a ticker has no return: when, in which words, and the kind; the first that holds is told."""
    week = f"nor in the {selection.MAX_AGE_DAYS} days before it"
    before = pl.col("first") < base - timedelta(days=selection.MAX_AGE_DAYS)
    return [
        (
            pl.col("base_close").is_null() & before,
            pl.format(f"no close on {base}, {week}: {BREAK}, though on {{}}", "first"),
            BREAK,
        ),
        (
            pl.col("base_close").is_null(),
            pl.format(f"no close on {base}, {week}: {NEW}, first close {{}}", "first"),
            NEW,
        ),
        (
            pl.col("end_close").is_null(),
            pl.format(f"no close on {end}, {week}: {GONE} (delisted, merged or renamed), last close {{}}", "last"),
            GONE,
        ),
        (
            pl.col("base_adjusted") != pl.col("end_adjusted"),
            pl.lit("one close is adjusted for splits by its source, the other is not"),
            MIXED,
        ),
        (pl.col("unclear").is_not_null(), pl.col("unclear"), UNCLEAR),
    ]


def _closes(prices: pl.DataFrame, day: date, name: str) -> pl.DataFrame:
    """Date, close and source of each ticker's last row on or before `day`, in columns that begin with `name`."""
    near = prices.filter(pl.col("date").is_between(day - timedelta(days=selection.MAX_AGE_DAYS), day))
    return near.sort("date").unique("ticker", keep="last", maintain_order=True).select(_named(name))


def _named(name: str) -> list[pl.Expr]:
    return [
        pl.col("ticker"),
        pl.col("date").alias(f"{name}_date"),
        pl.col("close").alias(f"{name}_close"),
        pl.col("source").alias(f"{name}_source"),
        pl.col("is_adjusted").fill_null(False).alias(f"{name}_adjusted"),
    ]


def _lows(prices: pl.DataFrame, events: pl.DataFrame, base: date) -> pl.DataFrame:
    """As `_closes`, of each ticker's lowest close from `base` on, in shares of the end."""
    needed = prices.filter(pl.col("date") >= base).select("ticker", "date", "close", "source", "is_adjusted")
    level = adjusted_closes(needed, events)
    lowest = level.group_by("ticker").agg(pl.col("adjusted").min())
    first = level.join(lowest, on=["ticker", "adjusted"], how="semi").sort("date")
    return first.unique("ticker", keep="first", maintain_order=True).select(_named("base"))


def adjusted_closes(prices: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """`prices` (one row a ticker and day) with `adjusted`: the close in shares of the last day.

    Splits count that are not `replaced` and have a ratio; closes that are adjusted already stay as they are.
    """
    known = splits.filter(pl.col("ratio").is_not_null(), (pl.col("status") != "replaced").fill_null(True))
    bounds = known.sort("ticker", "date").select(
        "ticker", split_date="date", later=pl.col("ratio").cum_prod(reverse=True).over("ticker")
    )
    split = prices.join(bounds, on="ticker", how="semi")
    others = prices.join(bounds, on="ticker", how="anti") if split.height else prices
    # the next split after a day tells the product of all from it on
    joined = split.with_columns(after=pl.col("date").dt.offset_by("1d")).sort("after")
    joined = joined.join_asof(
        bounds.sort("split_date"),
        left_on="after",
        right_on="split_date",
        by="ticker",
        strategy="forward",
        check_sortedness=False,
    )
    ratio = pl.when(pl.col("is_adjusted").fill_null(False)).then(1.0).otherwise(pl.col("later").fill_null(1.0))
    adjusted = joined.with_columns(adjusted=pl.col("close") / ratio).drop("after", "split_date", "later")
    return pl.concat([others.with_columns(adjusted=pl.col("close")), adjusted])


def _between(events: pl.DataFrame, ends: pl.DataFrame, since: date | None) -> pl.DataFrame:
    """What happened between each ticker's two closes: columns ticker, split_ratio, unclear (the first one's figures).

    With `since`, unclear jumps count from that day on.
    """
    found = events.join(ends, on="ticker", how="inner", validate="m:1").filter(
        pl.col("date") <= pl.col("end_date"), ~(pl.col("base_adjusted") & pl.col("end_adjusted"))
    )
    counts = pl.col("date") > pl.col("base_date")
    doubtful = pl.col("date") > (pl.lit(since) if since else pl.col("base_date"))
    return (
        found.sort("ticker", "date")
        .group_by("ticker")
        .agg(
            split_ratio=pl.col("ratio").filter(counts).product(),
            unclear=pl.col("evidence").filter(doubtful & pl.col("ratio").is_null()).first(),
        )
    )


def _reinvested(dividends: pl.DataFrame, prices: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Columns ticker, dividend_factor: shares at the end for one at the base, each dividend reinvested."""
    paid = dividends.group_by("ticker", "date").agg(pl.col("amount_usd").max())
    closes = prices.select("ticker", "date", "close")
    return (
        paid.join(ends.select("ticker", "base_date", "end_date"), on="ticker", validate="m:1")
        .filter(pl.col("date") > pl.col("base_date"), pl.col("date") <= pl.col("end_date"))
        .sort("date")
        .join_asof(closes.sort("date"), on="date", by="ticker", strategy="backward", check_sortedness=False)
        .group_by("ticker")
        .agg(dividend_factor=(1 + pl.col("amount_usd") / pl.col("close")).product())
    )
