"""What the filings between two days did to the list: an event each, with an id that stays."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import polars as pl

from ..output import percent, plural
from ..rankings.quarter_changes import SECURITY
from ..tables import HolderCountsFrame
from .as_of import View
from .season_list import SeasonList
from .season_states import Move

# Section 13(d) of the Exchange Act asks whoever holds more than 5% of a class of shares to report it.
STAKE_PCT = 5.0


class Event(StrEnum):
    """The kind of an event, in the order in which they are shown."""

    ENTERED = "entered"
    LEFT = "left"
    STAKE = "large_stake"
    GAINED = "gained"
    LOST = "lost"
    NO_LONGER_AWAITED = "no_longer_awaited"


_WORDS = {
    Event.ENTERED: "entered the list",
    Event.LEFT: "left the list",
    Event.STAKE: "large stake",
    Event.GAINED: "holder gained",
    Event.LOST: "holder lost",
    Event.NO_LONGER_AWAITED: "no longer awaited",
}
_ORDER = {kind.value: place for place, kind in enumerate(Event)}
_STOCK = ("ticker", "name", "listing", "rank", "holders", "holders_carried")
_MOVE = (
    *("family", "cik", "cusip", "shares", "shares_before", "value_usd", "value_before_usd", "portfolio_pct"),
    *("stake_pct", "is_compared", "filing_date", "accession_number", "url"),
)


def event_id(*parts: object) -> str:
    """The id of an event, a `urn:uuid:`: the same parts give the same id, on any day and on any machine."""
    return uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(map(str, ("tracker", *parts)))).urn


def gather(
    before: SeasonList, after: SeasonList, moves: pl.DataFrame, seen: View, stake_pct: float = STAKE_PCT
) -> list[dict[str, Any]]:
    """The events between two moments, those of the list first; `moves` as `season_states.compare_states` gives them.

    `seen` is the view of the later moment. Each has id, kind (one of Event), what (the same in words), ticker, name,
    listing, rank (in the earlier list for a stock that left), holders, holders_carried, family, cik, cusip, shares,
    shares_before, value_usd, value_before_usd, portfolio_pct, stake_pct (of the shares outstanding that market cap and
    close imply), is_compared, filing_date, accession_number and url; what does not apply is null.
    """
    quarter, stocks = str(seen.quarter), _stocks(before, after, seen)
    known = moves.join(stocks, on="security", how="inner", validate="m:1").with_columns(
        pl.when(~pl.col("is_awaited")).then(pl.col("shares") * pl.col("pct_of_a_share")).alias("stake_pct")
    )
    is_stake = (pl.col("stake_pct") >= stake_pct) & pl.col("move").is_in([Move.GAINED, Move.INCREASED])
    kinds = [Event.GAINED, Event.LOST, Event.NO_LONGER_AWAITED]
    by_fund = pl.concat(
        [
            known.filter(is_stake).with_columns(pl.lit(Event.STAKE.value).alias("kind")),
            known.filter(pl.col("move").is_in([kind.value for kind in kinds])).with_columns(
                pl.col("move").alias("kind")
            ),
        ]
    )
    rows = _list_events(quarter, before, after, known, stocks)
    rows += [
        {"id": event_id(quarter, row["kind"], row["accession_number"], row["cik"], row["cusip"], row["shares"]), **row}
        for row in by_fund.select("kind", *_STOCK, *_MOVE).to_dicts()
    ]
    worded = [{"id": row["id"], "kind": row["kind"], "what": _words(row), **row} for row in rows]
    return sorted(worded, key=lambda row: (_ORDER[row["kind"]], *_importance(row)))


def of_any(moves: pl.DataFrame, counts: HolderCountsFrame) -> pl.DataFrame:
    """`moves` with ticker and name of the security, as most filings name it."""
    names = counts.select(SECURITY, "ticker", pl.col("name_of_issuer").alias("name"))
    return moves.join(names, on="security", how="left", validate="m:1")


def title_of(event: Mapping[str, Any]) -> str:
    """The event as a headline."""
    stock = f"{event['name'] or event['ticker']} ({event.get('listing') or event['ticker'] or event['cusip']})"
    match event["kind"]:
        case Event.ENTERED:
            return f"{stock} entered the list: {_held(event)}"
        case Event.LEFT:
            return f"{stock} left the list"
        case Event.STAKE:
            return f"{event['family']} holds {percent(event['stake_pct'])} of {stock}"
        case Event.GAINED:
            verb = "bought" if event["is_compared"] else "reports"
            return f"{event['family']} {verb} {stock}"
        case Event.LOST:
            return f"{event['family']} no longer reports {stock}"
        case _:
            return f"{event['family']} is no longer awaited with {stock}: others report for it"


def _words(row: Mapping[str, Any]) -> str:
    if row["kind"] == Event.GAINED and not row["is_compared"]:
        return "holder, before unknown"  # the fund has no report for the quarter before: perhaps no purchase
    return _WORDS[row["kind"]]


def _held(event: Mapping[str, Any]) -> str:
    holders, carried = event["holders"] or 0, event["holders_carried"]
    awaited = f", {carried - holders:,} awaited" if carried is not None and carried > holders else ""
    return f"{plural(holders, 'hedge fund holds it', 'hedge funds hold it')}{awaited}"


def _stocks(before: SeasonList, after: SeasonList, seen: View) -> pl.DataFrame:
    """The stocks of either list, with the holders of the later moment; and with listing, is_before and is_after."""
    left = before.stocks.filter(~pl.col("security").is_in(after.listed.to_list())).drop("holders", "holders_carried")
    holders = seen.counts.select(SECURITY, "holders", "holders_carried")
    # a security that has no row is held by nobody, now or a quarter before
    is_known = pl.lit(seen.reporting.expected > 0)
    earlier_only = left.join(holders, on="security", how="left", validate="1:1").with_columns(
        pl.col("holders").fill_null(0),
        pl.when(is_known).then(pl.col("holders_carried").fill_null(0)).alias("holders_carried"),
    )
    stocks = pl.concat([after.stocks, earlier_only.select(after.stocks.columns)])
    return stocks.with_columns(
        pl.format("{}:{}", pl.col("exchange").fill_null("?"), "ticker").alias("listing"),
        pl.col("security").is_in(before.listed.to_list()).alias("is_before"),
        pl.col("security").is_in(after.listed.to_list()).alias("is_after"),
    )


def _list_events(
    quarter: str, before: SeasonList, after: SeasonList, known: pl.DataFrame, stocks: pl.DataFrame
) -> list[dict[str, Any]]:
    """The stocks that entered or left, each with the newest filing that moved it; null where others moved."""
    causes = (
        known.filter(pl.col("move").is_in([Move.GAINED, Move.LOST, Move.NO_LONGER_AWAITED]))
        .sort("filing_date", "accession_number", "family")
        .group_by("security", maintain_order=True)
        .agg(
            pl.col("family").unique(maintain_order=True).str.join("; "),
            pl.col("filing_date", "accession_number", "url").last(),
        )
    )
    changed = stocks.filter(pl.col("is_before") != pl.col("is_after")).join(
        causes, on="security", how="left", validate="1:1"
    )
    empty = dict.fromkeys(_MOVE)
    rows = []
    for row in changed.sort("rank", "ticker").to_dicts():
        kind = Event.ENTERED if row["is_after"] else Event.LEFT
        facts = {name: row[name] for name in (*_STOCK, "family", "filing_date", "accession_number", "url")}
        mark = event_id(quarter, kind.value, row["security"], row["filing_date"])
        rows.append({"id": mark, "kind": kind.value, **{**empty, **facts}})
    return rows


def _importance(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Stocks of the list by their rank, large stakes by their size, other events by their value."""
    if row["kind"] in (Event.ENTERED, Event.LEFT):
        return (row["rank"], row["ticker"])
    size = row["stake_pct"] if row["kind"] == Event.STAKE else row["value_usd"] or row["value_before_usd"]
    return (-(size or 0.0), row["ticker"], row["family"])
