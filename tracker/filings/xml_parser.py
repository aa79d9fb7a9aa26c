"""The one way to read XML from outside: no DTD is accepted, no entity expanded, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lxml import etree

from ..tables import RejectKind
from .rules import Unreadable

_STRICT: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
}


def parser(target: Any = None) -> etree.XMLParser:
    """A parser that drops comments and processing instructions; with `target` it builds no tree."""
    return etree.XMLParser(**_STRICT, target=target)


def pull_parser(tag: str) -> etree.XMLPullParser:
    """The same, to be fed piece by piece: its events are the ends of the elements `tag`."""
    return etree.XMLPullParser(events=("end",), tag=tag, **_STRICT)


def read_tree(block: bytes, what: str) -> etree._Element:
    """The root of a well-formed document without a DTD; `what` names it in the error. Raises Unreadable."""
    refuse_dtd(block, what)
    with readable(what):
        root: etree._Element = etree.fromstring(block, parser())
    refuse_doctype(root, what)
    return root


def refuse_dtd(block: bytes, what: str) -> None:
    """Raise Unreadable if `block` declares a DTD or an entity, as far as its bytes show it."""
    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
        raise _has_dtd(what)


def refuse_doctype(root: etree._Element, what: str) -> None:
    """Raise Unreadable if the document of `root` has a DTD; in UTF-16 its bytes do not show it."""
    if root.getroottree().docinfo.doctype:  # type: ignore[attr-defined]
        raise _has_dtd(what)


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Raise Unreadable where the parser finds that XML is not well-formed; `what` names it."""
    try:
        yield
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(RejectKind.MALFORMED_XML, f"{what}: {str(error)[:160]}") from None


def _has_dtd(what: str) -> Unreadable:
    return Unreadable(RejectKind.MALFORMED_XML, f"{what}: has a DTD, which Form 13F never does")
