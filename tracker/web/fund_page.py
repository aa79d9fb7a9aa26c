"""The page of a fund: why it counts, its value by quarter, its book by weight, what it bought and sold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import NotFoundError
from ..output import Column, percent
from ..quarters import Quarter
from ..reports.portfolio import portfolio
from ..reports.position_changes import Change
from ..settings import Settings
from ..store import Store
from ..tables import MANAGERS
from .addresses import fund_address
from .listing import list_rows
from .paging import PARAMETER, Paging
from .search_page import not_found
from .shown import Asked, Shown
from .svg_charts import draw_bars

_BOOK_COLUMNS = (
    Column("name", "Security"),
    Column("ticker", "Ticker"),
    Column("what", "What"),
    Column("portfolio_pct", "Of portfolio", "share"),
    Column("value_usd", "Value", "usd"),
    Column("shares", "Shares", "number"),
    Column("moved", "Change"),
    Column("shares_before", "Shares before", "number"),
    Column("accession_number", "Filing"),
)
_HISTORY_COLUMNS = (
    Column("quarter", "Quarter"),
    Column("value_usd", "Value", "usd"),
    Column("options_value_usd", "Options", "usd"),
    Column("position_count", "Positions", "integer"),
    Column("top_ten_pct", "Ten largest", "share"),
)
# What may be shown of the book: the word in the address, the heading, and the changes that belong to it.
_PARTS: dict[str, tuple[str, tuple[Change, ...]]] = {
    "": ("All holdings", ()),
    "new": ("New", (Change.NEW,)),
    "more": ("More", (Change.INCREASED,)),
    "less": ("Less", (Change.REDUCED,)),
    "closed": ("Closed", (Change.CLOSED,)),
}


def show_fund(settings: Settings, cik: str, asked: Asked) -> Shown:
    """The page at /funds/CIK; of a CIK without a loaded filing one with the nearest. Raises TrackerError."""
    number = int(cik) if cik.isascii() and cik.isdigit() and len(cik) <= 10 else 0
    with Store(settings) as store:
        managers = store.read(MANAGERS, cik=number) if number else MANAGERS.frame()
    if managers.is_empty():
        return not_found(settings, cik, is_stock=False)
    if cik != str(number):
        return Shown(location=fund_address(number, quarter=asked.get("quarter") or ""))
    about = managers.row(0, named=True)
    quarter = Quarter.parse(text) if (text := asked.get("quarter")) else None
    basis = about["basis"] or "Nothing is known of it"
    shown: dict[str, Any] = {"about": about, "basis": basis[:1].upper() + basis[1:], "quarter": str(quarter or "")}
    try:
        answer = portfolio(settings, str(number), quarter)
    except NotFoundError as error:
        return Shown("fund.html", {**shown, "missing": str(error), "reported": error.candidates})
    facts = answer.facts
    part = asked.get("show") if asked.get("show") in _PARTS else None
    wanted = _PARTS[part or ""][1]
    rows = [row for row in answer.rows if (row["change"] in wanted if wanted else row["change"] != Change.CLOSED)]
    paging = Paging.of(asked.get(PARAMETER), len(rows), asked.path, asked.parameters)
    there = [
        # whoever reported for both quarters and is new held none before
        {**row, "cik": number, "moved": _moved(row), **({"shares_before": 0} if row["change"] == Change.NEW else {})}
        for row in rows[paging.start : paging.stop]
    ]
    history = facts["history"]
    return Shown(
        "fund.html",
        {
            **shown,
            "quarter": answer.methodology["quarter"],
            "facts": facts,
            "bars": draw_bars(
                [(row["quarter"], row["value_usd"], 0) for row in history],
                "Value of the reported portfolio, by quarter",
                in_dollars=True,
            ),
            "history": list_rows(_HISTORY_COLUMNS, history[::-1]),
            "book": list_rows(_BOOK_COLUMNS, there),
            "paging": paging,
            "parts_shown": _parts(number, part or "", asked, facts["changes"]),
            "notes": answer.notes,
        },
    )


def _parts(cik: int, chosen: str, asked: Asked, changes: dict[str, int]) -> list[dict[str, Any]]:
    """The links above the book: what may be shown of it, with the number of positions where it is a change."""
    quarter = asked.get("quarter") or ""
    return [
        {
            "heading": heading,
            "address": fund_address(cik, quarter=quarter, show=word) + "#book",
            "count": sum(changes.get(change, 0) for change in wanted) if wanted else None,
            "is_chosen": word == chosen,
        }
        for word, (heading, wanted) in _PARTS.items()
        if not wanted or changes
    ]


def _moved(row: Mapping[str, Any]) -> str | None:
    """`new`, `+12.30%`, `unchanged`, `closed`; None if it is not known."""
    before, now = row["shares_before"], row["shares"]
    if row["change"] in (Change.INCREASED, Change.REDUCED) and before:
        return percent((now / before - 1) * 100, "+")
    return str(row["change"]) if row["change"] else None
