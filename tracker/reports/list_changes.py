"""How a published list would differ now, and which filing caused each difference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..errors import SettingError
from ..lookup import find_security
from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..rankings.measures import By, Order
from ..rankings.parameters import Criteria, ListRequest
from ..settings import Settings
from ..store import Store
from . import open_quarter
from .as_of import View, view
from .filings import Fate, fates
from .list_shape import read_list
from .ranked_list import rank_list

_DIFFERENCE_COLUMNS = (
    Column("ticker", "Ticker"),
    Column("what", "What"),
    Column("then", "Published", "number"),
    Column("now", "Now", "number"),
    Column("because", "Because"),
)
_COMPARED = ("rank", "holders", "change", "awaited", "return_pct", "market_cap_usd")


def compare(settings: Settings, edition: Path, known_on: date | None = None, quarter: Quarter | None = None) -> Answer:
    """How a published list (`rank --format json`) would differ now, and which filing caused each difference.

    The list's own parameters are used. Of a list made by an older version only the columns that it has are compared.
    Raises InputError if the file is not such a list, SettingError if it is not one of `quarter`.
    """
    method, published = read_list(edition)
    if quarter and str(quarter) != method["quarter"]:
        raise SettingError(f"{edition} is a list of {method['quarter']}, not of {quarter}; leave out the quarter")
    then_known = date.fromisoformat(method["known_on"])
    with Store(settings) as store:
        ranked_list = rank_list(store, replace(request_of(method), known_on=known_on))
        seen = ranked_list.view
        now = {row["ticker"]: row for row in ranked_list.ranking.rows.to_dicts()}
        then = {row["ticker"]: row for row in published}
        differ = sorted(ticker for ticker in now.keys() | then.keys() if _differs(then.get(ticker), now.get(ticker)))
        causes = {ticker: _causes(store, seen, ticker, then_known) for ticker in differ}
    held_back = dict(ranked_list.ranking.held_back.select("ticker", "reason").rows())
    arrived = _arrived(method.get("reporting"), open_quarter.facts(seen.quarter, seen.reporting))
    rows = []
    for ticker in differ:
        before, after = then.get(ticker, {}), now.get(ticker, {})
        because = {
            "holders": causes[ticker]
            or "no filing: the classification of a manager or the ticker of a CUSIP has changed",
            **dict.fromkeys(
                ("change", "awaited"),
                "; ".join(filter(None, (causes[ticker], arrived)))
                or f"a filing for {seen.quarter.previous}, the classification of a manager or the ticker of a CUSIP",
            ),
            "return_pct": _prices_differ(before, after, ("base_close", "end_close", "split_ratio")),
            "market_cap_usd": _prices_differ(before, after, ("market_cap_usd", "market_cap_date")),
            "rank": held_back.get(ticker)
            or ("other names moved" if before and after else causes[ticker] or "see the other rows"),
        }
        rows += [
            {"ticker": ticker, "what": what, "then": before.get(what), "now": after.get(what), "because": because[what]}
            for what in _COMPARED
            if _differs_in(what, before, after) and (what == "rank" or (before and after))
        ]
    facts = {
        "edition": edition.name,
        "published_known_on": then_known,
        "known_on": seen.known_on,
        "differences": len(rows),
    }
    title = f"{edition.name} against what is known now: " + (
        plural(len(rows), "difference") if rows else "no difference"
    )
    notes = [
        f"A list of {method['quarter']}, published with filings up to {then_known}; compared with filings up to "
        f"{seen.known_on}.",
        *([f"{arrived[:1].upper()}{arrived[1:]}."] if arrived else []),
    ]
    how = {"published_known_on": then_known, "known_on": seen.known_on}
    return Answer(title, _DIFFERENCE_COLUMNS, rows, facts, notes, methodology=how)


def request_of(method: Mapping[str, Any]) -> ListRequest:
    """The request that a list's methodology, read from JSON, answers: with its dates, known on the same day."""
    names = {field.name for field in fields(Criteria)} - {"quarter", "by", "order"}
    chosen: dict[str, Any] = {
        key: date.fromisoformat(value) if key.endswith("_date") else tuple(value) if isinstance(value, list) else value
        for key, value in method.items()
        if key in names and value is not None
    }
    if chosen.get("cap_max_usd") is None:  # JSON has no infinity: a band without an upper end has null
        chosen["cap_max_usd"] = math.inf
    return ListRequest(
        quarter=Quarter.parse(method["quarter"]),
        known_on=date.fromisoformat(method["known_on"]),
        by=By(method.get("by", By.performance)),
        order=Order(method.get("order", Order.descending)),
        **chosen,
    )


def _differs(then: dict[str, Any] | None, now: dict[str, Any] | None) -> bool:
    if then is None or now is None:
        return True
    return any(_differs_in(what, then, now) for what in _COMPARED)


def _differs_in(what: str, then: dict[str, Any], now: dict[str, Any]) -> bool:
    is_compared = what in then or not then
    return is_compared and not _is_same(then.get(what), now.get(what))


def _arrived(then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> str:
    """How many more families have reported than had when the list was published; empty if none."""
    names = ("families_reported", "families_previous")
    had, have = ([of_it.get(name) for name in names] for of_it in (then or now, now))
    if had == have:
        return ""
    return f"{had[0]} of {had[1]} families of the quarter before had reported, now {have[0]} of {have[1]} have"


def _is_same(then: object, now: object) -> bool:
    if isinstance(then, int | float) and isinstance(now, int | float):
        return math.isclose(then, now, rel_tol=1e-9, abs_tol=1e-6)
    return then == now


def _causes(store: Store, seen: View, ticker: str, then_known: date) -> str:
    """The filings that count now and did not then, or the other way round."""
    security = find_security(store, ticker, store.holder_counts(seen.quarter))
    then = view(store, seen.quarter, then_known, with_market_makers=seen.with_market_makers)
    filings = [fates(store, moment, security) for moment in (then, seen)]
    is_counted = pl.col("fate_kind") == Fate.COUNTED
    counted = [{row["accession_number"]: row for row in frame.filter(is_counted).to_dicts()} for frame in filings]
    fate = dict(filings[1].select("accession_number", "fate").rows())
    gone = [
        f"{number} ({row['manager_name']}) no longer counts{f': {fate[number]}' if number in fate else ''}"
        for number, row in counted[0].items()
        if number not in counted[1]
    ]
    new = [
        f"{number} ({row['manager_name']}, {row['form_type']} filed {row['filing_date']}) counts now"
        for number, row in counted[1].items()
        if number not in counted[0]
    ]
    return "; ".join(gone + new)


def _prices_differ(then: dict[str, Any], now: dict[str, Any], keys: tuple[str, ...]) -> str:
    def value(row: dict[str, Any], key: str) -> object:
        return "unknown" if row.get(key) is None else row[key]

    changes = [
        f"{key} was {value(then, key)}, is {value(now, key)}"
        for key in keys
        if not _is_same(then.get(key), now.get(key))
    ]
    return "prices: " + "; ".join(changes) if changes else ""
