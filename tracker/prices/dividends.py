"""Dividends of several sources: which of them count, and of which stocks all are known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ..tables import DIVIDENDS, DividendsFrame

_SAME = timedelta(days=7)  # one payment, on the day that each source gives it
_YEAR = timedelta(days=366)
_REACH = timedelta(days=100)  # a quarter and the days by which payments move


def settle(sources: Sequence[DividendsFrame]) -> DividendsFrame:
    """The dividends that count, of `sources` from the weakest to the strongest; one row a ticker and day.

    From a week before a source's first row of a ticker to a week after its last, it alone counts: so a payment that two
    sources date a few days apart is not counted twice. Outside of that, weaker ones do.
    """
    settled = DIVIDENDS.frame()
    for dividends in sources:
        spans = dividends.group_by("ticker").agg(first=pl.col("date").min() - _SAME, last=pl.col("date").max() + _SAME)
        is_within = pl.col("date").is_between(pl.col("first"), pl.col("last")).fill_null(False)
        others = settled.join(spans, on="ticker", how="left", validate="m:1").filter(~is_within)
        settled = pl.concat([DIVIDENDS.fit(others), DIVIDENDS.fit(dividends)])
    return settled.sort(DIVIDENDS.key)


def covered(dividends: DividendsFrame, since: date, until: date) -> list[str]:
    """The tickers of which `dividends`, those of the user's files, show all that was paid between two days.

    A file does not say what it leaves out. It is taken to be complete if it has a row of the ticker within 100 days
    after `since`, or before, and one within 100 days before `until`, or after: what is paid quarterly has. A row with
    an amount of 0 speaks for the year before it.
    """
    speaks_from = pl.when(pl.col("amount_usd") == 0).then(pl.col("date") - _YEAR).otherwise("date")
    spans = dividends.group_by("ticker").agg(first=speaks_from.min(), last=pl.col("date").max())
    reaching = spans.filter(pl.col("first") <= since + _REACH, pl.col("last") >= until - _REACH)
    return sorted(reaching["ticker"])
