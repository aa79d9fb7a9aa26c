"""Which positions and securities stand out in a quarter: the rows of boards, from positions of managers."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ..rankings.quarter_changes import IS_SHARES, SECURITY
from ..tables import PositionsFrame, PricesFrame, SplitRatiosFrame, SplitsFrame, SplitStatus
from .position_changes import Change, change_of

CONVICTION_PCT = 5.0
DOUBLED = 2.0
FEWEST_CROWDED = 2  # families
_NAMES = ("cusip", "ticker", "name_of_issuer")
_MANAGER = ["cik", "security"]
_ISSUER = pl.col("cusip").str.head(6).alias("issuer")


def held(positions: PositionsFrame) -> pl.DataFrame:
    """One row a manager and security with shares: POSITIONS' columns added up over its CUSIPs, and `security`."""
    shares = pl.when(pl.col("shares").is_null().any()).then(None).otherwise(pl.col("shares").sum())
    return (
        positions.filter(IS_SHARES)
        .with_columns(SECURITY)
        .sort("value_usd", "cusip", descending=[True, False])
        .group_by(_MANAGER, maintain_order=True)
        .agg(
            pl.col(*_NAMES, "manager_name", "family", "accession_number").first(),
            shares.alias("shares"),
            pl.col("value_usd", "portfolio_pct").sum(),
            is_held=pl.lit(True),
        )
    )


def with_changes(
    now: pl.DataFrame, before: pl.DataFrame, reported_twice: pl.Series, ratios: SplitRatiosFrame
) -> pl.DataFrame:
    """`held` of a quarter with shares_before, adjusted for splits, and change (one of Change).

    Both are null of managers that have not reported for both quarters.
    """
    then = before.select(*_MANAGER, "shares", "is_held")
    both = now.join(then, on=_MANAGER, how="left", suffix="_before", validate="1:1")
    both = both.join(ratios, left_on="security", right_on="ticker", how="left", validate="m:1")
    ratio, is_known = pl.col("split_ratio").fill_null(1.0), pl.col("cik").is_in(reported_twice.implode())
    return both.with_columns(
        pl.when(is_known).then(change_of(ratio)).alias("change"),
        pl.when(is_known).then(pl.col("shares_before") * ratio).alias("shares_before"),
    ).drop("is_held", "is_held_before", "split_ratio")


def conviction(positions: pl.DataFrame) -> pl.DataFrame:
    """Positions of at least 5% of the book, the largest share first."""
    large = positions.filter(pl.col("portfolio_pct") >= CONVICTION_PCT)
    return large.sort("portfolio_pct", "cik", "cusip", descending=[True, False, False])


def doubled(positions: pl.DataFrame) -> pl.DataFrame:
    """Positions with at least twice the shares of the quarter before, the most valuable first; and `times`."""
    more = positions.filter(
        pl.col("change") == Change.INCREASED,
        pl.col("shares_before") > 0,
        pl.col("shares") >= DOUBLED * pl.col("shares_before"),
    )
    return more.with_columns(times=pl.col("shares") / pl.col("shares_before")).sort(
        "value_usd", "cik", "cusip", descending=[True, False, False]
    )


def first_buys(now: pl.DataFrame, earlier: Sequence[pl.DataFrame], reported_twice: pl.Series) -> pl.DataFrame:
    """Securities that nobody held in any earlier quarter and a manager that has reported for both now holds.

    `earlier` are `held` of other quarters, the newest first. A security without a ticker is told by its issuer's number
    (the CUSIP's first six characters), since a new CUSIP of the same shares is no new security.
    """
    known = pl.concat([each.select("security", "cusip", "ticker") for each in earlier])
    new = now.join(known, on="security", how="anti").join(known, on="cusip", how="anti")
    new = _without_kin(new, known)
    seen_buying = new.filter(pl.col("cik").is_in(reported_twice.implode()))
    return _by_security(new.join(seen_buying, on="security", how="semi"))


def sold_out(now: pl.DataFrame, before: pl.DataFrame, reported_twice: pl.Series) -> pl.DataFrame:
    """Securities that were held a quarter before, that nobody holds now, and whose every holder has reported for both.

    Columns as of `first_buys`; shares and value are those of the quarter before.
    """
    gone = before.join(now, on="security", how="anti").join(now, on="cusip", how="anti")
    gone = _without_kin(gone, now)
    unsure = gone.filter(~pl.col("cik").is_in(reported_twice.implode()))
    return _by_security(gone.join(unsure, on="security", how="anti"))


def crowded(now: pl.DataFrame, volumes: pl.DataFrame) -> pl.DataFrame:
    """Securities that two families or more hold, those that take longest to sell first.

    `volumes` has columns ticker, typical_volume; `days_to_trade` is the holders' shares divided by that.
    """
    several = _by_security(now).filter(pl.col("holders") >= FEWEST_CROWDED)
    traded = several.join(volumes.filter(pl.col("typical_volume") > 0), on="ticker", how="inner", validate="m:1")
    return traded.with_columns(days_to_trade=pl.col("shares") / pl.col("typical_volume")).sort(
        "days_to_trade", "cusip", descending=[True, False]
    )


def in_shares_of_the_end(prices: PricesFrame, splits: SplitsFrame, quarter_end: pl.Expr) -> PricesFrame:
    """`prices` whose volumes are in shares of the day `quarter_end`: those of the days before a split are multiplied.

    A source that adjusts its closes adjusts volumes, too, also for splits since.
    """
    used = splits.filter(pl.col("status") == SplitStatus.USED).select("ticker", "ratio", split_on="date")
    later = used.filter(pl.col("split_on") > quarter_end).group_by("ticker").agg(since=pl.col("ratio").product())
    until = used.filter(pl.col("split_on") <= quarter_end)
    rows = prices.filter(pl.col("ticker").is_in(until["ticker"].implode())).select("ticker", "date", "source")
    ahead = (
        rows.join(until, on="ticker")
        .filter(pl.col("split_on") > pl.col("date"))
        .group_by("ticker", "date", "source")
        .agg(ahead=pl.col("ratio").product())
    )
    volume = (
        pl.when(pl.col("is_adjusted").fill_null(False))
        .then(pl.col("volume") / pl.col("since").fill_null(1.0))
        .otherwise(pl.col("volume") * pl.col("ahead").fill_null(1.0))
    )
    both = prices.join(later, on="ticker", how="left", validate="m:1")
    both = both.join(ahead, on=["ticker", "date", "source"], how="left", validate="m:1")
    return both.with_columns(volume.alias("volume")).drop("since", "ahead")


def _without_kin(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """`rows` without those of an issuer among `others`, where one of the two has no ticker to tell them apart."""
    issuers = (
        others.select(_ISSUER, is_told=pl.col("ticker").is_not_null()).group_by("issuer").agg(pl.col("is_told").all())
    )
    kin = rows.with_columns(_ISSUER).join(issuers, on="issuer", how="left", validate="m:1")
    is_kin = pl.col("is_told").is_not_null() & (pl.col("ticker").is_null() | ~pl.col("is_told"))
    return kin.filter(~is_kin.fill_null(False)).drop("issuer", "is_told")


def _by_security(positions: pl.DataFrame) -> pl.DataFrame:
    """One row a security: names, holders (families), shares, value_usd, held_by and accession_number of the largest."""
    return (
        positions.sort("value_usd", "cik", descending=[True, False])
        .group_by("security", maintain_order=True)
        .agg(
            pl.col(*_NAMES).first(),
            holders=pl.col("family").n_unique().cast(pl.Int64),
            shares=pl.col("shares").sum(),
            value_usd=pl.col("value_usd").sum(),
            held_by=pl.col("family").unique(maintain_order=True).str.join("; "),
            accession_number=pl.col("accession_number").first(),
        )
        .sort("value_usd", "cusip", descending=[True, False])
    )
