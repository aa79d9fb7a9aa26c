"""How the edition of a strategy would differ if it were published now, and why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..settings import Settings
from .edition_differences import Differences, difference
from .strategy_document import gather, requested

_FILINGS, _PRICES = "filings or reference data since", "prices were corrected or added"
_PICK_FACTS = ("weight", "holders", "bought_on", "buy_price", "sold_on", "sell_price", "return_pct", "end")
_LONG = ("notes", "signals", "filings", "years", "quarters", "daily")


def find(settings: Settings, file: Path, then: Mapping[str, Any]) -> Differences:
    """What differs from `then`, the document in `file`: its picks one by one, then the run as a whole.

    Raises as `gather` does, and InputError if the document is not as it was written.
    """
    now = gather(settings, requested(then)).document
    try:
        because = _causes(then, now)
        why = _FILINGS if _FILINGS in because.values() else _PRICES
        return Differences([*_picks(then, now, because), *_facts(then, now, why), *_parts(then, now, because, why)])
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"{file} is not as it was written ({error!r:.80}); publish the strategy anew") from None


def _facts(then: Mapping[str, Any], now: Mapping[str, Any], why: str) -> list[dict[str, Any]]:
    """Figures of the result and of the plan; those in a group, such as measures, one by one."""
    rows: list[dict[str, Any]] = []
    for part in ("result", "methodology"):
        before, after = (_flat(document[part]) for document in (then, now))
        rows += [
            difference(None, name, before[name], after.get(name), why)
            for name in sorted(before.keys() - {"version"})
            if before[name] != after.get(name)
        ]
    return rows


def _parts(
    then: Mapping[str, Any], now: Mapping[str, Any], because: Mapping[str, str], why: str
) -> list[dict[str, Any]]:
    """Parts that are too long to be shown, and digests: that they are others."""
    names = [name for name in _LONG if then[name] != now[name]]
    days = [f"candidates of {day}" for day, cause in sorted(because.items()) if cause == _FILINGS]
    prices = ["closes"] if then["state"]["closes_sha256"] != now["state"]["closes_sha256"] else []
    causes = [
        *((name, why) for name in names),
        *((day, _FILINGS) for day in days),
        *((name, _PRICES) for name in prices),
    ]
    return [difference(None, name, "as published", "changed", cause) for name, cause in causes]


def _flat(part: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in part.items():
        flat |= {f"{name} {key}": member for key, member in value.items()} if isinstance(value, dict) else {name: value}
    return flat


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
