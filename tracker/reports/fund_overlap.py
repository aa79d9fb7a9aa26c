"""What chosen funds hold together, and which of them have not reported yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ..errors import SettingError
from ..lookup import find_manager
from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..rankings import book_measures
from ..rankings.quarter_changes import IS_SHARES, SECURITY
from ..securities import company_names, ticker_map
from ..settings import Settings
from ..store import Store, read_securities
from ..tables import MANAGERS, OPENING_ROLES, ManagersFrame, PositionsFrame, Role, SecuritiesFrame
from . import methodology
from .as_of import CAVEATS
from .known_books import known_books

_COLUMNS = (
    Column("name", "Security"),
    Column("ticker", "Ticker"),
    Column("cusip", "CUSIP"),
    Column("holders", "Funds", "integer"),
    Column("value_usd", "Value", "usd"),
    Column("mean_weight_pct", "Mean weight", "share"),
    Column("held_by", "Held by"),
    Column("pending_holders", "Held before, pending"),
)
_PAIRS_SHOWN = 3


def fund_overlap(
    settings: Settings,
    queries: Sequence[str],
    quarter: Quarter | None = None,
    known_on: date | None = None,
    top: int | None = None,
) -> Answer:
    """The securities that at least two of the chosen funds hold, those of most funds first.

    Each of `queries` (CIK, name or part of it) stands for its whole family, which counts once. A family is pending if
    it has neither a report for the quarter (default: the newest loaded) nor a notice, by `known_on` if given: it is not
    counted, and what it held a quarter before is named beside. Raises NotFoundError, or SettingError for fewer than two
    families.
    """
    with Store(settings) as store:
        quarter = store.require_quarter(quarter)
        managers = _chosen(store, queries)
        filings, positions = known_books(store, quarter, managers, known_on)
        is_loaded = quarter.previous in store.quarters()
        before = known_books(store, quarter.previous, managers, known_on)[1] if is_loaded else positions.clear()
        securities = read_securities(store)
    families = _states(managers, filings)
    reported = families.filter(pl.col("state") == "reported")["family"]
    pending = families.filter(pl.col("state") == "pending")["family"]
    books = _books(positions.filter(pl.col("family").is_in(reported.implode())))
    awaited = _books(before.filter(pl.col("family").is_in(pending.implode())))
    together = _together(books, awaited, securities)
    shown = together.head(top) if top else together
    pairs = book_measures.overlaps(books.select("security", "weight", owner="family"))
    facts = {
        "period_of_report": quarter.end,
        "known_on": known_on,
        "families": families.to_dicts(),
        "pending": pending.to_list(),
        "pairs": pairs.sort("overlap_pct", descending=True, maintain_order=True).to_dicts(),
        "caveats": list(CAVEATS),
    }
    count = plural(together.height, "security", "securities")
    title = f"{count} held by at least two of {families.height} funds, {quarter}"
    if pending.len():
        title += f" ({pending.len()} pending)"
    notes = [*_told(families, quarter), *_pairs_told(pairs), *CAVEATS]
    how = methodology.of_quarter(quarter, known_on, [methodology.EFFECTIVE, *CAVEATS])
    return Answer(title, _COLUMNS, shown.to_dicts(), facts, notes, methodology=how)


def _chosen(store: Store, queries: Sequence[str]) -> ManagersFrame:
    """All managers of the families that `queries` mean; raises SettingError unless there are two."""
    managers = store.read(MANAGERS)
    ciks = [find_manager(store, query)[0] for query in queries]
    families = managers.filter(pl.col("cik").is_in(ciks))["family"].unique()
    if families.len() < 2:
        raise SettingError("an overlap is of two families or more: name another fund")
    return managers.filter(pl.col("family").is_in(families.implode()))


def _states(managers: ManagersFrame, filings: pl.DataFrame) -> pl.DataFrame:
    """Columns family, ciks, state (`reported`, `notice` or `pending`) and filed_on (the last filing), by family."""
    filed = filings.group_by("cik").agg(
        has_report=pl.col("role").is_in(OPENING_ROLES).any(),
        has_notice=(pl.col("role") == Role.NOTICE).any(),
        filed_on=pl.col("filing_date").max(),
    )
    state = (
        pl.when(pl.col("has_report").any())
        .then(pl.lit("reported"))
        .when(pl.col("has_notice").any())
        .then(pl.lit("notice"))
        .otherwise(pl.lit("pending"))
    )
    members = managers.join(filed, on="cik", how="left", validate="1:1").sort("cik")
    return (
        members.group_by("family")
        .agg("cik", state=state, filed_on=pl.col("filed_on").max())
        .rename({"cik": "ciks"})
        .sort("family")
    )


def _books(positions: PositionsFrame) -> pl.DataFrame:
    """One row a family and security: family, security, cusip, ticker, names, value_usd, weight, accession_numbers."""
    held = positions.filter(IS_SHARES).with_columns(SECURITY).sort("value_usd", "cusip", descending=[True, False])
    books = held.group_by("family", "security", maintain_order=True).agg(
        pl.col("cusip", "ticker", "name_of_issuer").first(),
        pl.col("value_usd").sum(),
        accession_numbers=pl.col("accession_number").unique().sort().str.join(" "),
    )
    total = pl.col("value_usd").sum().over("family")
    return books.with_columns(weight=pl.when(total > 0).then(pl.col("value_usd") / total))


def _together(books: pl.DataFrame, awaited: pl.DataFrame, securities: SecuritiesFrame) -> pl.DataFrame:
    """One row a security that two families hold; `held_by` and `pending_holders` are names, separated by `; `."""
    held = books.sort("value_usd", "family", descending=[True, False]).group_by("security", maintain_order=True).agg(
        pl.col("cusip", "ticker", "name_of_issuer").first(),
        holders=pl.len().cast(pl.Int64),
        value_usd=pl.col("value_usd").sum(),
        mean_weight_pct=pl.col("weight").mean() * 100,
        held_by=pl.col("family").str.join("; "),
        accession_numbers=pl.col("accession_numbers").str.join(" "),
    )  # fmt: skip
    pending = awaited.sort("family").group_by("security").agg(pending_holders=pl.col("family").str.join("; "))
    names = ticker_map.newest(securities).select("cusip", "name")
    several = (
        held.filter(pl.col("holders") >= 2)
        .join(pending, on="security", how="left", validate="1:1")
        .join(names, on="cusip", how="left", validate="m:1")
    )
    several = several.with_columns(name=pl.when(pl.col("ticker").is_not_null()).then("name"))
    is_unnamed = several["name"].is_null()
    issuers = several.select(pl.when(is_unnamed).then("name_of_issuer")).to_series()
    issuers = issuers.map_elements(company_names.titled, return_dtype=pl.String)
    return (
        several.with_columns(name=pl.coalesce("name", issuers))
        .drop("security")
        .sort(["holders", "mean_weight_pct", "cusip"], descending=[True, True, False], nulls_last=True)
    )


def _told(families: pl.DataFrame, quarter: Quarter) -> list[str]:
    """Who is counted, who is pending, and whose holdings others report."""
    by_state = dict(families.group_by("state").agg("family").iter_rows())
    told = []
    if pending := by_state.get("pending"):
        told.append(
            f"Pending, not counted: {'; '.join(sorted(pending))} {'has' if len(pending) == 1 else 'have'} not reported "
            f"for {quarter} yet."
        )
    if notices := by_state.get("notice"):
        told.append(f"Only a notice, so that others report what is held: {'; '.join(sorted(notices))}.")
    return told


def _pairs_told(pairs: pl.DataFrame) -> list[str]:
    """The pairs that overlap most, in a sentence."""
    largest = pairs.sort("overlap_pct", descending=True, maintain_order=True).head(_PAIRS_SHOWN)
    said = [
        f"{row['owner']} and {row['other']} {row['overlap_pct']:.1f}% ({row['in_common']:,} in common)"
        for row in largest.to_dicts()
    ]
    return [f"Overlap of weights: {'; '.join(said)}."] if said else []
