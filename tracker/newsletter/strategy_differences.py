"""How the edition of a strategy would differ if it were published now, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..settings import Settings
from .edition_differences import Differences, difference
from .strategy_document import gather, requested

_FILINGS, _PRICES = "filings or reference data since", "prices were corrected or added"
_PICK_FACTS = ("weight", "holders", "bought_on", "buy_price", "sold_on", "sell_price", "return_pct", "end")
_SAYS_OTHERWISE = {"rule"}  # the same by the request


def find(settings: Settings, file: Path, then: Mapping[str, Any]) -> Differences:
    """What differs from `then`: its picks one by one, then the run as a whole. Raises as `gather` does."""
    now = gather(settings, requested(then)).document
    because = _causes(then, now)
    rows = _picks(then, now, because)
    why = next((cause for cause in because.values() if cause == _FILINGS), _PRICES)
    for part in ("result", "methodology"):
        for name in sorted({*then[part]} - _SAYS_OTHERWISE - {"version"}):
            before, after = then[part][name], now[part].get(name)
            if isinstance(before, dict):
                inner = sorted({*before} | {*(after or {})})
                rows += [
                    difference(None, f"{name} {key}", before.get(key), (after or {}).get(key), why)
                    for key in inner
                    if before.get(key) != (after or {}).get(key)
                ]
            elif before != after:
                rows.append(difference(None, name, before, after, why))
    for part in ("signals", "filings"):
        if then[part] != now[part]:
            rows.append(difference(None, part, "as published", "changed", _FILINGS))
    if not rows and any(then[part] != now[part] for part in ("daily", "quarters", "years")):
        rows.append(difference(None, "daily", "as published", "changed", why))
    return Differences(rows)


def _causes(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """By signal day: filings, if the candidates of the day differ, else prices."""
    before, after = (document["state"]["candidates_sha256"] for document in (then, now))
    return {day: _PRICES if before.get(day) == after.get(day) else _FILINGS for day in {*before, *after}}


def _picks(then: Mapping[str, Any], now: Mapping[str, Any], because: Mapping[str, str]) -> list[dict[str, Any]]:
    sides = [{(row["signal_date"], row["ticker"]): row for row in document["rows"]} for document in (then, now)]
    rows = []
    for day, ticker in sorted({*sides[0], *sides[1]}):
        before, after = (side.get((day, ticker)) for side in sides)
        why, quarter = because.get(day, _FILINGS), (before or after or {})["quarter"]
        if before is None or after is None:
            was, is_now = ("not picked" if row is None else "picked" for row in (before, after))
            rows.append(difference(ticker, quarter, was, is_now, why))
            continue
        rows += [
            difference(ticker, f"{quarter} {name}", before[name], after[name], why)
            for name in (*_PICK_FACTS, "accession_numbers")
            if before[name] != after[name]
        ]
    return rows
