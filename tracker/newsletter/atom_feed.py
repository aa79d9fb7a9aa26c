"""Atom feeds (RFC 4287): what all of them share. Foreign text is one line of text in them, never markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from xml.etree import ElementTree

from ..output import plain

_NAMESPACE = "http://www.w3.org/2005/Atom"
_MIDNIGHT = "T00:00:00Z"  # filings and editions have days, not times


@dataclass(frozen=True)
class AtomEntry:
    """An entry: its id stays the same however often the feed is made; `url` is where it can be read."""

    id: str
    title: str
    updated: date
    content: str
    url: str | None = None
    categories: Sequence[str] = ()


@dataclass(frozen=True)
class AtomHead:
    """What is said of a feed itself; `address` is where it will be served, `home` the page that it is about."""

    id: str
    title: str
    updated: date
    subtitle: str | None = None
    address: str | None = None
    home: str | None = None


def write_atom(head: AtomHead, entries: Iterable[AtomEntry]) -> str:
    """The feed as XML, its entries in their order."""
    ElementTree.register_namespace("", _NAMESPACE)
    feed = ElementTree.Element(_name("feed"))
    _add(feed, "id", head.id)
    _add(feed, "title", head.title)
    if head.subtitle:
        _add(feed, "subtitle", head.subtitle)
    _add(feed, "updated", f"{head.updated}{_MIDNIGHT}")
    author = ElementTree.SubElement(feed, _name("author"))
    _add(author, "name", "tracker")
    _link(feed, "self", head.address)
    _link(feed, "alternate", head.home)
    for entry in entries:
        element = ElementTree.SubElement(feed, _name("entry"))
        _add(element, "id", entry.id)
        _add(element, "title", entry.title)
        _add(element, "updated", f"{entry.updated}{_MIDNIGHT}")
        for category in entry.categories:
            ElementTree.SubElement(element, _name("category"), {"term": plain(category)})
        _link(element, "alternate", entry.url)
        _add(element, "content", entry.content)
    ElementTree.indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(feed, encoding="unicode")


def _link(parent: ElementTree.Element, relation: str, address: str | None) -> None:
    if address:
        ElementTree.SubElement(parent, _name("link"), {"rel": relation, "href": plain(address)})


def _name(tag: str) -> str:
    return f"{{{_NAMESPACE}}}{tag}"


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    """A child with foreign text: XML has no form for control characters."""
    ElementTree.SubElement(parent, _name(tag)).text = plain(text)
