"""The files of each kind of edition: which template makes which, and what it sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..tables import HeldBack
from .note_markup import show_notes
from .render import Layout, to_csv
from .sparklines import draw_line
from .window_names import performance_name


def _list_values(document: Mapping[str, Any]) -> dict[str, Any]:
    """What templates see of a list; `templates/README.md` documents it."""
    address = f"{document['base_url']}/{document['slug']}/" if document["base_url"] else ""
    notes = show_notes(document["notes"], address)
    own = [picture["file"] for picture in (document["notes"] or {"pictures": {}})["pictures"].values()]
    return {
        "notes": notes,
        "stocks": [{**stock, "note": notes.get(stock["ticker"])} for stock in _stocks(document)],
        "held_back": _held_back(document),
        "performance": performance_name(document["methodology"]),
        "picture_of_all": (own or ["charts/band.png"])[0],
    }


def _stocks(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each row with the details of its stock, in the order of the list."""
    details = {stock["ticker"]: stock for stock in document["stocks"]}
    return [
        {**row, **details[row["ticker"]], "line": draw_line(details[row["ticker"]]["sparkline"])}
        for row in document["rows"]
    ]


def _held_back(document: Mapping[str, Any]) -> dict[str, Any]:
    """`unclear`: rows to list one by one; `groups`: tickers by the kind of reason, as there are many."""
    groups: dict[str, list[str]] = {}
    for row in document["held_back"]:
        if row["kind"] != HeldBack.UNCLEAR:
            groups.setdefault(row["kind"], []).append(row["ticker"])
    return {"unclear": [row for row in document["held_back"] if row["kind"] == HeldBack.UNCLEAR], "groups": groups}


def _picks_by_quarter(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`signal_date`, `quarter` and `picks` of each signal day that bought, the newest first."""
    days: dict[str, list[dict[str, Any]]] = {}
    for row in document["rows"]:
        days.setdefault(row["signal_date"], []).append(
            {**row, "filings": [_filing(document, number) for number in row["accession_numbers"] or ()]}
        )
    return [
        {"signal_date": day, "quarter": picks[0]["quarter"], "picks": picks}
        for day, picks in sorted(days.items(), reverse=True)
    ]


def _benchmarks(document: Mapping[str, Any]) -> list[str]:
    """Those with a return in any year: `band`, `iwc`, ..."""
    names = [name.removesuffix("_pct") for name in (document["years"] or [{}])[0] if name.endswith("_pct")]
    return [
        name for name in names if name != "return" and any(row[f"{name}_pct"] is not None for row in document["years"])
    ]


def _filing(document: Mapping[str, Any], number: str) -> dict[str, Any]:
    unknown = {"manager_name": None, "url": None}
    return {"accession_number": number, **document["filings"].get(number, unknown)}


LIST = Layout(
    pages={"index.md": "index.md", "index.html": "index.html", "mail.html": "mail.html"},
    words="words.j2",
    values=_list_values,
    tables=lambda document: {
        "list.csv": to_csv(document["rows"], list((document["rows"] or [{"rank": 0}])[0])),
    },
)
STRATEGY = Layout(
    pages={"index.md": "strategy.md", "index.html": "strategy.html", "mail.html": "strategy_mail.html"},
    words="strategy_words.j2",
    values=lambda document: {
        "signals": _picks_by_quarter(document),
        "columns": _benchmarks(document),
        "picture_of_all": "charts/growth.png",
    },
    tables=lambda document: {
        "picks.csv": to_csv(document["rows"], ["ticker"]),
        "path.csv": to_csv(document["daily"], ["date"]),
        "quarters.csv": to_csv(document["quarters"], ["quarter"]),
    },
)
