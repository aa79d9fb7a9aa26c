"""Count holders: how many hedge-fund families hold a security, and what changed since the quarter before.

A holder is a family with shares above zero in its effective holdings (share type SH, no option side). Options are
counted apart, principal amounts (PRN) not at all. The counts are lower bounds: positions under 10,000 shares and
under $200,000 may be left out of a report (Form 13F, special instruction 10), as may those under confidential
treatment.
"""

from __future__ import annotations

import polars as pl

from .tables import HOLDER_COUNTS, POSITIONS

_IS_SHARES = (pl.col("share_type") == "SH") & (pl.col("put_call") == "") & (pl.col("shares") > 0)


def positions(holdings: pl.DataFrame, managers: pl.DataFrame) -> pl.DataFrame:
    """POSITIONS: what the hedge funds among MANAGERS hold, from HOLDINGS; lines of zero are left out."""
    funds = managers.filter("is_hedge_fund").select("cik", "manager_name", "family")
    is_no_option = pl.col("put_call") == ""
    portfolio = pl.col("value_usd").filter(is_no_option).sum().over("period_of_report", "cik")
    return POSITIONS.check(
        POSITIONS.fit(
            holdings.join(funds, on="cik", how="inner", validate="m:1")
            .with_columns(
                pl.when(is_no_option & (portfolio > 0))
                .then(pl.col("value_usd") / portfolio * 100)
                .alias("portfolio_pct")
            )
            .filter(pl.col("shares") > 0)
            .sort(POSITIONS.key)
        )
    )


def count(positions: pl.DataFrame, before: pl.DataFrame | None, reported: pl.Series) -> pl.DataFrame:
    """HOLDER_COUNTS of one period from its POSITIONS; `before` is the quarter before, None where it is not loaded.

    `reported` are the families that reported for both quarters: of one that did not (its filing is missing, late, or
    cannot be read) it is not known whether it sold or bought, so it is neither `closed` nor `new`.
    A security that is held no more has a row with 0 holders.
    """
    period = positions["period_of_report"].unique()
    if period.len() > 1:
        raise ValueError(f"positions of {period.len()} periods; count one at a time")
    held = summarize(positions, ["cusip"])
    if before is not None:
        held = held.join(_changes(positions, before, reported), on="cusip", how="full", coalesce=True, validate="1:1")
        held = held.with_columns(
            pl.col("holders", "filers", "call_holders", "put_holders").fill_null(0),
            pl.col("shares", "value_usd").fill_null(0.0),  # nobody holds any: that is known, not missing
            pl.col("holders_previous", "new", "closed", "increased", "reduced").fill_null(0),
        )
        names = pl.concat([before, positions])
    else:
        names = positions
    named = names.group_by("cusip").agg(pl.col("name_of_issuer", "title_of_class").drop_nulls().mode().sort().first())
    counted = held.join(named, on="cusip", how="left", validate="1:1").with_columns(
        pl.lit(period[0] if period.len() else None).alias("period_of_report")
    )
    return HOLDER_COUNTS.check(HOLDER_COUNTS.fit(counted).sort(HOLDER_COUNTS.key))


def summarize(positions: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Holders, filers, shares, value, the largest holder and option holders for each value of `by` columns.

    `by` is `["cusip"]`, or `["ticker"]` where several CUSIPs of one ticker are to be seen as one security.
    """
    held = positions.filter(_IS_SHARES)
    families = held.group_by(*by, "family").agg(pl.col("shares").sum())
    largest = families.sort(["shares", "family"], descending=[True, False]).group_by(by, maintain_order=True).first()
    options = positions.filter(pl.col("put_call") != "").group_by(by)
    shares = held.group_by(by).agg(
        pl.col("family").n_unique().alias("holders"),
        pl.col("cik").n_unique().alias("filers"),
        pl.col("shares", "value_usd").sum(),
    )
    sides = options.agg(
        pl.col("family").filter(pl.col("put_call") == "CALL").n_unique().alias("call_holders"),
        pl.col("family").filter(pl.col("put_call") == "PUT").n_unique().alias("put_holders"),
    )
    return (
        shares.join(
            largest.rename({"family": "largest_holder", "shares": "largest_holder_shares"}),
            on=by,
            how="left",
            validate="1:1",
        )
        .join(sides, on=by, how="full", coalesce=True, validate="1:1")
        .with_columns(
            pl.col("holders", "filers", "call_holders", "put_holders").cast(pl.Int64).fill_null(0),
            pl.col("shares", "value_usd").fill_null(0.0),
        )
    )


def _changes(positions: pl.DataFrame, before: pl.DataFrame, reported: pl.Series) -> pl.DataFrame:
    """Per CUSIP: families that held before; of those that reported both times the new, closed, increased, reduced."""
    now, then = (
        frame.filter(_IS_SHARES).group_by("cusip", "family").agg(pl.col("shares").sum())
        for frame in (positions, before)
    )
    both = now.join(then, on=["cusip", "family"], how="full", coalesce=True, suffix="_before", validate="1:1")
    shares, shares_before = pl.col("shares"), pl.col("shares_before")
    is_known = pl.col("family").is_in(reported.unique().to_list())
    return both.group_by("cusip").agg(
        shares_before.is_not_null().sum().cast(pl.Int64).alias("holders_previous"),
        (is_known & shares.is_not_null() & shares_before.is_null()).sum().cast(pl.Int64).alias("new"),
        (is_known & shares.is_null() & shares_before.is_not_null()).sum().cast(pl.Int64).alias("closed"),
        (shares > shares_before).sum().cast(pl.Int64).alias("increased"),
        (shares < shares_before).sum().cast(pl.Int64).alias("reduced"),
    )
