"""How the site shows a value of a known column: numbers with their unit, identifiers as links.

Everything comes from filings, so everything is escaped, and only text in an identifier's form becomes a link. A column
is known by its name, which means the same in every table (see `tables`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import polars as pl
from markupsafe import Markup

from ..edgar_facts import SUBMISSION_ADDRESS, filer_address, is_accession_number
from ..output import money, percent
from ..quarters import Quarter
from ..tables import DATABASE, FLAG, PRICES, TIME
from .addresses import fund_address, stock_address
from .editions import address_of

_TYPES: dict[str, pl.DataType] = {
    name: dtype for table in (*DATABASE, PRICES) for name, dtype in table.schema.items() if name != "cik"
}
NUMBERS = frozenset(name for name, dtype in _TYPES.items() if dtype.is_numeric())
_CUSIP = re.compile(r"[0-9A-Z*@#]{9}")
_SLUG = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
_LINK = Markup('<a href="{}" title="{}">{}</a>')
_OUTSIDE = Markup('<a class="outside" href="{}" title="{}" rel="noopener noreferrer">{}</a>')
_SIGNED = frozenset({"return_pct", "pct_change"})  # a rise or a fall, not a share of something
_SHORT = Markup('<span class="number" title="{}">{}</span>')
_NUMBER = Markup('<span class="number">{}</span>')


def show(column: str, value: object, row: Mapping[str, Any], table: str | None, database: str) -> Markup | None:
    """The HTML for `value`; None to show it as it is. `database` is the address of the database's page.

    Without a table it is the answer to a question, where dollars are in millions, as people read them.
    """
    if value is None or value == "":
        return None
    if isinstance(value, int | float):
        return _cik(value, row) if column == "cik" else _number(column, value, is_exact=table is not None)
    if not isinstance(value, str):
        return None
    if _TYPES.get(column) == TIME:
        return Markup("{}").format(value[:19].replace("T", " "))
    if column in ("accession_number", "replaced_by"):
        return _filing(value, row, database)
    if column == "form_type" and table == "filings":
        return _edgar_filing(_text(row, "accession_number"), row, value)
    if column in ("cusip", "cusips"):
        return Markup(" ").join(_cusip(cusip, row, database) for cusip in value.split(" "))
    if column == "ticker":
        return _LINK.format(stock_address(value), "its page", value)
    if column == "manager_name" and isinstance(_get(row, "cik"), int):
        return _LINK.format(_fund(row), "its page", value)
    if column in ("family", "largest_holder"):
        return _LINK.format(_address(database, "managers", family__exact=value), "its managers", value)
    if column in ("slug", "edition") and _SLUG.fullmatch(value):
        return _LINK.format(address_of(value), "the edition", value)
    return None


def _number(column: str, value: float, *, is_exact: bool) -> Markup | None:
    if column not in _TYPES or not math.isfinite(value):
        return None
    if _TYPES[column] == FLAG:
        return Markup("{}").format("yes" if value else "no")
    if not _TYPES[column].is_numeric():
        return None
    if column.endswith("_usd"):
        whole = f"${value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"${value:,.2f}"
        return _NUMBER.format(whole) if is_exact or abs(value) < 1000 else _SHORT.format(whole, money(value))
    if column.endswith("_pct"):
        return _NUMBER.format(percent(value, "+" if column in _SIGNED else ""))
    return _NUMBER.format(f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}")


def _cik(value: float, row: Mapping[str, Any]) -> Markup:
    inside = _LINK.format(_fund(row), "its page", value)
    return inside + " " + _OUTSIDE.format(filer_address(int(value)), "its 13F filings on EDGAR", "EDGAR")


def _filing(value: str, row: Mapping[str, Any], database: str) -> Markup | None:
    if not is_accession_number(value):
        return None
    # a rejected filing has no row of its own
    is_kept = _get(row, "severity") != "rejected"
    inside = _LINK.format(f"{database}/filings/{quote(value)}", "how it was handled", value)
    return (inside if is_kept else Markup("{}").format(value)) + " " + (_edgar_filing(value, row, "EDGAR") or "")


def _edgar_filing(number: str, row: Mapping[str, Any], label: str) -> Markup | None:
    cik = _get(row, "cik")
    if not is_accession_number(number) or not isinstance(cik, int):
        return None
    return _OUTSIDE.format(SUBMISSION_ADDRESS.format(cik, number), "the submission on EDGAR", label)


def _cusip(value: str, row: Mapping[str, Any], database: str) -> Markup:
    if not _CUSIP.fullmatch(value):
        return Markup("{}").format(value)
    return _LINK.format(_address(database, "who_holds", security=value, **_quarter(row)), "who holds it", value)


def _fund(row: Mapping[str, Any]) -> str:
    return fund_address(_get(row, "cik"), **_quarter(row))


def _quarter(row: Mapping[str, Any]) -> dict[str, str]:
    """The quarter of a row as a parameter of an address; empty for the newest."""
    try:
        return {"quarter": str(Quarter.of(date.fromisoformat(_text(row, "period_of_report"))))}
    except ValueError:
        return {"quarter": ""}


def _address(database: str, page: str, **parameters: str) -> str:
    return f"{database}/{page}?{urlencode(parameters)}"


def _get(row: Mapping[str, Any], name: str) -> Any:
    """`row` may be SQLite's own, which has no `get`."""
    return row[name] if name in row.keys() else None  # noqa: SIM118


def _text(row: Mapping[str, Any], name: str) -> str:
    value = _get(row, name)
    return value if isinstance(value, str) else ""
