"""Information tables in any form, line by line: the way of those that are not plain (see `plain_table`).

Elements may be in any order, have attributes, and be left out. Each stands where the schema has it, holds text or
elements but not both, and is there once: whatever else it might hold, a reader would lose without noticing. No more
than a piece of the table is in memory as elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from lxml import etree

from ..bounds import INFORMATION_TABLE
from ..tables import RejectKind
from .plain_table import Cells
from .rules import Unreadable
from .xml_parser import pull_parser, readable, refuse_doctype, refuse_dtd

LINES_TOGETHER = 5_000
_FED = 2**16
_WHAT = "information table"
_TABLE, _ROW = "informationTable", "infoTable"
# The leaves of a line, by the element in which they stand.
_PLACES = {
    "nameOfIssuer": _ROW,
    "titleOfClass": _ROW,
    "cusip": _ROW,
    "figi": _ROW,
    "value": _ROW,
    "putCall": _ROW,
    "investmentDiscretion": _ROW,
    "otherManager": _ROW,
    "sshPrnamt": "shrsOrPrnAmt",
    "sshPrnamtType": "shrsOrPrnAmt",
    "Sole": "votingAuthority",
    "Shared": "votingAuthority",
    "None": "votingAuthority",
}
_WRAPPERS = ("shrsOrPrnAmt", "votingAuthority")
_NAMES = (_TABLE, _ROW, *_WRAPPERS, *_PLACES)
Line = dict[str, str | None]


def read_pieces(block: bytes) -> Iterator[Cells]:
    """The table's cells, LINES_TOGETHER lines at a time. Raises Unreadable, also after some of the lines."""
    lines: list[Line] = []
    for line in _read(block):
        lines.append(line)
        if len(lines) == LINES_TOGETHER:
            yield _columns(lines)
            lines = []
    if lines:
        yield _columns(lines)


def _columns(lines: list[Line]) -> Cells:
    return {leaf: [line.get(leaf) for line in lines] for leaf in _PLACES}


def _read(block: bytes) -> Iterator[Line]:
    refuse_dtd(block, _WHAT)
    parser = pull_parser(f"{{*}}{_ROW}")
    names: dict[str, str] = {}
    before: etree._Element | None = None
    since = 0
    for at in range(0, len(block), _FED):
        with readable(_WHAT):
            parser.feed(block[at : at + _FED])
        since += _FED
        for _, element in parser.read_events():
            row = cast(etree._Element, element)
            if before is None:
                names = _names(row.getroottree().getroot())
            yield _read_row(row, before, names)
            row.clear(keep_tail=True)  # type: ignore[call-arg]
            before, since = row, 0
        if since > (INFORMATION_TABLE.longest_line or 0):
            raise Unreadable(
                RejectKind.TOO_LARGE, f"{_WHAT}: a line of more than {INFORMATION_TABLE.longest_line:,} bytes"
            )
    with readable(_WHAT):
        root = parser.close()
    names = _names(root)
    if before is None:
        unknown = next((element for element in root.iter("*") if element.tag not in names), None)
        if unknown is not None:
            raise _unexpected(unknown, names)
    if _has_text(root.text) or (before is not None and _has_text(before.tail)):
        raise _stray(_TABLE)
    for child in root:
        if child is not before:
            raise _unexpected(child, names)
    if before is None:
        raise Unreadable(RejectKind.NO_TABLE, f"{_WHAT}: no lines")


def _names(root: etree._Element) -> dict[str, str]:
    """The names of the elements without their namespace, which is that of the root."""
    refuse_doctype(root, _WHAT)
    namespace = root.tag[: root.tag.rindex("}") + 1] if "}" in root.tag else ""
    names = {namespace + name: name for name in _NAMES}
    if names.get(root.tag) != _TABLE:
        raise _malformed(f"its root is {root.tag!r:.80}")
    return names


def _read_row(row: etree._Element, before: etree._Element | None, names: dict[str, str]) -> Line:
    """The cells of a line whose end has been read; the line `before` it is let go."""
    root = row.getparent()
    if root is None or root.getparent() is not None or row.tag not in names:
        raise _unexpected(row, names)
    while (sibling := row.getprevious()) is not None:
        if sibling is not before:
            raise _unexpected(sibling, names)
        if _has_text(sibling.tail):
            raise _stray(_TABLE)
        root.remove(sibling)
    line: Line = {}
    _read_leaves(row, _ROW, line, names)
    return line


def _read_leaves(parent: etree._Element, place: str, line: Line, names: dict[str, str]) -> None:
    if _has_text(parent.text):
        raise _stray(place)
    for element in parent:
        name = names.get(element.tag)
        if name in line:
            raise _malformed(f"{name} appears twice in one line")
        if name in _PLACES and _PLACES[name] == place and not len(element):
            line[name] = element.text
        elif name in _WRAPPERS and place == _ROW:
            line[name] = None
            _read_leaves(element, name, line, names)
        else:
            raise _unexpected(element, names)
        if _has_text(element.tail):
            raise _stray(place)


def _has_text(text: str | None) -> bool:
    return text is not None and text.strip(" \t\r\n") != ""


def _unexpected(element: etree._Element, names: dict[str, str]) -> Unreadable:
    """An element that no line has, or not there: named by itself if nothing in it is stranger."""
    unknown = next((inner.tag for inner in element.iter("*") if inner.tag not in names), None)
    if unknown is not None:
        return _malformed(f"unexpected element {unknown!r:.80}")
    inner = next(element.iterchildren("*"), None)
    if inner is not None and names[element.tag] in _PLACES:
        return _malformed(f"{names[element.tag]} has an element within it: {names[inner.tag]}")
    return _malformed(f"{names[element.tag]} is not where the schema has it")


def _stray(place: str) -> Unreadable:
    return _malformed(f"text in {place} beside its elements")


def _malformed(problem: str) -> Unreadable:
    return Unreadable(RejectKind.MALFORMED_XML, f"{_WHAT}: {problem}")
