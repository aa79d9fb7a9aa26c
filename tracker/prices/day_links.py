"""How the reported changes of a whole day of prices fit the days before it in its source."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from ..tables import PricesFrame

FEWEST_NAMES = 100  # with a change, on both days, to judge a day as a whole
_FITS = 0.005  # the close that a change starts from against the close of the day before
_STEP = 0.10  # of the names may contradict a step: dividends, splits, errors
_BREAK = 0.25
_FILE, _FEW_DAYS = "file:", 2
_COPIED = 0.95  # of the names; on a common day up to 6% repeat close and change


class Link(StrEnum):
    """What the reported changes of a day say about the day before it in the source."""

    STEP = "step"
    """it is the session before"""
    SAME = "same"
    """it is the same session: the changes fit the day before that"""
    COPY = "copy"
    """it is the same session, and the rows are the same, too"""
    BREAK = "break"
    """it is not the session before, or has wrong closes"""
    UNKNOWN = "unknown"


def parted(prices: PricesFrame) -> pl.DataFrame:
    """Which rows are judged together: columns source, exchange (empty text for none), series and part.

    A series is a source, or all files of a day or two: a user may save each day in a file of its own. A part is an
    exchange, null for one with too few names beside large ones, and empty text if all are small. Sources that show
    nothing, as they have no changes or too few names, are left out.
    """
    sizes = (
        prices.lazy()
        .filter(pl.col("pct_change").is_not_null())
        .group_by("source", pl.col("exchange").fill_null(""), "date")
        .len()
        .group_by("source", "exchange")
        .agg(pl.col("len").median(), days=pl.len())
        .collect()
    )
    is_short = pl.col("source").str.starts_with(_FILE) & (pl.col("days").max().over("source") <= _FEW_DAYS)
    sizes = sizes.with_columns(series=pl.when(is_short).then(pl.lit(_FILE)).otherwise("source"))
    sizes = sizes.with_columns(names=pl.col("len").median().over("series", "exchange"))
    is_large = pl.col("names") >= FEWEST_NAMES
    alone = pl.when(~is_large.any().over("series")).then(pl.lit(""))
    return sizes.filter(
        pl.col("len").sum().over("source") >= FEWEST_NAMES, pl.col("days").sum().over("series", "exchange") > 1
    ).select("source", "exchange", "series", part=pl.when(is_large).then("exchange").otherwise(alone))


def measure(prices: PricesFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """How each day fits the one before it: columns series, part, date, link (a `Link`), names, contradicting_share.

    `parts` is what `parted` returns. `names` are those with a change, and a close on the day before;
    contradicting_share is the fraction of them whose change starts from another close.
    """
    start = pl.col("close") / (1 + pl.col("pct_change") / 100)
    rows = (
        prices.lazy()
        .filter(pl.col("source").is_in(parts["source"].unique().implode()))
        .select("source", "ticker", "date", "close", "pct_change", exchange=pl.col("exchange").fill_null(""))
        .join(parts.drop_nulls("part").lazy(), on=["source", "exchange"])
        .select("series", "part", "ticker", "date", "close", "pct_change", start=pl.when(start > 0).then(start))
        .with_columns(day=pl.col("date").rank("dense").over("series", "part").cast(pl.Int32))
        .collect()
        .sort("series", "part", "ticker", "day")
    )
    key = ("series", "part", "ticker")
    own_1 = pl.all_horizontal(pl.col(name) == pl.col(name).shift() for name in key)
    own_2 = pl.all_horizontal(pl.col(name) == pl.col(name).shift(2) for name in key)
    ago_1, ago_2 = pl.col("day") - pl.col("day").shift(), pl.col("day") - pl.col("day").shift(2)
    before = pl.when(own_1 & (ago_1 == 1)).then(pl.col("close").shift())
    earlier = pl.coalesce(
        pl.when(own_2 & (ago_2 == 2)).then(pl.col("close").shift(2)),
        pl.when(own_1 & (ago_1 == 2)).then(pl.col("close").shift()),
    )
    links = (
        rows.lazy()
        .with_columns(before=before, earlier=earlier, change_before=pl.col("pct_change").shift())
        .group_by("series", "part", "date")
        .agg(
            names=(pl.col("before").is_not_null() & pl.col("start").is_not_null()).sum().cast(pl.Int64),
            names_2=(pl.col("earlier").is_not_null() & pl.col("start").is_not_null()).sum(),
            off_1=((pl.col("start") / pl.col("before") - 1).abs() > _FITS).mean(),
            off_2=((pl.col("start") / pl.col("earlier") - 1).abs() > _FITS).mean(),
            copied=((pl.col("close") == pl.col("before")) & (pl.col("pct_change") == pl.col("change_before")))
            .filter(pl.col("before").is_not_null(), pl.col("pct_change") != 0)
            .mean(),
        )
        .collect()
    )
    is_enough, is_enough_2 = pl.col("names") >= FEWEST_NAMES, pl.col("names_2") >= FEWEST_NAMES
    judged = links.with_columns(
        pl.when(is_enough).then(pl.col("off_1", "copied")), pl.when(is_enough_2).then(pl.col("off_2"))
    )
    shown = judged.filter(pl.col("off_1").count().over("series", "part") > 0)
    return shown.select("series", "part", "date", "names", link=_kind(), contradicting_share="off_1")


def _kind() -> pl.Expr:
    off_1, off_2 = pl.col("off_1"), pl.col("off_2")
    return (
        pl.when(off_1.is_null())
        .then(pl.lit(Link.UNKNOWN.value))
        .when(pl.col("copied") >= _COPIED)
        .then(pl.lit(Link.COPY.value))
        .when(off_1 <= _STEP)
        .then(pl.lit(Link.STEP.value))
        .when(off_1 < _BREAK)
        .then(pl.lit(Link.UNKNOWN.value))
        .when(off_2 <= _STEP)
        .then(pl.lit(Link.SAME.value))
        .otherwise(pl.lit(Link.BREAK.value))
    )
