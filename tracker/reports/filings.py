"""Every filing that mentions a security, and what became of it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import polars as pl

from ..edgar_facts import SUBMISSION_ADDRESS
from ..filings import clean_lines
from ..filings.amendments import ORDER
from ..lookup import Security
from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..securities import cusips
from ..settings import Settings
from ..store import Store
from ..tables import COUNTED_ROLES, CUSIP_MATCHES, REJECTS, Role, Severity, dollars_per_unit
from . import methodology, wrong_cusips
from .as_of import IS_MARKET_MAKER, NOW_KNOWN, View, note_market_makers, view


class Fate(StrEnum):
    """What became of a filing's position in a security."""

    COUNTED = "counted"
    REPLACED = "replaced"
    """a later filing replaces it"""
    CORRECTED = "corrected"
    """a later amendment corrects this line"""
    UNKNOWN_AMENDMENT = "unknown_amendment"
    MARKET_MAKER = "market_maker"
    """counted with `--with market-makers`"""
    UNIDENTIFIED = "unidentified"
    """it names the issuer, but under a number that is no whole CUSIP: counted under that"""
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
        security = wrong_cusips.find(store, query, seen.quarter, counts)
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
        *wrong_cusips.notes_on(filings),
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
    how = methodology.of_view(seen, is_past=known_on is not None)
    return Answer(title, _COLUMNS, filings.to_dicts(), facts, notes, methodology=how)


def fates(store: Store, seen: View, security: Security) -> pl.DataFrame:
    """One row a filing, share type and option side that mentions the security.

    Those that count come first, then the others; each with the largest value first.

    Columns counts_as (1, or 0), fate, fate_kind (one of Fate), and those of the filing and of what it reports.
    """
    managers = seen.managers.select("cik", "family", "is_hedge_fund", "manager_class", "basis")
    matches = store.read(CUSIP_MATCHES, period_of_report=seen.quarter.end)
    is_issuer = wrong_cusips.names_issuer(security, seen.counts)
    meant = wrong_cusips.that_may_mean(security, matches, is_issuer)
    written = cusips.read(meant["cusip_as_filed"])["cusip"]
    lines = store.lines_of(seen.quarter.end, [*security.cusips, *written])
    is_its = pl.col("cusip").is_in(security.cusips)
    named = meant.select("accession_number", pl.lit(True).alias("is_meant"), filed="cusip_as_filed").unique()
    held = (
        clean_lines.clean(lines, matches)
        .collect()
        .join(named, on=["accession_number", "filed"], how="left", validate="m:1")
        .with_columns((~is_its).alias("is_unidentified"))
        .filter(is_its | (pl.col("is_meant").fill_null(False) & is_issuer))
        .group_by("accession_number", "cusip", "share_type", "put_call")
        .agg(
            pl.col("shares", "value").sum(),
            pl.len().alias("line_count"),
            pl.col("filed").filter(pl.col("filed") != pl.col("cusip")).unique().sort().str.join(" ").alias("as_filed"),
            pl.col("is_unidentified").any(),
        )
        .join(seen.filings, on="accession_number", how="inner", validate="m:1", suffix="_filing")
        .join(managers, on="cik", how="left", validate="m:1")
        .sort(*ORDER, nulls_last=False)
        .with_row_index("place")
        .with_columns(_corrected_by().alias("corrected_by"))
        .filter(~pl.col("is_unidentified") | wrong_cusips.has_its_price())
        .with_columns(_fate(0).alias("fate_kind"), _fate(1).alias("fate"))
    )
    is_counted = pl.col("fate_kind") == Fate.COUNTED
    value_usd = pl.col("value") * dollars_per_unit(pl.col("unit"))
    held = held.with_columns(is_counted.alias("is_counted"), value_usd.alias("value_usd")).sort(
        ["is_counted", "value_usd", "family", "filing_date", "accession_number", "cusip", "put_call"],
        descending=[True, True, *[False] * 5],
        nulls_last=True,
    )
    first = pl.col("family").is_first_distinct()
    return held.select(
        pl.when("is_counted").then(first.cast(pl.Int64)).otherwise(0).alias("counts_as"),
        "fate",
        "fate_kind",
        "cik",
        "manager_name",
        "family",
        "cusip",
        pl.when(pl.col("as_filed") != "").then("as_filed").alias("cusip_as_filed"),
        "share_type",
        "put_call",
        pl.when("is_share_value").then(None).otherwise("shares").alias("shares"),
        "value",
        "value_usd",
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
        (pl.col("corrected_by").is_not_null(), Fate.CORRECTED, pl.format("corrected by {}", "corrected_by")),
        (
            pl.col("is_unidentified"),
            Fate.UNIDENTIFIED,
            pl.format("filed under {}, which is no whole CUSIP: counted under that", "cusip"),
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


def _corrected_by() -> pl.Expr:
    """The accession number of the newest patch that has the same holding, for rows before it in ORDER."""
    holding = ["cik", "cusip", "share_type", "put_call"]
    is_patch, place = pl.col("role") == Role.PATCH, pl.col("place")
    is_before = pl.col("role").is_in(COUNTED_ROLES) & (place < place.filter(is_patch).max().over(holding))
    return pl.when(is_before).then(pl.col("accession_number").filter(is_patch).last().over(holding))


def _url() -> pl.Expr:
    """The submission's address on EDGAR, as the form index gives it."""
    return pl.format(SUBMISSION_ADDRESS, "cik", "accession_number")
