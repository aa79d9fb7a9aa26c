"""Splits of several sources: which of them count, and which unclear ones the holders' shares explain.

How prices show splits is in `split_detection`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from ..tables import SPLITS, PositionsFrame, SplitsFrame, SplitStatus

DETECTED = "detected"
NEAR_DAYS = 7  # a reported split overrides what is found within so many days


def settle(events: pl.DataFrame, precedence: Sequence[str] = ()) -> SplitsFrame:
    """`events` of several sources (columns of tables.SPLITS, whatever their status) with their status.

    A user's file overrides what a vendor reports, and that overrides what prices show; among files, those in
    `precedence` win in that order, then the name that sorts last. An event is `replaced` if an overriding source has
    one for the same ticker within 7 days; a ratio of 1 states that there was none.
    """
    rank = {source: place for place, source in enumerate(precedence)}

    def place(source: str) -> tuple[int, int]:
        return (0 if source.startswith("file:") else 2 if source == DETECTED else 1), rank.get(source, len(rank))

    names = sorted(events["source"].unique().to_list(), reverse=True)
    places = {name: number for number, name in enumerate(sorted(names, key=place))}
    ranked = events.with_columns(
        pl.col("source").replace_strict(places, default=None, return_dtype=pl.Int64).alias("place")
    )
    before = ranked.filter(pl.col("place") < len(places) - 1).select("ticker", by="date", by_place="place")
    replaced = (
        ranked.join(before, on="ticker", how="inner", validate="m:m")  # splits are few
        .filter(
            pl.col("by_place") < pl.col("place"),
            (pl.col("date") - pl.col("by")).abs() <= timedelta(days=NEAR_DAYS),
        )
        .select("ticker", "date", "source")
        .unique()
        .with_columns(replaced=True)
    )
    status = (
        pl.when("replaced")
        .then(pl.lit(SplitStatus.REPLACED.value))
        .when(pl.col("ratio").is_null())
        .then(pl.lit(SplitStatus.UNCLEAR.value))
    )
    return SPLITS.fit(
        ranked.join(replaced, on=["ticker", "date", "source"], how="left", validate="1:1")
        .with_columns(status=status.otherwise(pl.lit(SplitStatus.USED.value)))
        .sort(SPLITS.key)
    )


def by_holders(before: PositionsFrame, after: PositionsFrame, fewest: int = 3) -> pl.DataFrame:
    """How the share counts of a security's holders changed from one quarter (`before`) to the next (`after`).

    A split multiplies the shares of everybody who did not trade. Columns ticker; ratio, the median of shares after to
    shares before over those who held in both quarters; holders, their number; agreeing, the fraction of them within 1%
    of the median. One row per ticker with at least `fewest` holders in both quarters.
    """

    def held(positions: PositionsFrame, name: str) -> pl.DataFrame:
        shares = positions.filter(
            pl.col("ticker").is_not_null(), pl.col("share_type") == "SH", pl.col("put_call") == "", pl.col("shares") > 0
        )
        return shares.group_by("ticker", "cik").agg(pl.col("shares").sum().alias(name))

    both = held(before, "before").join(held(after, "after"), on=["ticker", "cik"], validate="1:1")
    change = pl.col("after") / pl.col("before")
    return (
        both.with_columns(change=change, ratio=change.median().over("ticker"))
        .group_by("ticker")
        .agg(
            pl.col("ratio").first(),
            holders=pl.len().cast(pl.Int64),
            agreeing=((pl.col("change") / pl.col("ratio") - 1).abs() < 0.01).mean(),
        )
        .filter(pl.col("holders") >= fewest)
        .sort("ticker")
    )


def confirm(events: SplitsFrame, holders: pl.DataFrame) -> SplitsFrame:
    """`events` of one quarter, unclear ones repaired if the holders' shares show the ratio.

    `holders` is what `by_holders` returns for the same quarter. A median is accepted if it is n or 1/n (halves,
    too), at least 3:2, shared by more than half of the holders, and the ticker has no other event in the quarter.
    """
    size = pl.max_horizontal("median", 1 / pl.col("median"))
    rounded = (size * 2).round() / 2
    plain = (rounded >= 1.5) & ((size / rounded - 1).abs() < 0.01) & (pl.col("agreeing") > 0.5)
    ratio = pl.when(pl.col("median") < 1).then(1 / rounded).otherwise(rounded)
    alone = pl.len().over("ticker") == 1
    with_median = events.join(holders.rename({"ratio": "median"}), on="ticker", how="left", validate="m:1")
    is_accepted = ((pl.col("status") == SplitStatus.UNCLEAR) & plain & alone).fill_null(False)
    evidence = pl.format(
        "{}; shares of {} holders x {} (median, {}% agree)",
        "evidence",
        "holders",
        pl.col("median").round_sig_figs(4),
        (pl.col("agreeing") * 100).round(0),
    )
    # rechunk: polars 2.1 panics when it formats text from columns of unlike chunks
    return SPLITS.fit(
        with_median.rechunk().with_columns(
            ratio=pl.when(is_accepted).then(ratio).otherwise("ratio"),
            status=pl.when(is_accepted).then(pl.lit(SplitStatus.USED.value)).otherwise("status"),
            evidence=pl.when(is_accepted).then(evidence).otherwise("evidence"),
        )
    )
