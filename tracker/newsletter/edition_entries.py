"""How an edition stands among all of them: its row in the database, and its lines in the feed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ..output import dollars, percent, plural
from ..rankings.parameters import Parameters


@dataclass(frozen=True)
class Entry:
    """`row` has columns of EDITIONS, `ranked` rows of RANKINGS (none for what is no list), `lines` the feed's text."""

    row: dict[str, Any]
    ranked: Sequence[Mapping[str, Any]]
    lines: Sequence[str]


def of_list(document: Mapping[str, Any]) -> Entry:
    """The entry of a ranked list."""
    method = document["methodology"]
    row = {
        **{name: method[name] for name in ("period_of_report", "known_on", "base_date", "end_date", "cap_date")},
        **_common(document),
        "stocks": len(document["rows"]),
        "hedge_funds": method["hedge_funds_counted"],
        # an edition of an older version lacks the newer ones
        "parameters": json.dumps({field.name: method.get(field.name) for field in fields(Parameters)}),
    }
    return Entry(row, document["rows"], _list_lines(document))


def of_strategy(document: Mapping[str, Any]) -> Entry:
    """The entry of a strategy: its quarters and what became of it; a claim only if it makes one."""
    method, result = document["methodology"], document["result"]
    row = {
        "period_of_report": method["period_of_report"],
        "known_on": document["state"]["known_on"],
        "base_date": result.get("from"),
        "end_date": result.get("to"),
        **_common(document),
        "stocks": result["names"],
        "hedge_funds": document["signals"][-1]["funds"],
        "parameters": json.dumps(method),
    }
    short = ": too short to tell" if result["is_too_short"] else ""
    lines = [
        *(f"{warning[:1].upper()}{warning[1:]}." for warning in result["looks_ahead"]),
        f"{result['rule']} over {plural(result['quarters'], 'quarter')} and {plural(result['names'], 'name')}{short}.",
        *document["notes"],
    ]
    return Entry(row, (), lines)


def _common(document: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: document[name] for name in ("slug", "title", "as_of")}, "state": json.dumps(document["state"])}


def _list_lines(document: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{row['rank']}. {row['name']} ({row['listing']}): market capitalization "
        f"{dollars(row['market_cap_usd'])}, performance {percent(row['return_pct'])}, "
        f"{plural(row['holders'], 'hedge fund holder')}"
        for row in document["rows"]
    ]
    reporting = document["methodology"].get("reporting") or {}
    if reporting.get("is_open"):
        lines.insert(0, _open_sentence(document["methodology"]["quarter"], reporting))
    return lines or ["No stock meets the criteria."]


def _open_sentence(quarter: str, reporting: Mapping[str, Any]) -> str:
    reported, of_all = reporting["families_reported"], reporting["families_previous"]
    return (
        f"Preliminary: {quarter} is still open, {reported:,} of the {of_all:,} hedge fund families that reported for "
        f"{reporting['previous_quarter']} had reported."
    )
