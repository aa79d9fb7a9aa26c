"""Every filing that mentions a security, and what became of it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import polars as pl

from ..edgar_facts import SUBMISSION_ADDRESS
from ..lookup import Security, find_security
from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..securities import cusips
from ..settings import Settings
from ..store import Store
from ..tables import REJECTS, Role, Severity
from .as_of import IS_MARKET_MAKER, NOW_KNOWN, View, note_market_makers, view


class Fate(StrEnum):
    """What became of a filing's position in a security."""

    COUNTED = "counted"
    REPLACED = "replaced"
    """a later filing replaces it"""
    UNKNOWN_AMENDMENT = "unknown_amendment"
    MARKET_MAKER = "market_maker"
    """counted with `--with market-makers`"""
    NOT_HEDGE_FUND = "not_hedge_fund"
    OPTION = "option"
    PRINCIPAL = "principal"
    """a principal amount of debt"""
    ZERO_SHARES = "zero_shares"


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


def explain(
    settings: Settings,
    query: str,
    quarter: Quarter | None,
    known_on: date | None = None,
    with_market_makers: bool = False,
) -> Answer:
    """Every filing of the quarter that mentions the security: counted, or why not.

    `counts_as` adds up to the number of holders; `fate_kind` is one of Fate.
    """
    with Store(settings) as store:
        seen = view(store, quarter, known_on, with_market_makers=with_market_makers)
        counts = seen.counts if with_market_makers else store.holder_counts(seen.quarter)
        security = find_security(store, query, counts)
        filings = fates(store, seen, security)
        unread = store.read(REJECTS, severity=Severity.REJECTED)
    unread = unread.filter((pl.col("period_of_report") == seen.quarter.end).fill_null(True))
    holders = int(filings["counts_as"].sum())
    facts = {
        "ticker": security.ticker,
        "cusips": security.cusips,
        "name": security.name,
        "period_of_report": seen.quarter.end,
        "known_on": seen.known_on,
        "holders": holders,
        "with_market_makers": with_market_makers,
        "rejected": unread.select("accession_number", "cik", "step", "reason").to_dicts(),
    }
    notes = [
        *security.notes,
        f"{plural(holders, 'holder')}: families with a filing that counts; "
        "a family's second filing or filer counts as 0.",
        *(
            f"Unreadable, so it may mention it, too: {number}: {reason}"
            for number, reason in unread.select("accession_number", "reason").head(_SHOWN_REJECTS).rows()
        ),
        *([f"and {unread.height - _SHOWN_REJECTS} more"] if unread.height > _SHOWN_REJECTS else []),
        *note_market_makers(seen),
        *([f"As filed by {known_on}. {NOW_KNOWN}"] if known_on else []),
    ]
    count = filings["accession_number"].n_unique()
    verb = "mentions" if count == 1 else "mention"
    title = f"{security.label}: {plural(count, 'filing')} {verb} it, {seen.quarter}"
    return Answer(title, _COLUMNS, filings.to_dicts(), facts, "filings", notes)


def fates(store: Store, seen: View, security: Security) -> pl.DataFrame:
    """One row a filing, share type and option side that mentions the security, those that count first.

    Columns counts_as (1, or 0), fate, fate_kind (one of Fate), and those of the filing and of what it reports.
    """
    lines = store.lines_of(seen.quarter.end, [*security.cusips])
    known_cusips = cusips.read(lines["cusip"])
    managers = seen.managers.select("cik", "family", "is_hedge_fund", "manager_class", "basis")
    held = (
        lines.rename({"cusip": "filed"})
        .join(known_cusips, on="filed", how="left", validate="m:1")
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
        .with_columns(_fate(0).alias("fate_kind"), _fate(1).alias("fate"))
    )
    is_counted = pl.col("fate_kind") == Fate.COUNTED
    order = ["is_counted", "family", "filing_date", "accession_number", "cusip", "put_call"]
    held = held.with_columns(is_counted.alias("is_counted")).sort(order, descending=[True, *[False] * 5])
    first = pl.col("family").is_first_distinct()
    return held.select(
        pl.when("is_counted").then(first.cast(pl.Int64)).otherwise(0).alias("counts_as"),
        "fate",
        "fate_kind",
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


def _fate(part: int) -> pl.Expr:
    """What became of a position: its kind (part 0), or the same as text (part 1); the first condition met decides."""
    fates = [
        (pl.col("role") == Role.REPLACED, Fate.REPLACED, pl.format("replaced by {}", "replaced_by")),
        (
            pl.col("role") == Role.UNKNOWN_AMENDMENT,
            Fate.UNKNOWN_AMENDMENT,
            pl.format("amendment of unknown type {}", pl.col("amendment_type").fill_null("(none)")),
        ),
        (
            ~pl.col("is_hedge_fund").fill_null(False) & IS_MARKET_MAKER,
            Fate.MARKET_MAKER,
            pl.format("market maker ({})", pl.col("basis")),
        ),
        (
            ~pl.col("is_hedge_fund").fill_null(False),
            Fate.NOT_HEDGE_FUND,
            pl.format("not a hedge fund ({})", pl.col("basis").fill_null("not classified")),
        ),
        (pl.col("put_call") != "", Fate.OPTION, pl.format("option: {}", pl.col("put_call").str.to_lowercase())),
        (pl.col("share_type") == "PRN", Fate.PRINCIPAL, pl.lit("principal amount of debt")),
        (pl.col("shares") == 0, Fate.ZERO_SHARES, pl.lit("zero shares")),
        (pl.lit(True), Fate.COUNTED, pl.lit("counted")),
    ]
    return pl.coalesce(pl.when(condition).then(text if part else pl.lit(kind.value)) for condition, kind, text in fates)


def _url() -> pl.Expr:
    """The submission's address on EDGAR, as the form index gives it."""
    return pl.format(SUBMISSION_ADDRESS, "cik", "accession_number")
