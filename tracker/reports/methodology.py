"""The parameters and rules that led to an answer, as every answer states them beside its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from ..quarters import Quarter
from .as_of import BY_FILER, CAVEATS, NOW_KNOWN, WITH_MARKET_MAKERS, View

EFFECTIVE = "A RESTATEMENT replaces a report for its quarter, NEW HOLDINGS adds to it; see `tracker filings`."


_FAMILIES = "Families are counted: several managers of one family count once."


def of_view(seen: View, *, by_filer: bool = False, is_past: bool = False) -> dict[str, Any]:
    """Of what was counted for a quarter; `is_past` if it was asked as known on a day."""
    rules = [EFFECTIVE, *CAVEATS]
    rules += [BY_FILER if by_filer else _FAMILIES]
    rules += [WITH_MARKET_MAKERS] if seen.with_market_makers else []
    rules += [NOW_KNOWN] if is_past else []
    return {
        **of_quarter(seen.quarter, seen.known_on, rules),
        "counted": _classes(seen.with_market_makers),
        "counted_as": "filers" if by_filer else "families",
    }


def of_history(quarters: Sequence[Quarter], with_market_makers: bool) -> dict[str, Any]:
    """Of counts of several quarters, as known now."""
    rules = [EFFECTIVE, *CAVEATS, _FAMILIES, *([WITH_MARKET_MAKERS] if with_market_makers else [])]
    return {
        "quarters": [str(quarter) for quarter in quarters],
        "rules": rules,
        "counted": _classes(with_market_makers),
        "counted_as": "families",
    }


def of_quarter(quarter: Quarter, known_on: date | None, rules: list[str]) -> dict[str, Any]:
    """Of what was read for a quarter; `known_on` is None if everything filed by now counts."""
    return {"quarter": str(quarter), "period_of_report": quarter.end, "known_on": known_on, "rules": rules}


def _classes(with_market_makers: bool) -> list[str]:
    return ["hedge_fund", "market_maker"] if with_market_makers else ["hedge_fund"]
