"""What is new in a season as an Atom feed (RFC 4287): an entry an event.

An event keeps its id on every day and on every machine, so a reader shows it once, however often the feed is made.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from xml.etree import ElementTree

from ..output import money, percent, plain
from ..reports.season import Season
from ..reports.season_news import event_id, title_of

_NAMESPACE = "http://www.w3.org/2005/Atom"
_MOST = 500  # entries; what is older stays in the readers that have seen it
_MIDNIGHT = "T00:00:00Z"  # filings have days, not times


def render_feed(season: Season, address: str | None = None) -> str:
    """The feed, the newest filing first; `address` is where it will be served."""
    ElementTree.register_namespace("", _NAMESPACE)
    feed = ElementTree.Element(_name("feed"))
    quarter = str(season.quarter)
    _add(feed, "id", event_id("season", quarter))
    _add(feed, "title", f"13F season {quarter}")
    _add(feed, "subtitle", season.title)
    _add(feed, "updated", f"{season.newest or season.since}{_MIDNIGHT}")
    author = ElementTree.SubElement(feed, _name("author"))
    _add(author, "name", "tracker")
    if address:
        ElementTree.SubElement(feed, _name("link"), {"rel": "self", "href": plain(address)})
    for event in sorted(season.news, key=lambda event: event["filing_date"] or date.min, reverse=True)[:_MOST]:
        _entry(feed, event, season)
    ElementTree.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode")


def _entry(feed: ElementTree.Element, event: dict[str, Any], season: Season) -> None:
    entry = ElementTree.SubElement(feed, _name("entry"))
    _add(entry, "id", event["id"])
    _add(entry, "title", title_of(event))
    _add(entry, "updated", f"{event['filing_date'] or season.on}{_MIDNIGHT}")
    ElementTree.SubElement(entry, _name("category"), {"term": event["kind"]})
    if event["url"]:
        ElementTree.SubElement(entry, _name("link"), {"rel": "alternate", "href": plain(event["url"])})
    _add(entry, "content", _content(event, season))


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


def _name(tag: str) -> str:
    return f"{{{_NAMESPACE}}}{tag}"


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    """A child with foreign text on one line: XML has no form for control characters."""
    ElementTree.SubElement(parent, _name(tag)).text = plain(text)
