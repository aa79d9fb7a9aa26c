"""Every filing that mentions a security, and what became of it."""

from __future__ import annotations

from datetime import date

import polars as pl

from ..edgar_facts import SUBMISSION_ADDRESS
from ..lookup import Security, find_security
from ..output import Answer, Column
from ..quarters import Quarter
from ..securities import cusips
from ..settings import Settings
from ..store import Store
from ..tables import MANAGERS, REJECTS
from .as_of import NOW_KNOWN, View, view

COUNTED = "counted"
_COLUMNS = (
    Column("counts_as", "Holder", "integer"),
    Column("fate", "What became of it"),
    Column("manager_name", "Manager"),
    Column("put_call", "Option"),
    Column("shares", "Shares", "number"),
    Column("value", "Value, as filed", "number"),
    Column("filing_date", "Filed", "date"),
    Column("url", "Filing"),
)
_SHOWN_REJECTS = 10


def explain(settings: Settings, query: str, quarter: Quarter | None, known_on: date | None = None) -> Answer:
    """Every filing of the quarter that mentions the security: counted, or why not; `counts_as` adds up to holders."""
    with Store(settings) as store:
        seen = view(store, quarter, known_on)
        counts = store.holder_counts(seen.quarter)
        security = find_security(store, query, counts)
        rows = fates(store, seen, security)
        unread = store.read(REJECTS, severity="rejected")
    unread = unread.filter((pl.col("period_of_report") == seen.quarter.end).fill_null(True))
    holders = int(rows["counts_as"].sum())
    facts = {
        "ticker": security.ticker,
        "cusips": security.cusips,
        "name": security.name,
        "period_of_report": seen.quarter.end,
        "known_on": seen.known_on,
        "holders": holders,
        "rejected": unread.select("accession_number", "cik", "step", "reason").to_dicts(),
    }
    notes = [
        *security.notes,
        f"{holders} holders: families with a filing that is counted; a family's second filing or filer counts as 0.",
        *(
            f"Could not be read, so it may mention it: {number}: {reason}"
            for number, reason in unread.select("accession_number", "reason").head(_SHOWN_REJECTS).rows()
        ),
        *([f"and {unread.height - _SHOWN_REJECTS} more"] if unread.height > _SHOWN_REJECTS else []),
        *([f"As filed by {known_on}. {NOW_KNOWN}"] if known_on else []),
    ]
    title = f"{security.label}: {rows['accession_number'].n_unique()} filings mention it, {seen.quarter}"
    return Answer(title, _COLUMNS, rows.to_dicts(), facts, "filings", notes)


def fates(store: Store, seen: View, security: Security) -> pl.DataFrame:
    """One row a filing, share type and option side that mentions the security, those that are counted first."""
    lines = store.lines_of(seen.quarter.end, [*security.cusips])
    read = cusips.read(lines["cusip"])
    managers = store.read(MANAGERS).select("cik", "family", "is_hedge_fund", "basis")
    held = (
        lines.rename({"cusip": "filed"})
        .join(read, on="filed", how="left", validate="m:1")
        .with_columns(
            pl.when((pl.col("put_call") == "") & (pl.col("share_type") == "SH"))
            .then("option_side")
            .otherwise("put_call")
            .alias("put_call")
        )
        .group_by("accession_number", "cusip", "share_type", "put_call")
        .agg(pl.col("shares", "value").sum(), pl.len().alias("line_count"))
        .join(seen.filings, on="accession_number", how="inner", validate="m:1", suffix="_filing")
        .join(managers, on="cik", how="left", validate="m:1")
        .with_columns(_fate().alias("fate"))
    )
    is_counted = pl.col("fate") == COUNTED
    order = ["is_counted", "family", "filing_date", "accession_number", "cusip", "put_call"]
    held = held.with_columns(is_counted.alias("is_counted")).sort(order, descending=[True, *[False] * 5])
    first = pl.col("family").is_first_distinct()
    return held.select(
        pl.when("is_counted").then(first.cast(pl.Int64)).otherwise(0).alias("counts_as"),
        "fate",
        "cik",
        "manager_name",
        "family",
        "cusip",
        "share_type",
        "put_call",
        pl.when("is_share_value").then(None).otherwise("shares").alias("shares"),
        "value",
        "unit",
        "line_count",
        "form_type",
        "role",
        "filing_date",
        "accession_number",
        _url().alias("url"),
    )


def _fate() -> pl.Expr:
    return (
        pl.when(pl.col("role") == "replaced")
        .then(pl.format("replaced by {}", "replaced_by"))
        .when(pl.col("role") == "unknown amendment")
        .then(pl.format("amendment of unknown type {}", pl.col("amendment_type").fill_null("(none)")))
        .when(~pl.col("is_hedge_fund").fill_null(False))
        .then(pl.format("not a hedge fund ({})", pl.col("basis").fill_null("not classified")))
        .when(pl.col("put_call") != "")
        .then(pl.format("option: {}", pl.col("put_call").str.to_lowercase()))
        .when(pl.col("share_type") == "PRN")
        .then(pl.lit("principal amount of debt"))
        .when(pl.col("shares") == 0)
        .then(pl.lit("zero shares"))
        .otherwise(pl.lit(COUNTED))
    )


def _url() -> pl.Expr:
    """The submission's address on EDGAR, as the form index gives it."""
    return pl.format(SUBMISSION_ADDRESS, "cik", "accession_number")
