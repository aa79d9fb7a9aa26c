"""What the site says of tables and columns, in Datasette's metadata format: words from `tables`, order and facets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..tables import DATABASE

DATABASE_NAME = "tracker"  # from the file's name
TITLE = "What hedge funds hold among micro-caps"


@dataclass(frozen=True)
class View:
    """How a table is first shown: its title, the column it is sorted by (`-` before it: downwards), its facets."""

    title: str
    sort: str
    facets: tuple[str, ...] = ()


VIEWS = {
    "holder_counts": View("Holders of each security", "-holders", ("period_of_report", "kind")),
    # in the order of its index: it is the long one, and sorting it takes longer than a page may
    "positions": View("What the hedge funds hold", "-period_of_report", ("period_of_report", "family", "put_call")),
    "filings": View("Filings and what was decided about them", "-filing_date", ("period_of_report", "role", "unit")),
    "managers": View("Filing managers, and whether they are hedge funds", "-value_usd", ("is_hedge_fund",)),
    "securities": View("Tickers of CUSIPs", "ticker", ("source", "is_listed")),
    "splits": View("Splits of shares", "-date", ("status", "source")),
    "dividends": View("Cash dividends", "-date", ("source",)),
    "rejects": View("What was not taken, or taken with a doubt", "-period_of_report", ("step", "severity")),
    "sources": View("Reference files at hand", "-fetched_at", ("source",)),
    "runs": View("Refreshes", "-started_at"),
    "counted_from": View("What the counts were made from", "period_of_report"),
    "editions": View("Editions", "-as_of"),
    "rankings": View("Lists as published", "", ("edition",)),
}


def describe() -> dict[str, Any]:
    """Datasette's metadata: title, description, and for each table its columns, order and facets.

    A table that is declared and has no view here is described too, and shown in its key's order.
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
    about = "From SEC's Form 13F filings. Counts are lower bounds; options are counted apart."
    return {
        "title": TITLE,
        "databases": {DATABASE_NAME: {"title": "All tables", "description": about, "tables": tables}},
    }


def _plain(text: str) -> str:
    """Without the marks of code, which a page would show as they are."""
    return text.replace("`", "")
