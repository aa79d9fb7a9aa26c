"""How the edition of a list would differ if it were published now, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..reports.list_changes import compare
from ..settings import Settings
from .document import gather, requested
from .edition_differences import Differences, difference

# Not printed, or compared by `list_changes.compare`, or different only because something else is.
_NOT_COMPARED = {"known_on", "version", "caveats", "removed", "held_back", "prices_from", "prices_to"}
_STOCK_FACTS = (
    "holders_previous", "new", "closed", "holders_carried", "value_usd", "ownership_pct", "largest_holder", "sector",
    "industry", "filings", "index",
)  # fmt: skip


def find(settings: Settings, file: Path, then: Mapping[str, Any]) -> Differences:
    """What differs from `then`, the document in `file`. Raises as `gather` does."""
    compared = compare(settings, file)
    # notes and pictures are the editor's: what became of them shows in the files
    request = replace(requested(then, file.parent), notes=None)
    now = gather(settings, replace(request, listed=replace(request.listed, known_on=None)), may_lack=True).document
    rows = [dict(row) for row in compared.rows]
    causes = {row["ticker"]: row["because"] for row in rows if row["what"] == "holders"}
    rows += _stocks(then, now, causes) + _whole(then, now)
    return Differences(rows, compared.facts, compared.notes, compared.methodology)


def _stocks(then: Mapping[str, Any], now: Mapping[str, Any], causes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Stocks on both lists: what differs beside rank, holders, performance and market cap."""
    rows: list[dict[str, Any]] = []
    sides = [{row["ticker"]: {**row, **_facts_of(document, row["ticker"])} for row in document["rows"]}
             for document in (then, now)]  # fmt: skip
    for ticker in sorted(sides[0].keys() & sides[1].keys()):
        for what in _STOCK_FACTS:
            before, after = (side[ticker].get(what) for side in sides)
            if what in sides[0][ticker] and before != after:  # an older version's edition lacks some
                prices = "prices were corrected" if what in ("index", "ownership_pct") else ""
                because = causes.get(ticker) or prices or "filings or reference data since"
                rows.append(difference(ticker, what, before, after, because))
    return rows


def _facts_of(document: Mapping[str, Any], ticker: str) -> dict[str, Any]:
    stock = next(stock for stock in document["stocks"] if stock["ticker"] == ticker)
    return {**stock, "filings": [filing["accession_number"] for filing in stock["filings"]]}


def _whole(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs in the methodology, the coverage, the market and the stocks held back."""
    because = {
        "market": "prices or market caps were corrected or added",
        "coverage": "filings or reference data since",
        "methodology": "filings, prices or reference data since",
        "held_back": "prices were corrected or added",
    }
    rows = []
    if then.get("market_windows") != now.get("market_windows"):
        rows.append(difference(None, "market_windows", "as published", "changed", because["market"]))
    for part, why in because.items():
        if then.get(part) is None:  # an older version's edition lacks it
            continue
        if isinstance(then[part], list):
            before, after = ([row["ticker"] for row in document[part]] for document in (then, now))
            rows += [difference(None, part, before, after, why)] if before != after else []
            continue
        for key in sorted({*then[part]} - (_NOT_COMPARED if part == "methodology" else set())):
            before, after = (document[part].get(key) for document in (then, now))
            if before != after:
                rows.append(difference(None, f"{part} {key}", before, after, why))
    return rows
