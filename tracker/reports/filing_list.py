"""Filings with their part in a manager's report and what was decided about them; and holdings that were shown late."""

from __future__ import annotations

import polars as pl

from ..edgar_facts import SUBMISSION_ADDRESS
from ..filings.amendments import labelled_effect
from ..lookup import find_manager
from ..output import Answer, Column, money, plural
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store
from ..tables import (
    COUNTED_ROLES,
    DOUBTED,
    JUDGED_FILINGS,
    MANAGERS,
    AmendmentEffect,
    JudgedFilingsFrame,
    dollars_per_unit,
)
from . import methodology

# Corrections follow a deadline by days or weeks. Holdings left out under confidential treatment (rule 24b-2) are shown
# when that is denied or has lapsed, months later: thirty days tell the two apart well enough.
LATE_DAYS = 30
_NAMES_SHOWN = 3
_REMARKS, _REMARK_SHOWN = 10, 300

_COLUMNS = (
    Column("quarter", "Quarter"),
    Column("manager_name", "Manager"),
    Column("form_type", "Form"),
    Column("filing_date", "Filed", "date"),
    Column("role", "Part in the report"),
    Column("line_count", "Lines", "integer"),
    Column("value_usd", "Value", "usd"),
    Column("effect_basis", "Decided by"),
    Column("accession_number", "Filing"),
)
_LATE_COLUMNS = (
    Column("quarter", "Quarter"),
    Column("manager_name", "Manager"),
    Column("counted", "Counted"),
    Column("filing_date", "Filed", "date"),
    Column("days_late", "Days late", "integer"),
    Column("line_count", "Lines", "integer"),
    Column("value_usd", "Value", "usd"),
    Column("confidential", "Confidential before"),
    Column("largest", "Largest"),
    Column("accession_number", "Filing"),
)
_KEYS = (
    *("quarter", "period_of_report", "cik", "manager_name", "is_hedge_fund", "form_type", "filing_date", "days_late"),
    *(
        "amendment_number",
        "amendment_type",
        "is_confidential_expired",
        "additional_information",
        "role",
        "replaced_by",
        "amendment_effect",
        "effect_evidence",
    ),
    *("effect_basis", "compared_with", "line_count", "value_usd", "accession_number", "source", "url"),
)


def list_filings(
    settings: Settings,
    quarter: Quarter | None = None,
    manager: str | None = None,
    top: int | None = None,
    *,
    only_amendments: bool = False,
) -> Answer:
    """The filings of a quarter (default: the newest loaded), amendments first, then each manager's in order.

    `manager` is a CIK, a name or part of one. Raises NotFoundError for a quarter or a manager that is not loaded.
    """
    with Store(settings) as store:
        quarter = store.require_quarter(quarter)
        filings = _filings(store, [quarter], manager)
        is_amendment = pl.col("form_type").str.ends_with("/A")
        if only_amendments:
            filings = filings.filter(is_amendment)
        elsewhere = None
        if filings.is_empty():
            others = _filings(store, store.quarters(), manager)
            elsewhere = others.filter(is_amendment) if only_amendments else others
    filings = filings.sort(
        ~is_amendment, pl.col("manager_name").str.to_uppercase(), "cik", "filing_date", "accession_number"
    )
    doubted = filings.filter(pl.col("effect_evidence").is_in(DOUBTED))
    amended = filings.filter(is_amendment)
    facts = {
        "period_of_report": quarter.end,
        "filing_count": filings.height,
        "amendments": amended.height,
        "doubted": doubted.height,
    }
    verb = "was" if doubted.height == 1 else "were"
    notes = [
        f"{plural(amended.height, 'amendment')}, of which {doubted.height:,} {verb} decided by evidence instead of the "
        "type on the cover; `tracker filings decide` overrules that.",
    ]
    remarks = doubted.drop_nulls("additional_information").select("accession_number", "additional_information")
    notes += [f"{number} states: {remark[:_REMARK_SHOWN]}" for number, remark in remarks.head(_REMARKS).rows()]
    noun = "amendment" if only_amendments else "filing"
    if elsewhere is not None:
        notes = [_where_else(elsewhere, noun)]
    rows = filings.select(_KEYS).head(top or filings.height).to_dicts()
    how = methodology.of_quarter(quarter, None, [methodology.EFFECTIVE])
    return Answer(f"{plural(filings.height, noun)}, {quarter}", _COLUMNS, rows, facts, notes, methodology=how)


def list_late(
    settings: Settings, quarter: Quarter | None = None, manager: str | None = None, top: int | None = None
) -> Answer:
    """NEW HOLDINGS filed LATE_DAYS or more after the deadline, of one quarter or all that are loaded, the newest first.

    Mostly these are holdings under confidential treatment that are shown later; some covers say so. Each has its
    largest names.
    """
    with Store(settings) as store:
        store.require_quarter(quarter)
        quarters = [quarter] if quarter else store.quarters()
        filings = _filings(store, quarters, manager)
        is_added = (labelled_effect() == AmendmentEffect.ADD) & pl.col("role").is_in(COUNTED_ROLES)
        is_late = is_added & (pl.col("days_late") >= LATE_DAYS)
        late = filings.filter(is_late).sort("filing_date", "accession_number", descending=[True, False])
        named = pl.concat([_EMPTY, *(_largest(store, each, late) for each in quarters)])
    late = late.join(named, on="accession_number", how="left", validate="1:1", maintain_order="left")
    late = late.with_columns(
        pl.when("is_hedge_fund").then(pl.lit("yes")).otherwise(pl.lit("no")).alias("counted"),
        pl.when("is_confidential_expired").then(pl.lit("yes")).alias("confidential"),
    )
    value = float(late["value_usd"].sum())
    facts = {
        "quarters": [str(each) for each in quarters],
        "late_days": LATE_DAYS,
        "filing_count": late.height,
        "value_usd": value,
    }
    notes = [
        f"NEW HOLDINGS filed {LATE_DAYS} days or more after the deadline, {money(value)} in all: mostly holdings that "
        "were left out under confidential treatment. They count for their quarter; `--known-on` shows it without them.",
    ]
    rows = late.select(*_KEYS, "counted", "confidential", "largest").head(top or late.height).to_dicts()
    where = str(quarter) if quarter else "all loaded quarters"
    how = {"quarters": facts["quarters"], "late_days": LATE_DAYS, "rules": [methodology.EFFECTIVE]}
    title = f"{plural(late.height, 'filing')} shown late, {where}"
    return Answer(title, _LATE_COLUMNS, rows, facts, notes, methodology=how)


_EMPTY = pl.DataFrame(schema={"accession_number": pl.String, "largest": pl.String})


def _where_else(filings: JudgedFilingsFrame, noun: str) -> str:
    """Which loaded quarters have such filings, where the one in question has none."""
    counts = filings["quarter"].value_counts(name="filings").sort("quarter", descending=True)
    if counts.is_empty():
        return f"No loaded quarter has such {'an' if noun == 'amendment' else 'a'} {noun}."
    return (
        f"{'; '.join(f'{quarter} has {plural(count, noun)}' for quarter, count in counts.rows())}: --quarter names one."
    )


def _filings(store: Store, quarters: list[Quarter], manager: str | None) -> JudgedFilingsFrame:
    """JUDGED_FILINGS of the quarters, with columns quarter, days_late, value_usd, is_hedge_fund and url."""
    where: dict[str, object] = {"period_of_report": [quarter.end for quarter in quarters]}
    if manager is not None:
        where["cik"] = find_manager(store, manager)[0]
    filings = store.read(JUDGED_FILINGS, **where)
    managers = store.read(MANAGERS).select("cik", "is_hedge_fund")
    calendar = pl.DataFrame(
        [(quarter.end, str(quarter), quarter.deadline) for quarter in quarters],
        schema={"period_of_report": pl.Date, "quarter": pl.String, "deadline": pl.Date},
        orient="row",
    )
    late = (pl.col("filing_date") - pl.col("deadline")).dt.total_days()
    return (
        filings.join(calendar, on="period_of_report", how="left", validate="m:1")
        .join(managers, on="cik", how="left", validate="m:1")
        .with_columns(
            pl.when(late > 0).then(late).otherwise(0).alias("days_late"),
            (pl.col("value_total") * dollars_per_unit(pl.col("unit"))).alias("value_usd"),
            pl.format(SUBMISSION_ADDRESS, "cik", "accession_number").alias("url"),
        )
    )


def _largest(store: Store, quarter: Quarter, late: JudgedFilingsFrame) -> pl.DataFrame:
    """Columns accession_number, largest: the issuers with the most value in each of the quarter's filings, as text."""
    numbers = late.filter(pl.col("period_of_report") == quarter.end)["accession_number"]
    if numbers.is_empty():
        return _EMPTY
    lines = store.lines(quarter.end, ("accession_number", "cusip", "name_of_issuer", "value"), numbers)
    return (
        lines.group_by("accession_number", pl.col("cusip").str.slice(0, 6).alias("issuer"))
        .agg(pl.col("value").sum(), pl.col("name_of_issuer").sort().first())
        .sort("value", "name_of_issuer", descending=[True, False])
        .group_by("accession_number", maintain_order=True)
        .agg(pl.col("name_of_issuer").head(_NAMES_SHOWN).str.join("; ").alias("largest"))
    )
