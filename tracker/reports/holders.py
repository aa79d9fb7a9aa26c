"""Who holds a security, in one quarter and over the quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from ..lookup import find_security
from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store
from . import held_security, methodology, open_quarter
from .as_of import BY_FILER, CAVEATS, NOW_KNOWN, WITH_MARKET_MAKERS, View, note_market_makers, view

_POSITION_COLUMNS = (
    Column("manager_name", "Hedge fund"),
    Column("shares", "Shares", "number"),
    Column("value_usd", "Value", "usd"),
    Column("portfolio_pct", "Of portfolio", "share"),
    Column(
        "change", "Change", about="what the manager did since the quarter before; null without its reports for both"
    ),
    Column("accession_number", "Filing"),
)
_HISTORY_COLUMNS = (
    Column("quarter", "Quarter"),
    Column("holders", "Hedge funds", "integer"),
    Column("new", "New", "integer"),
    Column("increased", "More", "integer"),
    Column("reduced", "Less", "integer"),
    Column("closed", "Closed", "integer"),
    Column("awaited", "Awaited", "integer"),
    Column("shares", "Shares", "number"),
    Column("value_usd", "Value", "usd"),
    Column("split_ratio", "Split", "number"),
    Column("largest_holder", "Largest holder"),
)


def who_holds(
    settings: Settings,
    query: str,
    quarter: Quarter | None,
    known_on: date | None = None,
    *,
    by_filer: bool = False,
    with_market_makers: bool = False,
) -> Answer:
    """Each hedge fund that holds the security named by `query` (ticker, CUSIP or part of the name).

    `holders` counts families, or filing managers with `by_filer`; also market makers `with_market_makers`. The fact
    `awaited_positions` has what those held in the quarter before that have not reported: it is not counted. `change`
    (one of position_changes.Change) is what the manager did since the quarter before, adjusted for splits; null if it
    has no whole report for both quarters. Who sold all is in the fact `closed_positions`. Raises NotFoundError.
    """
    with Store(settings) as store:
        seen = view(store, quarter, known_on, with_market_makers=with_market_makers)
        # for filers the families are divided, which takes a new count
        counted = view(store, quarter, known_on, by_filer=True) if by_filer else None
        found = held_security.look(store, find_security(store, query, seen.counts), seen, counted)
    facts = {
        **found.facts(),
        "reporting": open_quarter.facts(seen.quarter, seen.reporting),
        "caveats": list(CAVEATS),
    }
    filers = f" ({plural(found.filers, 'filer')})" if found.filers != found.count else ""
    title = f"{found.security.label}: {found.holders_text()}{filers}, {seen.quarter}"
    if seen.reporting.is_open:
        carried = found.count + found.awaited["family"].n_unique()
        title += f"; {carried:,} with the awaited. {open_quarter.open_sentence(seen.quarter, seen.reporting)}"
    notes = [*found.notes(), *_caveats(seen, by_filer=by_filer, is_past=known_on is not None)]
    how = methodology.of_view(counted or seen, by_filer=by_filer, is_past=known_on is not None)
    return Answer(title, _columns(seen), found.rows(), facts, notes, _footer(seen), how)


def who_hold_several(
    settings: Settings,
    queries: Sequence[str],
    quarter: Quarter | None,
    known_on: date | None = None,
    *,
    by_filer: bool = False,
    with_market_makers: bool = False,
) -> Answer:
    """As `who_holds`, of several securities: `security` (ticker, or CUSIP) is the first column of each row.

    The fact `securities` has of each what `who_holds` has. Two queries may mean one security, which is shown once.
    Raises NotFoundError for the first that is not known.
    """
    with Store(settings) as store:
        seen = view(store, quarter, known_on, with_market_makers=with_market_makers)
        counted = view(store, quarter, known_on, by_filer=True) if by_filer else None
        named = {(one := find_security(store, query, seen.counts)).label: one for query in queries}
        found = [held_security.look(store, security, seen, counted) for security in named.values()]
    facts = {
        "period_of_report": seen.quarter.end,
        "known_on": seen.known_on,
        "securities": [each.facts() for each in found],
        "reporting": open_quarter.facts(seen.quarter, seen.reporting),
        "caveats": list(CAVEATS),
    }
    title = f"{', '.join(f'{each.code} {each.holders_text()}' for each in found)}, {seen.quarter}"
    open_sentence = open_quarter.open_sentence(seen.quarter, seen.reporting)
    notes = [
        *(f"{each.code}: {note}" for each in found for note in each.notes()),
        *_caveats(seen, by_filer=by_filer, is_past=known_on is not None),
    ]
    rows = [{"security": each.code, **row} for each in found for row in each.rows()]
    columns = (Column("security", "Security", about="the ticker, or the CUSIP without one"), *_columns(seen))
    how = methodology.of_view(counted or seen, by_filer=by_filer, is_past=known_on is not None)
    title = f"{title}. {open_sentence}" if open_sentence else title
    return Answer(title, columns, rows, facts, notes, _footer(seen), how)


def _columns(seen: View) -> Sequence[Column]:
    if seen.with_market_makers:
        return (Column("manager_name", "Holder"), Column("manager_class", "Class"), *_POSITION_COLUMNS[1:])
    return _POSITION_COLUMNS


def _caveats(seen: View, *, by_filer: bool, is_past: bool) -> list[str]:
    return [
        CAVEATS[0],
        *([BY_FILER] if by_filer else []),
        *note_market_makers(seen),
        *([f"As filed by {seen.known_on}. {NOW_KNOWN}"] if is_past else []),
    ]


def _footer(seen: View) -> str:
    return f"Form 13F for {seen.quarter}, filed up to {seen.known_on} · each family counts once · options not counted"


def history(settings: Settings, query: str, with_market_makers: bool = False) -> Answer:
    """Holders of a security in every loaded quarter, with the changes from quarter to quarter. Raises NotFoundError."""
    with Store(settings) as store:
        store.require_quarter(None)
        quarters = store.quarters()
        if with_market_makers:
            seen = {quarter: view(store, quarter, with_market_makers=True) for quarter in quarters}
            by_quarter = {quarter: each.counts for quarter, each in seen.items()}
            reporting = {quarter: each.reporting for quarter, each in seen.items()}
        else:
            by_quarter = {quarter: store.holder_counts(quarter) for quarter in quarters}
            reporting = {quarter: open_quarter.of_quarter(store, quarter) for quarter in quarters}
        security = find_security(store, query, pl.concat(by_quarter.values()))
    rows: list[dict[str, Any]] = [
        {
            "quarter": str(quarter),
            "period_of_report": quarter.end,
            **{column.key: None for column in _HISTORY_COLUMNS[1:]},
            **held_security.nobody(counts),
            **next(iter(security.of(counts).to_dicts()), {}),
            "is_open": open_quarter.facts(quarter, reporting[quarter])["is_open"],
        }
        for quarter, counts in by_quarter.items()
    ]
    facts = {
        "ticker": security.ticker,
        "cusips": security.cusips,
        "name": security.name,
        "with_market_makers": with_market_makers,
        "caveats": list(CAVEATS),
    }
    for row in rows:
        row["change"] = held_security.net_change(row)
    has_awaited = any(row["awaited"] for row in rows)
    open_sentences = (open_quarter.open_sentence(quarter, of_it) for quarter, of_it in reporting.items())
    notes = [
        *security.notes,
        *(f"{sentence}." for sentence in open_sentences if sentence),
        "New, more, less and closed: of the families that reported for both the quarter and the one before; more and "
        "less are adjusted for splits if prices are loaded.",
        *(
            ["Awaited: families that held it a quarter before and have not reported: neither holders nor sellers."]
            if has_awaited
            else []
        ),
        CAVEATS[0],
        *([WITH_MARKET_MAKERS] if with_market_makers else []),
    ]
    how = methodology.of_history(quarters, with_market_makers)
    counted = ", with market makers" if with_market_makers else ""
    columns = [column for column in _HISTORY_COLUMNS if has_awaited or column.key != "awaited"]
    if with_market_makers:
        columns = [replace(column, heading="Holders") if column.key == "holders" else column for column in columns]
    return Answer(f"{security.label}: holders by quarter{counted}", columns, rows, facts, notes, methodology=how)
