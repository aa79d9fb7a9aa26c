"""Titles, descriptions, sort orders and facets of the tables, in Datasette's metadata format.

The descriptions of tables and columns come from `tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..tables import DATABASE

DATABASE_NAME = "tracker"  # from the file's name
TITLE = "What hedge funds hold among micro-caps"


@dataclass(frozen=True)
class View:
    """How a table is first shown: its title, the column it is sorted by (with `-` descending), its facets."""

    title: str
    sort: str
    facets: tuple[str, ...] = ()


VIEWS = {
    "holder_counts": View("Holders of each security", "-holders", ("period_of_report", "kind")),
    # the longest table: in the order of its index, as any other sort would exceed the time limit
    "positions": View("Hedge funds' holdings", "-period_of_report", ("period_of_report", "family", "put_call")),
    "filings": View("Filings and how they were handled", "-filing_date", ("period_of_report", "role", "unit")),
    "managers": View("Filing managers and their classification", "-value_usd", ("is_hedge_fund", "manager_class")),
    "family_links": View("Evidence that managers are one family", "cik", ("evidence",)),
    "other_managers": View("Other managers named on cover pages", "accession_number", ("role",)),
    "securities": View("CUSIPs and their tickers", "ticker", ("source", "is_listed")),
    "contested_tickers": View("CUSIPs with several tickers at a time", "cusip", ("standing",)),
    "splits": View("Stock splits", "-date", ("status", "source")),
    "price_days": View("Days of prices that a source misdates", "-supplied_date", ("status", "source")),
    "dividends": View("Cash dividends", "-date", ("source",)),
    "rejects": View("Rejected and flagged filings", "-period_of_report", ("step", "severity")),
    "sources": View("Reference files available", "-fetched_at", ("source",)),
    "runs": View("Refreshes", "-started_at"),
    "counted_from": View("What the counts are based on", "period_of_report"),
    "editions": View("Editions", "-as_of"),
    "rankings": View("Published rankings", "", ("edition",)),
}


def describe() -> dict[str, Any]:
    """Datasette's metadata: title, description, and for each table its columns, order and facets.

    A declared table without a view here is described as well, and shown in the order of its key.
    """
    tables = {}
    for table in DATABASE:
        view = VIEWS.get(table.name, View(table.name.replace("_", " ").capitalize(), ""))
        column = view.sort.removeprefix("-")
        order = {"sort_desc" if view.sort.startswith("-") else "sort": column} if column in table.columns else {}
        tables[table.name] = {
            "title": view.title,
            "description": _plain(table.about),
            "columns": {name: _plain(about) for name, (_, about) in table.columns.items()},
            "facets": [name for name in view.facets if name in table.columns],
            **order,
        }
    about = (
        "From SEC Form 13F filings. Counts are lower bounds; options are not counted as holdings, and market makers "
        "not as holders."
    )
    return {
        "title": TITLE,
        "databases": {DATABASE_NAME: {"title": "All tables", "description": about, "tables": tables}},
    }


def _plain(text: str) -> str:
    """Without backticks, which a page would show literally."""
    return text.replace("`", "")
