"""The market around the list: a cohort of micro-caps over a window, beside benchmarks.

A cohort is the stocks whose market cap is in the band *on the base date* of its window: nobody knew then which would be
micro-caps later. Stocks that left before the end (delisted, merged, renamed) have no return; they are counted, and
`with_gone` measures them at their last close, which shows what the survivors alone would hide.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ..band import Band
from ..tables import CohortFrame, HeldBack, PricesFrame, ReturnsFrame

BENCHMARKS = ("IWC", "IWM", "IWB", "OEF", "SPY")
"""Index funds to compare the cohort with, the closest to micro-caps first."""


def cohort(caps: PricesFrame, band: Band) -> CohortFrame:
    """Members of the band: columns ticker, market_cap_usd, sector.

    `caps` has one row a ticker, the last on or before the base date. Preferred series, units, warrants and rights are
    left out by their tickers and names; several tickers of one company (classes) are all members.
    """
    marks = r"\^|\.(?:W|WS|WT|U|UN|R|RT|RI)[A-Z]?$"
    return (
        caps.filter(
            pl.col("market_cap_usd").is_between(*band),
            ~pl.col("ticker").str.contains(marks),
            ~pl.col("name").str.contains(r"(?i)\b(?:warrants?|units?|rights?|preferred|notes?)\b").fill_null(False),
        )
        .select("ticker", "market_cap_usd", "sector")
        .sort("ticker")
    )


def measure(members: CohortFrame, returns: ReturnsFrame) -> dict[str, float | int | None]:
    """Figures of a cohort over one window.

    `members` is what `cohort` returns. cap_weighted_pct weights by market cap on the base date, equal_weighted_pct and
    median_pct count every stock alike, risers_pct is the share of stocks that rose; all are over `names`, the number of
    stocks with a return. `gone` have no close at the end, `held_back` have an unclear jump or no first close.
    A figure is None if no stock has a return.
    """
    is_gone = pl.col("held_back_kind") == HeldBack.GONE
    measured = members.join(
        returns.select("ticker", "return_pct", "held_back_kind"), on="ticker", how="left", validate="1:1"
    )
    change, weight = pl.col("return_pct"), pl.col("market_cap_usd")
    row = measured.select(
        cap_weighted_pct=(change * weight).sum() / weight.filter(change.is_not_null()).sum(),
        equal_weighted_pct=change.mean(),
        median_pct=change.median(),
        risers_pct=(change > 0).mean() * 100,
        names=change.count().cast(pl.Int64),
        gone=is_gone.sum().cast(pl.Int64),
        held_back=(change.is_null() & ~is_gone.fill_null(False)).sum().cast(pl.Int64),
    ).row(0, named=True)
    return row if row["names"] else {**row, "cap_weighted_pct": None}


def carried(members: CohortFrame, returns: ReturnsFrame, last: ReturnsFrame) -> ReturnsFrame:
    """`returns`, in which members that are no longer quoted are measured up to their last close.

    `last` has the return of each such ticker up to its last close.
    """
    gone = returns.filter(pl.col("held_back_kind") == HeldBack.GONE).join(members, on="ticker", how="semi")
    measured = last.join(gone, on="ticker", how="semi")
    return pl.concat([returns.join(measured, on="ticker", how="anti"), measured])


def by_sector(members: CohortFrame, returns: ReturnsFrame, fewest: int = 5) -> dict[str, dict[str, float | int | None]]:
    """`measure` of each sector in which at least `fewest` stocks have a return, by the sector's name."""
    parts = members.filter(pl.col("sector").is_not_null()).partition_by("sector", as_dict=True)
    sectors = {str(sector): measure(part, returns) for (sector,), part in parts.items()}
    return {name: sectors[name] for name in sorted(sectors) if int(sectors[name]["names"] or 0) >= fewest}


def low_of(members: CohortFrame, levels: pl.DataFrame) -> date | None:
    """The day on which the cohort, weighted by market cap, was lowest; None without a close.

    `levels` has ticker, date and `adjusted` (close in shares of one day) over the window. A stock without a close on a
    day counts at its last one; a stock without a close in the first week is ignored.
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
    # the sum is complete only once every stock has had its first close
    complete = index.filter(pl.col("date") >= early["since"].max())
    lowest = (complete if complete.height else index)["date"][0]
    assert isinstance(lowest, date)
    return lowest


def returns_of(tickers: Sequence[str], returns: ReturnsFrame) -> dict[str, float | None]:
    """Return in percent of each ticker that has one."""
    return dict(returns.filter(pl.col("ticker").is_in(list(tickers))).select("ticker", "return_pct").rows())
