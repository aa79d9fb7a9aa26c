"""Returns between two dates.

The close "on" a date is the last one on or before it, at most 7 days old; never a later one. Returns are adjusted for
splits (tables.SPLITS, see `splits`). A ticker with an unclear jump between its two closes has no return but a reason;
so has one without a close on one of the dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ..tables import RETURNS, SPLITS, DividendsFrame, HeldBack, PricesFrame, ReturnsFrame, SplitsFrame, SplitStatus
from . import selection

_NEEDED = ("ticker", "date", "close", "source", "is_adjusted")


def measure_returns(
    prices: PricesFrame,
    base: date,
    end: date,
    splits: SplitsFrame,
    *,
    from_low: bool = False,
    dividends: DividendsFrame | None = None,
    covered: Sequence[str] = (),
) -> ReturnsFrame:
    """Price change in percent of each ticker from `base` to `end`.

    `splits` are those of these prices; any with status `replaced` are ignored. With `from_low` each ticker is measured
    from its lowest close between the two dates (adjusted for splits, the first of equal ones); an unclear jump anywhere
    between the dates then holds it back. With `dividends` returns are total: each dividend buys shares at the close of
    its ex-date; tickers that are not among `covered`, those whose dividends are known, are held back.

    One row for each ticker with a close in the window; one without a return has the reason in `held_back` and its kind
    in `held_back_kind`. Raises ValueError if `end` is before `base`.
    """
    if end < base:
        raise ValueError(f"the end, {end}, is before the base, {base}")
    oldest = base - timedelta(days=selection.MAX_AGE_DAYS)
    near = pl.col("date").is_between(oldest, end)
    if not from_low and dividends is None:  # the closes in between do not matter
        near = pl.col("date").is_between(oldest, base) | pl.col("date").is_between(
            end - timedelta(selection.MAX_AGE_DAYS), end
        )
    closes = prices.lazy().filter(near, pl.col("close").is_not_null()).select(_NEEDED).collect()
    window = selection.preferred(closes)
    events = SPLITS.fit(splits).filter(
        (pl.col("status") != SplitStatus.REPLACED).fill_null(True), pl.col("date").is_between(oldest, end)
    )
    starts = _lows(window, events, base) if from_low else _closes(window, base, "base")
    ends = _closes(window, end, "end")
    until_end = prices.lazy().filter(pl.col("date") <= end)
    first = until_end.group_by("ticker").agg(first=pl.col("date").min(), last=pl.col("date").max())
    spans = first.filter(pl.col("last") >= oldest).collect()
    pairs = spans.join(starts, on="ticker", how="left", validate="1:1").join(
        ends, on="ticker", how="left", validate="1:1"
    )
    pairs = pairs.join(_between(events, pairs, base if from_low else None), on="ticker", how="left", validate="1:1")
    ratio, paid = pl.col("split_ratio").fill_null(1.0), pl.lit(1.0)
    reasons = _reasons(base, end)
    if dividends is not None:
        paid = pl.col("dividend_factor").fill_null(1.0)
        pairs = pairs.join(_reinvested(dividends, window, pairs), on="ticker", how="left", validate="1:1")
        is_unknown = ~pl.col("ticker").is_in(list(covered))
        reason = pl.lit(
            "no source of dividends covers it; `tracker prices fetch --source yahoo`, or `import --dividends`"
        )
        reasons.append((is_unknown, HeldBack.NO_DIVIDENDS, reason))
    change = (pl.col("end_close") * ratio * paid / pl.col("base_close") - 1) * 100
    # rechunk: polars 2.1 panics when it formats text from columns of unlike chunks
    return RETURNS.fit(
        pairs.sort("ticker")
        .rechunk()
        .with_columns(
            split_ratio=ratio,
            dividend_factor=paid,
            held_back=pl.coalesce(pl.when(condition).then(reason) for condition, _, reason in reasons),
            held_back_kind=pl.coalesce(pl.when(condition).then(pl.lit(kind.value)) for condition, kind, _ in reasons),
        )
        .with_columns(return_pct=pl.when(pl.col("held_back_kind").is_null()).then(change))
    )


def _reasons(base: date, end: date) -> list[tuple[pl.Expr, HeldBack, pl.Expr]]:
    """Why a ticker has no return: the condition, its kind, and the reason as text; the first that is met counts."""
    week = f"nor in the {selection.MAX_AGE_DAYS} days before it"
    is_older = pl.col("first") < base - timedelta(days=selection.MAX_AGE_DAYS)
    return [
        (
            pl.col("base_close").is_null() & is_older,
            HeldBack.BREAK,
            pl.format(f"no close on {base}, {week}: not quoted then, though on {{}}", "first"),
        ),
        (
            pl.col("base_close").is_null(),
            HeldBack.NEW,
            pl.format(f"no close on {base}, {week}: newly listed, first close {{}}", "first"),
        ),
        (
            pl.col("end_close").is_null(),
            HeldBack.GONE,
            pl.format(
                f"no close on {end}, {week}: no longer quoted (delisted, merged or renamed), last close {{}}", "last"
            ),
        ),
        (
            pl.col("base_adjusted") != pl.col("end_adjusted"),
            HeldBack.MIXED,
            pl.lit("one close is adjusted for splits by its source, the other is not"),
        ),
        (
            pl.col("is_unclear").fill_null(False),
            HeldBack.UNCLEAR,
            pl.col("evidence").fill_null("a jump of the price that may be a split"),
        ),
    ]


def _closes(prices: PricesFrame, day: date, name: str) -> pl.DataFrame:
    """Each ticker's last row on or before `day`: ticker, `<name>_date`, `_close`, `_source`, `_adjusted`."""
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


def _lows(prices: PricesFrame, events: SplitsFrame, base: date) -> pl.DataFrame:
    """As `_closes`, for each ticker's lowest close from `base` on, in shares of the end."""
    needed = prices.filter(pl.col("date") >= base).select("ticker", "date", "close", "source", "is_adjusted")
    level = adjusted_closes(needed, events)
    lowest = level.group_by("ticker").agg(pl.col("adjusted").min())
    first = level.join(lowest, on=["ticker", "adjusted"], how="semi").sort("date")
    return first.unique("ticker", keep="first", maintain_order=True).select(_named("base"))


def adjusted_closes(prices: PricesFrame, splits: SplitsFrame) -> pl.DataFrame:
    """`prices` (one row a ticker and day) with `adjusted`: the close in shares of the last day.

    Splits with a ratio count unless they are `replaced`; closes that are already adjusted stay as they are.
    """
    used = splits.filter(pl.col("ratio").is_not_null(), (pl.col("status") != SplitStatus.REPLACED).fill_null(True))
    bounds = used.sort("ticker", "date").select(
        "ticker", split_date="date", later=pl.col("ratio").cum_prod(reverse=True).over("ticker")
    )
    split = prices.join(bounds, on="ticker", how="semi")
    others = prices.join(bounds, on="ticker", how="anti") if split.height else prices
    # the next split after a day has the product of all from then on
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


def _between(events: SplitsFrame, ends: pl.DataFrame, since: date | None) -> pl.DataFrame:
    """What happened between each ticker's two closes.

    Columns ticker, split_ratio, is_unclear (whether there was an unclear jump), evidence (the figures of the first).
    With `since`, unclear jumps count from that day on.
    """
    between = events.join(ends, on="ticker", how="inner", validate="m:1").filter(
        pl.col("date") <= pl.col("end_date"), ~(pl.col("base_adjusted") & pl.col("end_adjusted"))
    )
    counts = pl.col("date") > pl.col("base_date")
    is_unclear = pl.col("ratio").is_null() & (pl.col("date") > (pl.lit(since) if since else pl.col("base_date")))
    return (
        between.sort("ticker", "date")
        .group_by("ticker")
        .agg(
            split_ratio=pl.col("ratio").filter(counts).product(),
            is_unclear=is_unclear.any(),
            evidence=pl.col("evidence").filter(is_unclear).first(),
        )
    )


def _reinvested(dividends: DividendsFrame, prices: PricesFrame, ends: pl.DataFrame) -> pl.DataFrame:
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
