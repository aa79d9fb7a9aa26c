"""The page of a stock: its price, who holds it and since when, what they did lately, the editions it was in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from ..errors import NotFoundError
from ..output import Answer, Column, percent
from ..quarters import Quarter
from ..reports import holders as held
from ..reports.holder_moves import holder_moves
from ..reports.near_codes import find_code
from ..reports.position_changes import Change
from ..reports.price_history import price_history
from ..reports.stock_editions import stock_editions
from ..settings import Settings
from .addresses import stock_address
from .listing import Listing, list_rows
from .paging import PARAMETER, Paging
from .search_page import not_found
from .shown import Asked, Shown
from .svg_charts import draw_bars, draw_line

_SHOWN_DAYS = timedelta(days=366)
_HOLDER_COLUMNS = (
    Column("manager_name", "Hedge fund"),
    Column("shares", "Shares", "number"),
    Column("value_usd", "Value", "usd"),
    Column("portfolio_pct", "Of its portfolio", "share"),
    Column("accession_number", "Filing"),
)
_OTHER_COLUMNS = (
    Column("manager_name", "Hedge fund"),
    Column("put_call", "Put or call"),
    *_HOLDER_COLUMNS[1:3],
    Column("accession_number", "Filing"),
)
_CHANGE_WORDS = {
    Change.NEW: "new",
    Change.INCREASED: "more",
    Change.REDUCED: "less",
    Change.CLOSED: "closed",
    Change.NOT_KNOWN: "not known",
}


def show_stock(settings: Settings, caps: Mapping[str, tuple[Any, ...]], code: str, asked: Asked) -> Shown:
    """The page at /stocks/CODE; a CUSIP or former ticker leads to the ticker's own. `caps` are rows by ticker.

    A code that is not known is a page of its own with the nearest. Raises TrackerError.
    """
    known = find_code(settings, code)
    if known is None:
        return not_found(settings, code, is_stock=True)
    quarter = Quarter.parse(text) if (text := asked.get("quarter")) else known.only_until
    holders = held.who_holds(settings, code, quarter)
    ticker = holders.facts["ticker"]
    canonical = ticker or holders.facts["cusip"]
    if canonical != code:
        return Shown(location=stock_address(canonical, quarter=text or ""))
    history = held.history(settings, code)
    paging = Paging.of(asked.get(PARAMETER), len(holders.rows), asked.path, asked.parameters)
    moves = holder_moves(settings, code, quarter)
    editions = stock_editions(settings, ticker) if ticker else None
    return Shown(
        "stock.html",
        {
            "name": holders.facts["name"] or "(no name)",
            "code": code,
            "ticker": ticker,
            "cusips": holders.facts["cusips"],
            "quarter": holders.methodology["quarter"],
            "facts": holders.facts,
            "cap": _cap(caps.get(ticker) if ticker else None),
            "price": _price(settings, ticker) if ticker else None,
            "bars": draw_bars(
                [(row["quarter"], row["holders"], row["awaited"] or 0) for row in history.rows],
                "Hedge funds that hold it, by quarter",
            ),
            "history": _history(history),
            "holders": list_rows(_HOLDER_COLUMNS, holders.rows, paging),
            "others": list_rows(_OTHER_COLUMNS, holders.facts["options_and_principal"]),
            "moves": _moves(moves),
            "moves_answer": moves,
            "editions": list_rows(editions.columns, editions.rows) if editions else None,
            "notes": holders.notes,
        },
    )


def _history(answer: Answer) -> Listing:
    """The table of the quarters, the newest first; splits have a column if there were any."""
    is_split = any(row["split_ratio"] not in (None, 1) for row in answer.rows)
    columns = [column for column in answer.columns if is_split or column.key != "split_ratio"]
    return list_rows(columns, answer.rows[::-1])


def _moves(answer: Answer) -> Listing:
    """The table of what changed: whoever holds as many shares as before is left out."""
    rows = [{**row, "change": _CHANGE_WORDS[row["change"]]} for row in answer.rows if row["change"] != Change.UNCHANGED]
    return list_rows(answer.columns, rows)


def _cap(row: Sequence[Any] | None) -> dict[str, Any] | None:
    return None if row is None else dict(zip(("day", "close", "market_cap_usd", "exchange"), row, strict=True))


def _price(settings: Settings, ticker: str) -> dict[str, Any] | None:
    """The chart of the last year's closes and what it says in words; None if there are none."""
    try:
        prices = price_history(settings, ticker)
    except NotFoundError:
        return None
    last = prices.rows[-1]
    rows = [row for row in prices.rows if row["date"] >= last["date"] - _SHOWN_DAYS]
    first, change_pct = rows[0], None
    if first["adjusted_close"]:
        change_pct = (last["adjusted_close"] / first["adjusted_close"] - 1) * 100
    told = f"Closes of {ticker}, {first['date']} to {last['date']}, adjusted for splits: "
    told += f"${first['adjusted_close']:,.2f} to ${last['adjusted_close']:,.2f}"
    told += f" ({percent(change_pct, '+')})" if change_pct is not None and len(rows) > 1 else ""
    chart: Markup = draw_line([(row["date"], row["adjusted_close"]) for row in rows], told)
    return {"chart": chart, "told": told, "last": last, "change_pct": change_pct, "notes": prices.notes}
