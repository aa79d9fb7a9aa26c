"""What is new in a season as an Atom feed (RFC 4287): an entry an event.

An event keeps its id on every day and on every machine, so a reader shows it once, however often the feed is made.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ..output import money, percent
from ..reports.season import Season
from ..reports.season_news import event_id, title_of
from .atom_feed import AtomEntry, AtomHead, write_atom

_MOST = 500  # entries; what is older stays in the readers that have seen it


def render_feed(season: Season, address: str | None = None) -> str:
    """The feed, the newest filing first; `address` is where it will be served."""
    quarter = str(season.quarter)
    head = AtomHead(
        event_id("season", quarter), f"13F season {quarter}", season.newest or season.since, season.title, address
    )
    newest = sorted(season.news, key=lambda event: event["filing_date"] or date.min, reverse=True)
    return write_atom(head, [_entry(event, season) for event in newest[:_MOST]])


def _entry(event: dict[str, Any], season: Season) -> AtomEntry:
    return AtomEntry(
        event["id"],
        title_of(event),
        event["filing_date"] or season.on,
        _content(event, season),
        event["url"],
        (event["kind"],),
    )


def _content(event: dict[str, Any], season: Season) -> str:
    """The figures of an event that are known, in words."""
    family = event["family"] if event["shares"] is None else None
    facts = [
        (event["shares"], f"{event['shares'] or 0:,.0f} shares"),
        (event["value_usd"], f"{money(event['value_usd'])} at {season.quarter.end}"),
        (event["stake_pct"], f"{percent(event['stake_pct'])} of the company"),
        (event["holders"], f"holders reported: {event['holders'] or 0:,}"),
        (event["holders_carried"], f"with the awaited: {event['holders_carried'] or 0:,}"),
        (family, f"by {family}"),
        (event["accession_number"], f"filing {event['accession_number']}"),
    ]
    return "; ".join(text for value, text in facts if value is not None) or season.title
