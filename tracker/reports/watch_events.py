"""What has come about for a watch-list, from all that is loaded of a quarter: an event each, with an id that stays.

An event is told apart by what it says (the quarter, the kind, the fund, the security, the shares), not by when it was
found: a later filing that shows the same makes no new event, one that corrects the shares does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import polars as pl

from ..output import money, percent, plural
from ..quarters import Quarter
from ..rankings.parameters import ListRequest
from ..store import Store
from .as_of import View, view
from .season_filers import list_filed
from .season_list import SeasonList, list_stocks, prices_by
from .season_news import event_id, of_any
from .season_states import Move, at_start, compare_states, standing
from .watch_list import WatchList
from .watch_names import find_families, find_securities


class WatchKind(StrEnum):
    """The kind of an event, in the order in which they are shown; moves of a fund have the names of `Move`."""

    FILED = "filed"
    GAINED = "gained"
    INCREASED = "increased"
    REDUCED = "reduced"
    LOST = "lost"
    STAKE = "large_stake"
    HOLDERS = "holders_reached"
    CHANGE = "change_reached"


_ORDER = {kind.value: place for place, kind in enumerate(WatchKind)}
_TOLD = (Move.GAINED, Move.INCREASED, Move.REDUCED, Move.LOST)
_KEYS = (
    *("ticker", "cusip", "name", "family", "cik", "shares", "shares_before", "value_usd"),
    *("value_before_usd", "portfolio_pct", "stake_pct", "is_compared", "holders", "holders_carried", "change"),
    *("form_type", "filing_date", "accession_number", "url"),
)
_WORDS = {
    WatchKind.FILED: "filed",
    WatchKind.GAINED: "bought",
    WatchKind.INCREASED: "added",
    WatchKind.REDUCED: "reduced",
    WatchKind.LOST: "sold out",
    WatchKind.STAKE: "large stake",
}


@dataclass(frozen=True)
class Watched:
    """The events of a quarter, and sentences on what of the watch-list is not known."""

    quarter: Quarter
    events: list[dict[str, Any]]
    notes: list[str]


def watch_quarter(store: Store, watch_list: WatchList, quarter: Quarter) -> Watched:
    """What has come about for the watch-list in a loaded quarter since nobody had reported for it.

    Each event has id, kind (one of WatchKind), what (in words), quarter, and `_KEYS`: null if it does not apply. Raises
    InputError for a fund whose name several managers have.
    """
    seen = view(store, quarter)
    moves = compare_states(at_start(store, seen), standing(store, seen), seen, store.split_ratios(quarter))
    moves = of_any(moves, seen.counts)
    securities, notes = find_securities(store, watch_list, seen)
    families, more = find_families(store, watch_list)
    notes += more
    listed = SeasonList(pl.DataFrame())
    if families or watch_list.thresholds.is_of_list:
        band = watch_list.band
        request = ListRequest(min_holders=0, cap_min_usd=band.low_usd, cap_max_usd=band.high_usd)
        listed = list_stocks(store, request, seen, prices_by(store, date.max))
        if listed.parameters is None:
            notes.append(f"The list is not known, so of it nothing is told: {listed.unknown}.")
    if not seen.reporting.expected:
        notes.append(f"{quarter.previous} is not loaded: whether a holder of {quarter} is new is not known.")
    rows = [*_filings(seen, families), *_moves(watch_list, moves, securities, families, listed)]
    if listed.parameters is not None:
        rows += [*_stakes(watch_list, moves, listed), *_counts(watch_list, listed, seen)]
    events = {}
    for parts, row in rows:
        mark = event_id("watch", quarter, row["kind"], *parts)
        known = {"id": mark, "kind": row["kind"], "what": row["what"], "quarter": str(quarter)}
        events[mark] = {**known, **dict.fromkeys(_KEYS), **{key: row[key] for key in _KEYS if key in row}}
    ordered = sorted(events.values(), key=lambda row: (_ORDER[row["kind"]], row["ticker"] or "", row["family"] or ""))
    return Watched(quarter, ordered, notes)


_Row = tuple[tuple[object, ...], dict[str, Any]]


def _filings(seen: View, families: list[str]) -> list[_Row]:
    """Every filing of the watched funds, amendments and notices, too."""
    return [
        ((row["accession_number"],), {**row, "kind": WatchKind.FILED.value, "what": f"filed {row['form_type']}"})
        for row in list_filed(seen)
        if row["family"] in families
    ]


def _moves(
    watch_list: WatchList, moves: pl.DataFrame, securities: list[str], families: list[str], listed: SeasonList
) -> list[_Row]:
    """Moves of anybody in the watched securities, and purchases and sales of the watched funds on the list."""
    least = watch_list.thresholds
    size = pl.max_horizontal("value_usd", "value_before_usd")
    moved_pct = (pl.col("shares") / pl.col("shares_before") - 1).abs() * 100
    is_trade = pl.col("move").is_in([Move.INCREASED, Move.REDUCED])
    is_small = (is_trade & (moved_pct < least.min_move_pct)) | (size < least.min_value_usd)
    stocks = listed.listed.to_list() if listed.parameters is not None else []
    of_fund = pl.col("family").is_in(families) & pl.col("security").is_in(stocks)
    is_told = pl.col("security").is_in(securities) | (of_fund & pl.col("move").is_in([Move.GAINED, Move.LOST]))
    is_told &= pl.col("move").is_in([move.value for move in _TOLD]) & ~pl.col("is_awaited").fill_null(False)
    told = moves.filter(is_told & ~is_small.fill_null(False))
    return [
        (
            (row["cik"], row["cusip"], row["shares"] if row["move"] != Move.LOST else ""),
            {**row, "kind": row["move"], "what": _what(row)},
        )
        for row in told.to_dicts()
    ]


def _stakes(watch_list: WatchList, moves: pl.DataFrame, listed: SeasonList) -> list[_Row]:
    """Stakes of the list that reach the threshold by a purchase."""
    threshold = watch_list.thresholds.stake_pct
    if threshold is None:
        return []
    stocks = listed.stocks.select("security", "pct_of_a_share", "holders", "holders_carried", "change")
    held = moves.join(stocks, on="security", how="inner", validate="m:1").with_columns(
        (pl.col("shares") * pl.col("pct_of_a_share")).alias("stake_pct")
    )
    is_bought = pl.col("move").is_in([Move.GAINED, Move.INCREASED]) & ~pl.col("is_awaited").fill_null(False)
    large = held.filter(is_bought & (pl.col("stake_pct") >= threshold))
    return [
        ((row["cik"], row["cusip"], row["shares"]), {**row, "kind": WatchKind.STAKE.value, "what": _stake(row)})
        for row in large.to_dicts()
    ]


def _counts(watch_list: WatchList, listed: SeasonList, seen: View) -> list[_Row]:
    """Stocks of the list whose number of holders, or its change, reaches the threshold: told once a quarter."""
    holders, change = watch_list.thresholds.holders, watch_list.thresholds.change
    cusips = dict(seen.counts.select(pl.coalesce("ticker", "cusip"), "cusip").rows())
    rows: list[_Row] = []
    for row in listed.stocks.sort("rank").to_dicts():
        row["cusip"] = cusips.get(row["security"])
        if holders is not None and row["holders"] >= holders:
            what = f"has {plural(row['holders'], 'hedge fund')}"
            rows.append(((row["security"], holders), {**row, "kind": WatchKind.HOLDERS.value, "what": what}))
        if change is not None and row["change"] is not None and abs(row["change"]) >= change:
            what = f"{row['change']:+,} hedge funds since {seen.quarter.previous}"
            sign = "more" if row["change"] > 0 else "fewer"
            rows.append(((row["security"], sign, change), {**row, "kind": WatchKind.CHANGE.value, "what": what}))
    return rows


def _what(row: dict[str, Any]) -> str:
    """A move in words: who has no report for the quarter before is shown, and may not have bought."""
    if row["move"] == Move.GAINED and not row["is_compared"]:
        return "holder, before unknown"
    words = _WORDS[row["move"]]
    if row["move"] in (Move.INCREASED, Move.REDUCED) and row["shares_before"]:
        return f"{words} ({percent((row['shares'] / row['shares_before'] - 1) * 100, '+')})"
    return words


def _stake(row: dict[str, Any]) -> str:
    return f"{percent(row['stake_pct'])} of the company ({money(row['value_usd'])})"
