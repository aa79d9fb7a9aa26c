"""The market around the list: a cohort of micro-caps over a window, beside benchmarks.

A cohort is the names whose market cap lies in the band *on the base date* of its window: nobody knew then who would be
a micro-cap later. Names that left before the end (delisted, merged, renamed) have no return; they are counted, and
`with_gone` measures them at their last close, so that one can see what the survivors alone would hide.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

BENCHMARKS = ("IWC", "IWM", "IWB", "OEF", "SPY")
"""Index funds that the cohort is shown beside, the closest to micro-caps first."""


def cohort(caps: pl.DataFrame, low_usd: float, high_usd: float) -> pl.DataFrame:
    """Members of the band: columns ticker, market_cap_usd, sector.

    `caps` is tables.PRICES with one row a ticker, the last on or before the base date. Preferred series, units,
    warrants and rights are left out by their tickers; several tickers of one company (classes) are all in.
    """
    marks = r"\^|\.(?:W|WS|WT|U|UN|R|RT|RI)[A-Z]?$"
    return (
        caps.filter(
            pl.col("market_cap_usd").is_between(low_usd, high_usd),
            ~pl.col("ticker").str.contains(marks),
            ~pl.col("name").str.contains(r"(?i)\b(?:warrants?|units?|rights?|preferred|notes?)\b").fill_null(False),
        )
        .select("ticker", "market_cap_usd", "sector")
        .sort("ticker")
    )


def measure(members: pl.DataFrame, returns: pl.DataFrame) -> dict[str, float | int | None]:
    """Figures of a cohort over one window.

    `members` is what `cohort` says, `returns` tables.RETURNS. cap_weighted_pct weighs by market cap on the base date,
    equal_weighted_pct and median_pct count every name alike, risers_pct is the part of names that rose; all over
    `names`, those with a return. `gone` have no close at the end any more, `held_back` have an unclear jump or no close
    of the base date. None where there is no name.
    """
    kind = pl.col("held_back_kind")
    known = members.join(
        returns.select("ticker", "return_pct", "held_back_kind"), on="ticker", how="left", validate="1:1"
    )
    change, weight = pl.col("return_pct"), pl.col("market_cap_usd")
    row = known.select(
        cap_weighted_pct=(change * weight).sum() / weight.filter(change.is_not_null()).sum(),
        equal_weighted_pct=change.mean(),
        median_pct=change.median(),
        risers_pct=(change > 0).mean() * 100,
        names=change.count().cast(pl.Int64),
        gone=(kind == "no longer quoted").sum().cast(pl.Int64),
        held_back=(change.is_null() & (kind != "no longer quoted").fill_null(True)).sum().cast(pl.Int64),
    ).row(0, named=True)
    return row if row["names"] else {**row, "cap_weighted_pct": None}


def carried(members: pl.DataFrame, returns: pl.DataFrame, last: pl.DataFrame) -> pl.DataFrame:
    """`returns` (tables.RETURNS), those of members that are no longer quoted up to their last close.

    `last` is tables.RETURNS too, of each such ticker up to the day of its last close.
    """
    gone = returns.filter(pl.col("held_back_kind") == "no longer quoted").join(members, on="ticker", how="semi")
    measured = last.join(gone, on="ticker", how="semi")
    return pl.concat([returns.join(measured, on="ticker", how="anti"), measured])


def by_sector(
    members: pl.DataFrame, returns: pl.DataFrame, fewest: int = 5
) -> dict[str, dict[str, float | int | None]]:
    """`measure` of each sector with at least `fewest` names that have a return, by its name."""
    parts = members.filter(pl.col("sector").is_not_null()).partition_by("sector", as_dict=True)
    found = {str(sector): measure(part, returns) for (sector,), part in parts.items()}
    return {name: found[name] for name in sorted(found) if int(found[name]["names"] or 0) >= fewest}


def low_of(members: pl.DataFrame, levels: pl.DataFrame) -> date | None:
    """The day on which the cohort, weighted by market cap, stood lowest; None without a close.

    `levels` has ticker, date and `adjusted` (close in shares of one day) over the window. Names count from the base
    date on, at the close before where one lacks a session, at the last close where one has left; names without a
    close in the first week are passed over.
    """
    weights = members.select("ticker", "market_cap_usd")
    own = levels.select("ticker", "date", "adjusted").join(weights, on="ticker", how="inner", validate="m:1")
    if own.is_empty():
        return None
    days = own.select(pl.col("date").unique().sort())
    first = own.sort("date").group_by("ticker", maintain_order=True).agg(
        pl.col("adjusted").first().alias("start"), pl.col("date").first().alias("since")
    )  # fmt: skip
    early = first.filter((pl.col("since") - days["date"][0]).dt.total_days() <= 7)
    grid = early.join(days, how="cross").sort("date")
    closes = own.select("ticker", "date", "adjusted", "market_cap_usd").sort("date")
    filled = grid.join_asof(closes, on="date", by="ticker", strategy="backward", check_sortedness=False)
    value = (pl.col("adjusted") / pl.col("start") * pl.col("market_cap_usd")).sum()
    index = filled.group_by("date").agg(value.alias("value")).sort("value", "date")
    # before each name has its first close the sum is not whole
    whole = index.filter(pl.col("date") >= early["since"].max())
    found = (whole if whole.height else index)["date"][0]
    assert isinstance(found, date)
    return found


def returns_of(tickers: Sequence[str], returns: pl.DataFrame) -> dict[str, float | None]:
    """Return in percent of each ticker that has one."""
    return dict(returns.filter(pl.col("ticker").is_in(list(tickers))).select("ticker", "return_pct").rows())
