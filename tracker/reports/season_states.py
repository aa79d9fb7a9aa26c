"""Who holds what of a quarter at two moments of its filing season, and what lies between them.

At each moment a family *stands* with a security if its reports show it, or if it is awaited with it: it held it at the
quarter before and has not reported yet. What comes between two moments are then reports: a family gained is one that
stood with it neither way, a family lost is one whose report does not show it any more. A report that shows again what
was held before makes nobody a buyer, and a notice, after which others report for a manager, makes nobody a seller.
"""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from ..edgar_facts import SUBMISSION_ADDRESS
from ..rankings.quarter_changes import IS_SHARES, SECURITY, awaited_positions, traded
from ..store import Store
from ..tables import OPENING_ROLES, POSITIONS, PositionsFrame, Role, SplitRatiosFrame
from .as_of import View


class Move(StrEnum):
    """What came between two moments for one family and security."""

    GAINED = "gained"
    INCREASED = "increased"
    REDUCED = "reduced"
    KEPT = "kept"
    """awaited before, and its report shows the same shares"""
    NOT_KNOWN = "not_known"
    """reported, but the number of shares is missing at one of the moments"""
    LOST = "lost"
    NO_LONGER_AWAITED = "no_longer_awaited"
    """it gave notice that others report what it held"""


_KEY = ("security", "family")
_FACTS = ("cusip", "cik", "shares", "value_usd", "portfolio_pct", "accession_number", "is_awaited")


def standing(store: Store, seen: View) -> pl.DataFrame:
    """One row a security and family that holds it, or is awaited with it, in what a view has seen.

    Columns security (ticker, or CUSIP without one), family, shares (null if a part is not known), value_usd,
    is_awaited; and of its filer with the most of it: cik, cusip, portfolio_pct, accession_number.
    """
    positions = store.positions(seen.quarter) if seen.positions is None else seen.positions
    if not seen.reporting.awaited.len():
        return _by_family(positions, is_awaited=False)
    before = store.positions(seen.quarter.previous) if seen.before is None else seen.before
    awaited = awaited_positions(positions, before, seen.reporting)
    return pl.concat([_by_family(positions, is_awaited=False), _by_family(awaited, is_awaited=True)])


def at_start(store: Store, seen: View) -> pl.DataFrame:
    """As `standing`, before anybody had reported for the view's quarter: all of the quarter before is awaited."""
    is_loaded = seen.quarter.previous in store.quarters()
    before = seen.before
    if before is None:
        before = store.positions(seen.quarter.previous) if is_loaded else POSITIONS.frame()
    return _by_family(before, is_awaited=True)


def compare_states(then: pl.DataFrame, now: pl.DataFrame, seen: View, splits: SplitRatiosFrame) -> pl.DataFrame:
    """One row a security and family for which something came between; `then` and `now` as `standing` gives them.

    `seen` is the view of now. Columns security, family, move (one of Move), is_compared (whether the family's reports
    for both quarters are known, so that a gain is a purchase), shares_before (in shares of now), value_before_usd,
    was_awaited, those of `standing`, and filing_date, accession_number and url of the filing that showed it.
    """
    both = now.join(then, on=_KEY, how="full", coalesce=True, suffix="_then", validate="1:1")
    both = both.join(splits, left_on="security", right_on="ticker", how="left", validate="m:1")
    was_awaited, is_awaited = pl.col("is_awaited_then"), pl.col("is_awaited")
    # shares of the quarter before are compared over its splits, those of an earlier report for the same quarter are not
    ratio = pl.when(was_awaited).then(pl.col("split_ratio").fill_null(1.0)).otherwise(1.0)
    both = both.with_columns(
        ratio.alias("ratio"),
        pl.col("shares_then").alias("shares_before"),
        pl.col("value_usd_then").alias("value_before_usd"),
    )
    reported = seen.filings.filter(pl.col("role").is_in(OPENING_ROLES))["cik"].unique()
    is_compared = pl.col("family").is_in(seen.reporting.compared.to_list())
    has_reported = is_compared | pl.col("cik_then").is_in(reported.to_list())
    trade = traded(pl.col("ratio"))
    moves = [
        (is_awaited & was_awaited, None),
        (was_awaited.is_null(), Move.GAINED),
        (is_awaited.is_null() & has_reported, Move.LOST),
        (is_awaited.is_null(), Move.NO_LONGER_AWAITED),
        (is_awaited | pl.col("shares").is_null() | pl.col("shares_then").is_null(), Move.NOT_KNOWN),
        (trade > 0, Move.INCREASED),
        (trade < 0, Move.REDUCED),
        (was_awaited, Move.KEPT),
    ]
    move = pl.lit(None, pl.String)
    for condition, name in reversed(moves):
        move = pl.when(condition.fill_null(False)).then(pl.lit(name and name.value, pl.String)).otherwise(move)
    moved = both.with_columns(move.alias("move"), is_compared.alias("is_compared")).drop_nulls("move")
    moved = moved.with_columns(
        pl.coalesce("cik", "cik_then").alias("cik"),
        pl.coalesce("cusip", "cusip_then").alias("cusip"),
        (pl.col("shares_before") * pl.col("ratio")).alias("shares_before"),
        was_awaited.fill_null(False).alias("was_awaited"),
    )
    return _with_filings(moved, seen).select(
        *_KEY, "move", "is_compared", "shares_before", "value_before_usd", "was_awaited", *_FACTS, "filing_date", "url"
    )  # fmt: skip


def _by_family(positions: PositionsFrame, is_awaited: bool) -> pl.DataFrame:
    """Columns security, family and those of `_FACTS`; shares alone count, no options and no debt."""
    shares = pl.when(pl.col("shares").is_null().any()).then(None).otherwise(pl.col("shares").sum())
    largest_first = positions.filter(IS_SHARES).sort(["value_usd", "cusip"], descending=[True, False])
    by_filer = largest_first.group_by(SECURITY, "family", "cik", maintain_order=True).agg(
        pl.col("cusip", "accession_number").first(),
        shares.alias("shares"),
        pl.col("value_usd").sum(),
        pl.when(pl.col("portfolio_pct").count() > 0).then(pl.col("portfolio_pct").sum()).alias("portfolio_pct"),
    )
    largest_filer_first = by_filer.sort(["value_usd", "cik"], descending=[True, False])
    return (
        largest_filer_first.group_by(_KEY, maintain_order=True)
        .agg(
            pl.col("cusip", "cik", "accession_number", "portfolio_pct").first(),
            shares.alias("shares"),
            pl.col("value_usd").sum(),
        )
        .select(*_KEY, *_FACTS[:-1], pl.lit(is_awaited).alias("is_awaited"))
    )


def _with_filings(moved: pl.DataFrame, seen: View) -> pl.DataFrame:
    """`moved` with filing_date, accession_number and url of the filing that showed it.

    That is the newest that contributes to the position; if there is none any more, the newest that its manager, else
    its family, filed for the quarter.
    """
    current = seen.filings.filter(pl.col("role") != Role.REPLACED).sort("filing_date", "accession_number")
    families = seen.managers.select("cik", "family")
    by_manager = current.group_by("cik").agg(pl.col("accession_number").last().alias("of_manager"))
    by_family = (
        current.join(families, on="cik", how="inner", validate="m:1")
        .group_by("family", maintain_order=True)
        .agg(pl.col("accession_number").last().alias("of_family"))
    )
    dates = seen.filings.select("accession_number", "filing_date", pl.col("cik").alias("filer"))
    return (
        moved.join(by_manager, on="cik", how="left", validate="m:1")
        .join(by_family, on="family", how="left", validate="m:1")
        .with_columns(pl.coalesce("accession_number", "of_manager", "of_family").alias("accession_number"))
        .join(dates, on="accession_number", how="left", validate="m:1")
        .with_columns(
            pl.format(SUBMISSION_ADDRESS, pl.coalesce("filer", "cik"), "accession_number").alias("url"),
        )
    )
