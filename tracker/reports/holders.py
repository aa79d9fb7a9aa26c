"""Who holds a security, in one quarter and over the quarters."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from ..lookup import find_security
from ..output import Answer, Column, money, plural
from ..quarters import Quarter
from ..rankings import holder_counts
from ..settings import Settings
from ..store import Store
from ..tables import PositionsFrame
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

    `holders` counts families, or filing managers with `by_filer`; also market makers `with_market_makers`. Raises
    NotFoundError.
    """
    with Store(settings) as store:
        seen = view(store, quarter, known_on, with_market_makers=with_market_makers)
        security = find_security(store, query, seen.counts)
        positions = seen.positions_of(store, security)
    shares = positions.filter(holder_counts.IS_SHARES).sort(
        ["shares", "cik"], descending=[True, False], nulls_last=True
    )
    others = positions.filter(~holder_counts.IS_SHARES).sort(
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
        "options_and_principal": _position_rows(others, seen),
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
        CAVEATS[0],
        *([BY_FILER] if by_filer else []),
        *note_market_makers(seen),
        *([f"As filed by {known_on}. {NOW_KNOWN}"] if known_on else []),
    ]
    filer_count = shares["cik"].n_unique()
    filers = f" ({plural(filer_count, 'filer')})" if filer_count != count else ""
    title = f"{security.label}: {_holders(count, with_market_makers)}{filers}, {seen.quarter}"
    footer = f"Form 13F for {seen.quarter}, filed up to {seen.known_on} · each family counts once · options not counted"
    with_class = (Column("manager_name", "Holder"), Column("manager_class", "Class"), *_POSITION_COLUMNS[1:])
    columns = with_class if with_market_makers else _POSITION_COLUMNS
    return Answer(title, columns, _position_rows(shares, seen), facts, "positions", notes, footer)


def _holders(count: int, with_market_makers: bool) -> str:
    if with_market_makers:
        return plural(count, "hedge fund or market maker", "hedge funds and market makers")
    return plural(count, "hedge fund")


def _what(position: dict[str, Any]) -> str:
    amount = "an unknown number of" if position["shares"] is None else f"{position['shares']:,.0f}"
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
        counts = pl.concat(
            view(store, quarter, with_market_makers=True).counts if with_market_makers else store.holder_counts(quarter)
            for quarter in quarters
        )
        security = find_security(store, query, counts)
    counts_of = {row["period_of_report"]: row for row in security.of(counts).to_dicts()}
    nobody = {"holders": 0, "filers": 0, "shares": 0, "value_usd": 0}
    rows = [
        {
            "quarter": str(quarter),
            "period_of_report": quarter.end,
            **{column.key: None for column in _HISTORY_COLUMNS[1:]},
            "holders_previous": None,
            **counts_of.get(quarter.end, nobody),
        }
        for quarter in quarters
    ]
    facts = {
        "ticker": security.ticker,
        "cusips": security.cusips,
        "name": security.name,
        "with_market_makers": with_market_makers,
        "caveats": list(CAVEATS),
    }
    notes = [
        *security.notes,
        "More and less: families that hold more or fewer shares than a quarter before, adjusted for splits if prices "
        "are loaded. New and closed: only families that reported for both quarters.",
        CAVEATS[0],
        *([WITH_MARKET_MAKERS] if with_market_makers else []),
    ]
    columns, counted = _HISTORY_COLUMNS, ""
    if with_market_makers:
        columns, counted = (columns[0], Column("holders", "Holders", "integer"), *columns[2:]), ", with market makers"
    return Answer(f"{security.label}: holders by quarter{counted}", columns, rows, facts, "quarters", notes)
