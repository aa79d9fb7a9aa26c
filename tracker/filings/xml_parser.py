"""The one way to read XML from outside: no DTD is accepted, no entity expanded, nothing fetched."""

from __future__ import annotations

from typing import Any

from lxml import etree

from ..tables import RejectKind
from .rules import Unreadable


def parser(target: Any = None) -> etree.XMLParser:
    """A parser that drops comments and processing instructions; with `target` it builds no tree."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, target=target
    )


def read_tree(block: bytes, what: str) -> etree._Element:
    """The root of a well-formed document without a DTD; `what` names it in the error. Raises Unreadable."""
    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
        raise Unreadable(RejectKind.MALFORMED_XML, f"{what}: has a DTD, which Form 13F never does")
    try:
        root = etree.fromstring(block, parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(RejectKind.MALFORMED_XML, f"{what}: {str(error)[:160]}") from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
        raise Unreadable(RejectKind.MALFORMED_XML, f"{what}: has a DTD, which Form 13F never does")
    return root
