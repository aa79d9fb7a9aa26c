"""The page of a search, and the page for what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from ..errors import SettingError
from ..output import Column
from ..reports.near_codes import near_managers, near_stocks
from ..reports.search import FoundKind, search
from ..settings import Settings
from .addresses import fund_address, stock_address
from .listing import Listing, list_rows
from .shown import Asked, Shown

_MOST = 50
_FEW = 8
_KINDS = {
    FoundKind.SECURITY: "security",
    FoundKind.FUND: "hedge fund",
    FoundKind.MANAGER: "other manager",
}
_COLUMNS = (
    Column("found", "Name"),
    Column("key", "Ticker, CUSIP or CIK"),
    Column("kind", "Kind"),
    Column("holders", "Hedge funds", "integer"),
    Column("value_usd", "Reports", "usd"),
)


def show_search(settings: Settings, asked: Asked) -> Shown:
    """The page at /search?q=WORDS: an exact ticker, CUSIP or CIK leads to its own page. Raises TrackerError."""
    text = asked.get("q") or ""
    rows: Sequence[Mapping[str, Any]] = []
    title, problem = "Search", ""
    if text:
        try:
            answer = search(settings, text, _MOST)
            rows, title = answer.rows, answer.title
        except SettingError as error:
            problem = str(error)
    wanted = text.upper().removeprefix("$")
    exact = [row for row in rows if row["key"].upper() == wanted]
    if len(exact) == 1 and asked.get("all") is None:
        return Shown(location=_address(exact[0]))
    near = [] if rows or problem or not text else near_stocks(settings, wanted).rows
    found = {"text": text, "title": title, "problem": problem, "found": _list(rows), "near": _list(near)}
    return Shown("search.html", found)


def not_found(settings: Settings, code: str, *, is_stock: bool) -> Shown:
    """The page for a stock or a fund that is not known, with those that may be meant."""
    near = (near_stocks if is_stock else near_managers)(settings, code).rows
    try:
        rows = [*near, *search(settings, code, _FEW).rows]
    except SettingError:  # blank, or too long to be a name
        rows = [*near]
    distinct = {(row["kind"] == FoundKind.SECURITY, row["key"]): row for row in rows}
    shown = {"code": code[:80], "is_stock": is_stock, "near": _list([*distinct.values()])}
    return Shown("not_found.html", shown, 404)


def _list(rows: Sequence[Mapping[str, Any]]) -> Listing | None:
    if not rows:
        return None
    link = Markup('<a href="{}">{}</a>')
    columns = [column for column in _COLUMNS if column.is_text or any(row[column.key] is not None for row in rows)]
    listing = list_rows(
        columns, [{**row, "found": row["name"] or row["key"], "kind": _KINDS[row["kind"]]} for row in rows]
    )
    linked = [[link.format(_address(row), cells[0]), *cells[1:]] for row, cells in zip(rows, listing.rows, strict=True)]
    return Listing(listing.headings, linked)


def _address(row: Mapping[str, Any]) -> str:
    return stock_address(row["key"]) if row["kind"] == FoundKind.SECURITY else fund_address(row["key"])
