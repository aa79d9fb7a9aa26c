"""Count holders: how many hedge-fund families hold a security, and what changed since the quarter before.

A holder is a family with shares above zero in its effective holdings (share type SH, no option side). Options are
counted separately, principal amounts (PRN) not at all. The counts are lower bounds: positions under 10,000 shares and
under $200,000 may be left out of a report (Form 13F, special instruction 10), as may those under confidential
treatment.

All CUSIPs with the same ticker are one security; a CUSIP without a ticker is a security of its own.
"""

from __future__ import annotations

import polars as pl

from ..tables import (
    COUNTED_ROLES,
    HOLDER_COUNTS,
    POSITIONS,
    HolderCountsFrame,
    HoldingsFrame,
    JudgedFilingsFrame,
    ManagersFrame,
    PositionsFrame,
    SplitRatiosFrame,
)

# A position with an unknown number of shares is a holding, too: its filing reports it.
IS_SHARES = (pl.col("share_type") == "SH") & (pl.col("put_call") == "")
SECURITY = pl.coalesce("ticker", "cusip").alias("security")
# A split pays out fractions of a share in cash, for every account: a difference this small is not a trade.
_ROUNDING = 0.001


def positions(holdings: HoldingsFrame, managers: ManagersFrame, tickers: pl.DataFrame) -> PositionsFrame:
    """What the hedge funds among `managers` hold; lines of zero shares are left out.

    `tickers` has columns cusip, ticker (see `ticker_map.tickers`).
    """
    funds = managers.filter("is_hedge_fund").select("cik", "manager_name", "family")
    is_not_option = pl.col("put_call") == ""
    portfolio = pl.col("value_usd").filter(is_not_option).sum().over("period_of_report", "cik")
    is_held = (pl.col("shares") > 0) | (pl.col("shares").is_null() & (pl.col("value_usd") > 0))
    return POSITIONS.check(
        POSITIONS.fit(
            holdings.join(funds, on="cik", how="inner", validate="m:1")
            .join(tickers, on="cusip", how="left", validate="m:1")
            .with_columns(
                pl.when(is_not_option & (portfolio > 0))
                .then(pl.col("value_usd") / portfolio * 100)
                .alias("portfolio_pct")
            )
            .filter(is_held)
            .sort(POSITIONS.key)
        )
    )


def count(
    positions: PositionsFrame,
    before: PositionsFrame | None = None,
    reported: pl.Series | None = None,
    splits: SplitRatiosFrame | None = None,
) -> HolderCountsFrame:
    """The counts of one period; `before` has the positions of the quarter before, None if it is not loaded.

    `reported` has the families that reported for both quarters (`reporting_families`): whether another one sold or
    bought is unknown, as its filing is missing, late or unreadable, so it is neither `closed` nor `new`.
    `splits` has ticker and split_ratio of every ticker with prices between the two quarters' ends, 1 for no split.
    A security that nobody holds any more has a row with 0 holders.
    """
    period = positions["period_of_report"].unique()
    if period.len() > 1:
        raise ValueError(f"positions of {period.len()} periods; count one at a time")
    now = positions.with_columns(SECURITY)
    counts, names = summarize(now), now
    if before is not None:
        then = before.with_columns(SECURITY)
        names = pl.concat([then.filter(~pl.col("security").is_in(now["security"].unique().to_list())), now])
        counts = counts.join(
            _changes(now, then, reported, splits), on="security", how="full", coalesce=True, validate="1:1"
        ).with_columns(
            pl.col("holders", "filers", "call_holders", "put_holders").fill_null(0),
            pl.col("shares", "value_usd").fill_null(0.0),  # nobody holds any: known, not missing
            pl.col("holders_previous", "new", "closed", "increased", "reduced").fill_null(0),
        )
    counts = counts.join(_named(names), on="security", how="left", validate="1:1").with_columns(
        pl.lit(period[0] if period.len() else None).alias("period_of_report")
    )
    return HOLDER_COUNTS.check(HOLDER_COUNTS.fit(counts).sort(HOLDER_COUNTS.key))


def reporting_families(managers: ManagersFrame, *quarters: JudgedFilingsFrame) -> pl.Series:
    """Hedge-fund families with a report that counts in the filings of each quarter."""
    funds = managers.filter("is_hedge_fund").select("cik", "family")
    families = funds
    for filings in quarters:
        reports = filings.filter(pl.col("role").is_in(COUNTED_ROLES)).join(funds, on="cik", validate="m:1")
        families = families.join(reports, on="family", how="semi")
    return families["family"].unique()


def summarize(positions: PositionsFrame) -> pl.DataFrame:
    """Holders, filers, shares, value, largest holder and option holders of each `security` (a column of its own)."""
    held = positions.filter(IS_SHARES)
    families = held.group_by("security", "family").agg(pl.col("shares").sum())
    largest = families.sort(["shares", "family"], descending=[True, False]).unique("security", keep="first")
    shares = held.group_by("security").agg(
        pl.col("family").n_unique().alias("holders"),
        pl.col("cik").n_unique().alias("filers"),
        pl.col("shares", "value_usd").sum(),
    )
    sides = (
        positions.filter(pl.col("put_call") != "")
        .group_by("security")
        .agg(
            pl.col("family").filter(pl.col("put_call") == side).n_unique().alias(f"{side.lower()}_holders")
            for side in ("CALL", "PUT")
        )
    )
    largest = largest.rename({"family": "largest_holder", "shares": "largest_holder_shares"})
    return (
        shares.join(largest, on="security", how="left", validate="1:1")
        .join(sides, on="security", how="full", coalesce=True, validate="1:1")
        .with_columns(
            pl.col("holders", "filers", "call_holders", "put_holders").cast(pl.Int64).fill_null(0),
            pl.col("shares", "value_usd").fill_null(0.0),
        )
    )


def traded(ratio: pl.Expr) -> pl.Expr:
    """Shares bought (negative: sold) from `shares_before` to `shares`; a split gave `ratio` new shares for one old."""
    adjusted = pl.col("shares_before") * ratio
    trade = pl.col("shares") - adjusted
    is_trade = trade.abs() > pl.when(ratio == 1.0).then(0.0).otherwise(pl.max_horizontal(1.0, adjusted * _ROUNDING))
    return pl.when(is_trade).then(trade).otherwise(0.0)


def _named(positions: pl.DataFrame) -> pl.DataFrame:
    """Ticker, CUSIPs and names of each security; the first CUSIP is the one with the largest value held."""
    by_cusip = (
        positions.group_by("security", "ticker", "cusip")
        .agg(
            pl.col("value_usd").filter(IS_SHARES).sum(),
            pl.col("name_of_issuer", "title_of_class").drop_nulls().mode().sort().first(),
        )
        .sort(["value_usd", "cusip"], descending=[True, False])
    )
    return by_cusip.group_by("security", maintain_order=True).agg(
        pl.col("ticker", "cusip", "name_of_issuer", "title_of_class").first(),
        pl.col("cusip").str.join(" ").alias("cusips"),
    )


def _changes(
    now: pl.DataFrame, then: pl.DataFrame, reported: pl.Series | None, splits: SplitRatiosFrame | None
) -> pl.DataFrame:
    """Per security: families that held before; of those that reported for both quarters, what changed."""
    held = [
        frame.filter(IS_SHARES)
        .group_by("security", "family")
        .agg(pl.when(pl.col("shares").is_null().any()).then(None).otherwise(pl.col("shares").sum()).alias("shares"))
        .with_columns(pl.lit(True).alias("held"))
        for frame in (now, then)
    ]
    both = held[0].join(held[1], on=["security", "family"], how="full", coalesce=True, suffix="_before", validate="1:1")
    ratios = pl.DataFrame(schema={"ticker": pl.String, "split_ratio": pl.Float64}) if splits is None else splits
    both = both.join(ratios, left_on="security", right_on="ticker", how="left", validate="m:1")
    is_held, was_held = pl.col("held").is_not_null(), pl.col("held_before").is_not_null()
    trade = traded(pl.col("split_ratio").fill_null(1.0))
    is_known = pl.lit(True) if reported is None else pl.col("family").is_in(reported.unique().to_list())
    return both.group_by("security").agg(
        was_held.sum().cast(pl.Int64).alias("holders_previous"),
        (is_known & is_held & ~was_held).sum().cast(pl.Int64).alias("new"),
        (is_known & ~is_held & was_held).sum().cast(pl.Int64).alias("closed"),
        (trade > 0).sum().cast(pl.Int64).alias("increased"),
        (trade < 0).sum().cast(pl.Int64).alias("reduced"),
        pl.col("split_ratio").first(),
    )
