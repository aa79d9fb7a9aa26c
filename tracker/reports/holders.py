"""Who holds a security, in one quarter and over the quarters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from ..lookup import Security, find_security
from ..output import Answer, Column, money, plural
from ..quarters import Quarter
from ..rankings.quarter_changes import CHANGES, IS_SHARES
from ..settings import Settings
from ..store import Store
from ..tables import HolderCountsFrame, PositionsFrame
from . import methodology, open_quarter
from .as_of import BY_FILER, CAVEATS, NOW_KNOWN, WITH_MARKET_MAKERS, View, note_market_makers, view

_POSITION_COLUMNS = (
    Column("manager_name", "Hedge fund"),
    Column("cik", "CIK"),
    Column("shares", "Shares", "number"),
    Column("value_usd", "Value", "usd"),
    Column("portfolio_pct", "Of portfolio", "share"),
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


_COMPARED = (*CHANGES, "awaited")


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
    `awaited_positions` has what those held in the quarter before that have not reported: it is not counted. Raises
    NotFoundError.
    """
    with Store(settings) as store:
        seen = view(store, quarter, known_on, with_market_makers=with_market_makers)
        security = find_security(store, query, seen.counts)
        positions = seen.positions_of(store, security)
        # for filers the families are divided, which takes a new count
        counted = view(store, quarter, known_on, by_filer=True) if by_filer else seen
        awaited = counted.awaited_of(store, security).sort(["shares", "cik"], descending=[True, False], nulls_last=True)
    shares = positions.filter(IS_SHARES).sort(["shares", "cik"], descending=[True, False], nulls_last=True)
    others = positions.filter(~IS_SHARES).sort(
        ["put_call", "shares", "cik"], descending=[False, True, False], nulls_last=True
    )
    count = shares["cik" if by_filer else "family"].n_unique()
    facts = {
        "ticker": security.ticker,
        "cusip": (shares.sort("value_usd", descending=True)["cusip"].to_list() or security.cusips)[0],
        "cusips": security.cusips,
        "name": security.name,
        "period_of_report": seen.quarter.end,
        "known_on": seen.known_on,
        "holders": count,
        "by_filer": by_filer,
        "with_market_makers": with_market_makers,
        "filers": shares["cik"].n_unique(),
        "shares": int(shares["shares"].sum()),
        "value_usd": int(shares["value_usd"].sum()),
        **_changes(counted, security),
        "options_and_principal": _position_rows(others, seen),
        "awaited_positions": [
            {"period_of_report": seen.quarter.previous.end, **row} for row in _position_rows(awaited, seen)
        ],
        "reporting": open_quarter.facts(seen.quarter, seen.reporting),
        "caveats": list(CAVEATS),
    }
    notes = [
        *security.notes,
        f"{_holders(count, with_market_makers)} {'holds' if count == 1 else 'hold'} "
        f"{shares['shares'].sum():,.0f} shares worth {money(float(shares['value_usd'].sum()))} at {seen.quarter.end}.",
        *(
            f"Not counted: {row['manager_name']} reports {_what(row)} ({money(row['value_usd'])}), "
            f"{row['accession_number']}"
            for row in others.to_dicts()
        ),
        *(
            f"Awaited, not counted: {row['manager_name']}, {_amount(row)} shares ({money(row['value_usd'])}) "
            f"at {row['period_of_report']}, {row['accession_number']}"
            for row in awaited.to_dicts()
        ),
        CAVEATS[0],
        *([BY_FILER] if by_filer else []),
        *note_market_makers(seen),
        *([f"As filed by {known_on}. {NOW_KNOWN}"] if known_on else []),
    ]
    filer_count = shares["cik"].n_unique()
    filers = f" ({plural(filer_count, 'filer')})" if filer_count != count else ""
    title = f"{security.label}: {_holders(count, with_market_makers)}{filers}, {seen.quarter}"
    if seen.reporting.is_open:
        carried = count + awaited["family"].n_unique()
        title += f"; {carried:,} with the awaited. {open_quarter.open_sentence(seen.quarter, seen.reporting)}"
    footer = f"Form 13F for {seen.quarter}, filed up to {seen.known_on} · each family counts once · options not counted"
    with_class = (Column("manager_name", "Holder"), Column("manager_class", "Class"), *_POSITION_COLUMNS[1:])
    columns = with_class if with_market_makers else _POSITION_COLUMNS
    how = methodology.of_view(counted, by_filer=by_filer, is_past=known_on is not None)
    return Answer(title, columns, _position_rows(shares, seen), facts, notes, footer, how)


def _holders(count: int, with_market_makers: bool) -> str:
    if with_market_makers:
        return plural(count, "hedge fund or market maker", "hedge funds and market makers")
    return plural(count, "hedge fund")


def _changes(seen: View, security: Security) -> dict[str, int | None]:
    """The columns of HOLDER_COUNTS that compare with the quarter before, and change; 0 if none has held it lately."""
    row = {**_nobody(seen.counts), **next(iter(security.of(seen.counts).to_dicts()), {})}
    return {name: row[name] for name in (*_COMPARED, "holders_carried")} | {"change": _change(row)}


def _nobody(counts: HolderCountsFrame) -> dict[str, int | None]:
    """What a row of HOLDER_COUNTS would have for a security that it does not have."""
    known = {name: 0 if counts[name].count() else None for name in _COMPARED}
    zeros = dict.fromkeys(("holders", "filers", "shares", "value_usd"), 0)
    return {**known, **zeros, "holders_carried": known["awaited"]}


def _change(row: dict[str, Any]) -> int | None:
    return None if row["new"] is None else row["new"] - row["closed"]


def _amount(position: dict[str, Any]) -> str:
    return "an unknown number of" if position["shares"] is None else f"{position['shares']:,.0f}"


def _what(position: dict[str, Any]) -> str:
    amount = _amount(position)
    if position["put_call"]:
        return f"{position['put_call'].lower()}s on {amount} shares"
    return f"${amount} of principal"


def _position_rows(positions: PositionsFrame, seen: View) -> list[dict[str, object]]:
    """Rows of an answer: columns of POSITIONS, and the class of the manager."""
    classes = seen.managers.select("cik", "manager_class")
    return (
        positions.join(classes, on="cik", how="left", validate="m:1", maintain_order="left")
        .select(
            "cik",
            "manager_name",
            "family",
            "cusip",
            "share_type",
            "put_call",
            "shares",
            "value_usd",
            "portfolio_pct",
            "accession_number",
            "filing_count",
            "manager_class",
        )
        .to_dicts()
    )


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
            **_nobody(counts),
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
        row["change"] = _change(row)
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
