"""Whether a quarter is still open: how many of the families that reported for the quarter before have reported."""

from __future__ import annotations

from typing import Any

from ..output import plural
from ..quarters import Quarter
from ..rankings.reporting import Reporting, who_reported
from ..store import Store, shared
from ..tables import FAMILY_LINKS, JUDGED_FILINGS, MANAGERS, JudgedFilingsFrame, ManagersFrame


def of_quarter(store: Store, quarter: Quarter) -> Reporting:
    """Who of the hedge funds has reported for `quarter`, from all that is loaded."""

    def find() -> Reporting:
        managers = store.read(MANAGERS)
        return compare(store, quarter, managers, _of_funds(store, quarter, managers))

    return shared(store.settings.db, ("reporting", quarter), find)


def compare(store: Store, quarter: Quarter, managers: ManagersFrame, filings: JudgedFilingsFrame) -> Reporting:
    """As `of_quarter`, for those managers and the filings of that quarter."""
    is_loaded = quarter.previous in store.quarters()
    before = _of_funds(store, quarter.previous, managers) if is_loaded else None
    return who_reported(managers, filings, before, store.read(FAMILY_LINKS))


def _of_funds(store: Store, quarter: Quarter, managers: ManagersFrame) -> JudgedFilingsFrame:
    return store.read(JUDGED_FILINGS, period_of_report=quarter.end, cik=managers.filter("is_hedge_fund")["cik"])


def facts(quarter: Quarter, reporting: Reporting) -> dict[str, Any]:
    """The state as JSON has it; null where the quarter before is not loaded."""
    is_known = reporting.expected > 0
    return {
        "previous_quarter": str(quarter.previous),
        "families_previous": reporting.expected if is_known else None,
        "families_reported": reporting.reported if is_known else None,
        "families_reported_pct": reporting.reported_pct,
        "families_compared": reporting.compared.len() if is_known else None,
        "is_open": reporting.is_open if is_known else None,
    }


def open_sentence(quarter: Quarter, reporting: Reporting, by_filer: bool = False) -> str:
    """That the quarter is still open, as a sentence without its full stop; empty if it is not."""
    if not reporting.is_open:
        return ""
    nouns = ("filer", "filers") if by_filer else ("hedge-fund family", "hedge-fund families")
    verb = "has" if reporting.reported == 1 else "have"
    return (
        f"{quarter} is still open: {reporting.reported:,} of the {plural(reporting.expected, *nouns)} that reported "
        f"for {quarter.previous} {verb} reported ({int(reporting.reported_pct or 0)}%)"
    )


def comparison_sentence(quarter: Quarter, reporting: Reporting, by_filer: bool = False) -> str:
    """What changes and the awaited are, as sentences."""
    if not reporting.expected:
        return f"Changes are not known: no hedge fund's report for {quarter.previous} is loaded."
    nouns = ("filer", "filers") if by_filer else ("family", "families")
    compared = plural(reporting.compared.len(), *nouns)
    return (
        f"Change: new holders less those that sold, of the {compared} that reported for both {quarter.previous} and "
        f"{quarter}. Awaited: {nouns[1]} that held it at {quarter.previous.end} and have not reported yet; they count "
        "neither as holders nor as sellers."
    )
