"""Who of the hedge funds has filed for a quarter, who is awaited, and how it went day by day."""

from __future__ import annotations

from typing import Any

import polars as pl

from ..edgar_facts import SUBMISSION_ADDRESS
from ..quarters import Quarter
from ..store import Store
from ..tables import (
    JUDGED_FILINGS,
    OPENING_ROLES,
    REJECTS,
    JudgedFilingsFrame,
    Role,
    Severity,
    dollars_per_unit,
)
from .as_of import View

_SPEAKS = (*OPENING_ROLES, Role.REPLACED, Role.NOTICE)  # roles of a filing with which a manager answers for the quarter


def list_filed(seen: View) -> list[dict[str, Any]]:
    """The hedge funds' filings in a view, the newest first: a dict each, with `is_first` for a manager's first.

    Keys filing_date, family, manager_name, cik, form_type, role, line_count, value_usd, is_first, accession_number,
    url.
    """
    value = pl.col("value_total") * dollars_per_unit(pl.col("unit"))
    filed = _of_funds(seen, seen.filings).with_columns(
        value.alias("value_usd"), pl.format(SUBMISSION_ADDRESS, "cik", "accession_number").alias("url")
    )
    filed = filed.sort("filing_date", "accession_number").with_columns(
        pl.col("cik").is_first_distinct().alias("is_first")
    )
    return (
        filed.sort(["filing_date", "value_usd", "accession_number"], descending=[True, True, False], nulls_last=True)
        .select(
            *("filing_date", "family", "manager_name", "cik", "form_type", "role", "line_count", "value_usd"),
            *("is_first", "accession_number", "url"),
        )
        .to_dicts()
    )


def list_awaited(store: Store, seen: View) -> list[dict[str, Any]]:
    """The managers that are awaited, the largest first: a dict each.

    Keys family, manager_name, cik, value_usd (what it reported for the quarter before), filed_previous (the day on
    which it did), unread (the accession number of a filing for the quarter that could not be used; null if there is
    none).
    """
    before = store.read(JUDGED_FILINGS, period_of_report=seen.quarter.previous.end)
    before = before.filter(pl.col("role").is_in(OPENING_ROLES) & (pl.col("filing_date") <= seen.known_on))
    value = pl.col("value_total") * dollars_per_unit(pl.col("unit"))
    reported = (
        before.sort("filing_date", "accession_number")
        .group_by("cik", maintain_order=True)
        .agg(value.last().alias("value_usd"), pl.col("filing_date").first().alias("filed_previous"))
    )
    rejected = store.read(REJECTS, period_of_report=seen.quarter.end, severity=Severity.REJECTED)
    unread = rejected.drop_nulls("cik").group_by("cik").agg(pl.col("accession_number").max().alias("unread"))
    awaited = seen.managers.filter(pl.col("cik").is_in(seen.reporting.awaited.to_list()))
    return (
        awaited.select("family", "manager_name", "cik")
        .join(reported, on="cik", how="left", validate="1:1")
        .join(unread, on="cik", how="left", validate="1:1")
        .sort(["value_usd", "manager_name", "cik"], descending=[True, False, False], nulls_last=True)
        .to_dicts()
    )


def count_days(store: Store, seen: View) -> list[dict[str, Any]]:
    """The days on which hedge funds filed for the quarter, the newest first: a dict each.

    Keys filing_date, filings, amendments, families (of those that reported for the quarter before, the ones that were
    complete on this day), new_families (that had not reported for it), families_to_date and families_pct (of the
    former, all by then, and their share; null if the quarter before is not loaded).
    """
    filed = _of_funds(seen, seen.filings)
    days = filed.group_by("filing_date").agg(
        pl.len().cast(pl.Int64).alias("filings"),
        pl.col("form_type").str.ends_with("/A").sum().cast(pl.Int64).alias("amendments"),
    )
    expected = seen.reporting.expected
    complete = _completed(store, seen, filed).group_by("filing_date").agg(
        pl.col("is_expected").sum().cast(pl.Int64).alias("families"),
        (~pl.col("is_expected")).sum().cast(pl.Int64).alias("new_families"),
    )  # fmt: skip
    days = days.join(complete, on="filing_date", how="left", validate="1:1").sort("filing_date")
    days = days.with_columns(pl.col("families", "new_families").fill_null(0))
    days = days.with_columns(pl.col("families").cum_sum().alias("families_to_date")).reverse()
    if not expected:
        unknown = ("families", "new_families", "families_to_date")
        return days.with_columns(
            *(pl.lit(None, pl.Int64).alias(name) for name in unknown), pl.lit(None, pl.Float64).alias("families_pct")
        ).to_dicts()
    return days.with_columns((pl.col("families_to_date") * 100 / expected).alias("families_pct")).to_dicts()


def _completed(store: Store, seen: View, filed: pl.DataFrame) -> pl.DataFrame:
    """Families without an awaited manager, and the day since which that is so: columns filing_date, is_expected.

    That is the day on which the last of the family's managers that had reported for the quarter before answered for
    this one; of a family that had none, the day of its first report.
    """
    funds = seen.managers.filter("is_hedge_fund")
    before = _reports(seen, store, seen.quarter.previous)
    answered = filed.filter(pl.col("role").is_in(_SPEAKS)).group_by("cik").agg(pl.col("filing_date").min())
    managers = (
        funds.select("cik", "family")
        .join(answered, on="cik", how="left", validate="1:1")
        .with_columns(
            pl.col("cik").is_in(before.to_list()).alias("was_there"),
            pl.col("cik").is_in(seen.reporting.awaited.to_list()).alias("is_awaited"),
        )
    )
    is_expected = pl.col("was_there").any()
    # a manager that passed its reports on to another CIK of its firm has no filing of its own
    last = pl.coalesce(pl.col("filing_date").filter(pl.col("was_there")).max(), pl.col("filing_date").max())
    families = managers.group_by("family").agg(
        is_expected.alias("is_expected"),
        pl.when(is_expected).then(last).otherwise(pl.col("filing_date").min()).alias("filing_date"),
        pl.col("is_awaited").any(),
    )
    return families.filter(~pl.col("is_awaited")).drop_nulls("filing_date")


def _reports(seen: View, store: Store, quarter: Quarter) -> pl.Series:
    """CIKs with a report of their own for `quarter`, as far as it had been filed on the view's day."""
    filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end)
    by_then = filings.filter(pl.col("role").is_in(_SPEAKS[:-1]) & (pl.col("filing_date") <= seen.known_on))
    return by_then["cik"].unique()


def _of_funds(seen: View, filings: JudgedFilingsFrame) -> pl.DataFrame:
    """The filings of those counted, with the column family."""
    funds = seen.managers.filter("is_hedge_fund").select("cik", "family")
    return filings.join(funds, on="cik", how="inner", validate="m:1")
