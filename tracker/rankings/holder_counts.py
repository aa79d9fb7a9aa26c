"""Count holders: how many hedge-fund families hold a security, and what changed since the quarter before.

A holder is a family with shares above zero in its effective holdings (share type SH, no option side). Options are
counted separately, principal amounts (PRN) not at all. The counts are lower bounds: positions under 10,000 shares and
under $200,000 may be left out of a report (Form 13F, special instruction 10), as may those under confidential
treatment.

All CUSIPs with the same ticker are one security; a CUSIP without a ticker is a security of its own.
"""

from __future__ import annotations

import polars as pl

from ..quarters import Quarter
from ..tables import (
    HOLDER_COUNTS,
    POSITIONS,
    HolderCountsFrame,
    HoldingsFrame,
    ManagersFrame,
    PositionsFrame,
    SplitRatiosFrame,
)
from ..tables.row_keys import row_keys
from ..tables.text_codes import TextCodes
from .issuer_names import most_given
from .quarter_changes import CHANGES, IS_SHARES, SECURITY, compare_quarters
from .reporting import Reporting

_CODES = 2**32


def positions(holdings: HoldingsFrame, managers: ManagersFrame, tickers: pl.DataFrame) -> PositionsFrame:
    """What the hedge funds among `managers` hold; lines of zero shares are left out.

    `tickers` has columns cusip, ticker (see `ticker_map.tickers`).
    """
    funds = managers.filter("is_hedge_fund").select("cik", "manager_name", "family")
    is_not_option = pl.col("put_call") == ""
    portfolios = (
        holdings.filter(is_not_option)
        .group_by("period_of_report", "cik")
        .agg(pl.col("value_usd").sum().alias("portfolio_usd"))
    )
    # A join with one row gives one number, and polars divides by that as it multiplies by the reciprocal: alone, a
    # manager's shares would have other last digits than beside others. So there is always another row.
    portfolios = pl.concat([portfolios, portfolios.clear(1)])
    is_held = (pl.col("shares") > 0) | (pl.col("shares").is_null() & (pl.col("value_usd") > 0))
    held = holdings.filter(is_held).join(funds.select("cik"), on="cik", how="semi")
    held = held[row_keys(held, POSITIONS.key).arg_sort()]
    portfolio = pl.col("portfolio_usd")
    return POSITIONS.check(
        POSITIONS.fit(
            held.join(funds, on="cik", how="left", validate="m:1", maintain_order="left")
            .join(tickers, on="cusip", how="left", validate="m:1", maintain_order="left")
            .join(portfolios, on=["period_of_report", "cik"], how="left", validate="m:1", maintain_order="left")
            .with_columns(
                pl.when(is_not_option & (portfolio > 0))
                .then(pl.col("value_usd") / portfolio * 100)
                .alias("portfolio_pct")
            )
        )
    )


def count(
    positions: PositionsFrame,
    before: PositionsFrame | None = None,
    reporting: Reporting | None = None,
    splits: SplitRatiosFrame | None = None,
) -> HolderCountsFrame:
    """The counts of one period; `before` has the positions of the quarter before, None if it is not loaded.

    `reporting` has who reported for both quarters (`reporting.who_reported`): whether another one sold or bought is
    unknown, so it is neither `closed` nor `new`; what is known of nobody is null. `splits` has ticker and split_ratio
    of every ticker with prices between the two quarters' ends, 1 for no split. A security that nobody holds any more
    has a row with 0 holders.
    """
    period = positions["period_of_report"].unique()
    if period.len() > 1:
        raise ValueError(f"positions of {period.len()} periods; count one at a time")
    reporting = Reporting() if reporting is None else reporting
    now = positions.with_columns(SECURITY)
    counts, names = summarize(now), now
    if before is not None:
        then = before.with_columns(SECURITY)
        names = pl.concat([then.filter(~pl.col("security").is_in(now["security"].unique().to_list())), now])
        changes = compare_quarters(positions, before, reporting, splits)
        # what is held as options only has no row there
        known = [*(CHANGES if reporting.compared.len() else ()), *(["awaited"] if reporting.expected else ())]
        counts = counts.join(changes, on="security", how="full", coalesce=True, validate="1:1").with_columns(
            pl.col("holders", "filers", "call_holders", "put_holders", *known).fill_null(0),
            pl.col("shares", "value_usd").fill_null(0.0),  # nobody holds any: known, not missing
        )
        counts = counts.with_columns((pl.col("holders") + pl.col("awaited")).alias("holders_carried"))
        if period.is_empty() and before.height:
            period = pl.Series([Quarter.of(before["period_of_report"][0]).next.end])
    counts = counts.join(_named(names), on="security", how="left", validate="1:1").with_columns(
        pl.lit(period[0] if period.len() else None).alias("period_of_report")
    )
    return HOLDER_COUNTS.check(HOLDER_COUNTS.fit(counts).sort(HOLDER_COUNTS.key))


def summarize(positions: PositionsFrame) -> pl.DataFrame:
    """Holders, filers, shares, value, largest holder and option holders of each `security` (a column of its own)."""
    held = positions.lazy().filter(IS_SHARES).select("security", "family", "cik", "shares", "value_usd").collect()
    security, family = TextCodes.of(held["security"]), TextCodes.of(held["family"])
    held = held.with_columns(security.codes.alias("security"), family.codes.alias("family"))
    families = held.group_by(pl.col("security").cast(pl.UInt64) * _CODES + pl.col("family")).agg(pl.col("shares").sum())
    families = families.select(
        (pl.col("security") // _CODES).cast(pl.UInt32),
        (pl.col("security") % _CODES).cast(pl.UInt32).alias("family"),
        "shares",
    )
    is_largest = pl.col("shares") == pl.col("shares").max().over("security")
    largest = families.filter(is_largest)
    largest = largest.with_columns(family.texts.gather(largest["family"]).alias("family")).sort("family")
    largest = largest.unique("security", keep="first")
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
    shares = shares.join(largest, on="security", how="left", validate="1:1")
    return (
        shares.with_columns(security.texts.gather(shares["security"]).alias("security"))
        .join(sides, on="security", how="full", coalesce=True, validate="1:1")
        .with_columns(
            pl.col("holders", "filers", "call_holders", "put_holders").cast(pl.Int64).fill_null(0),
            pl.col("shares", "value_usd").fill_null(0.0),
        )
    )


def _named(positions: pl.DataFrame) -> pl.DataFrame:
    """Ticker, CUSIPs and names of each security; the first CUSIP is the one with the largest value held."""
    by_cusip = (
        positions.group_by("security", "ticker", "cusip")
        .agg(pl.col("value_usd").filter(IS_SHARES).sum())
        .join(most_given(positions), on="cusip", how="left", validate="m:1")
        .sort(["value_usd", "cusip"], descending=[True, False])
    )
    return by_cusip.group_by("security", maintain_order=True).agg(
        pl.col("ticker", "cusip", "name_of_issuer", "title_of_class").first(),
        pl.col("cusip").str.join(" ").alias("cusips"),
    )
