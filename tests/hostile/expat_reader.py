"""Information tables read a second way: by expat, strictly, sharing nothing with the package.

A row is an `infoTable` directly below the root, each leaf is in its place at most once, has text alone, and its text is
all of it, through comments and CDATA. Whatever is otherwise makes the table unsound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

_DOCUMENT = re.compile(rb"<DOCUMENT>(.*?)</DOCUMENT>", re.DOTALL)
_BLOCK = re.compile(rb"<XML>(.*?)</XML>", re.DOTALL)
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding=["']([^"']*)""")
_KNOWN = {b"utf-8", b"utf-16", b"iso-8859-1", b"us-ascii"}
_PLACES = {
    **dict.fromkeys(
        ("nameOfIssuer", "titleOfClass", "cusip", "figi", "value", "putCall", "investmentDiscretion", "otherManager"),
        ("informationTable", "infoTable"),
    ),
    **dict.fromkeys(("sshPrnamt", "sshPrnamtType"), ("informationTable", "infoTable", "shrsOrPrnAmt")),
    **dict.fromkeys(("Sole", "Shared", "None"), ("informationTable", "infoTable", "votingAuthority")),
    "shrsOrPrnAmt": ("informationTable", "infoTable"),
    "votingAuthority": ("informationTable", "infoTable"),
    "infoTable": ("informationTable",),
    "informationTable": (),
}
_WRAPPERS = {"informationTable", "infoTable", "shrsOrPrnAmt", "votingAuthority"}

Row = tuple[str, float, float, str, str]
"""cusip, value, shares, share_type, put_call"""


class Unsound(Exception):
    """The table is none that may be counted."""


@dataclass
class _Reader:
    path: list[str] = field(default_factory=list)
    rows: list[dict[str, str]] = field(default_factory=list)
    namespace: str | None = None
    is_table: bool = True

    def start(self, tag: str, _: object) -> None:
        namespace, _, name = tag.rpartition(" ")
        if not self.path:
            self.namespace, self.is_table = namespace, name == "informationTable"
        if self.is_table:
            if namespace != self.namespace or _PLACES.get(name) != tuple(self.path):
                raise Unsound(f"{name} within {'/'.join(self.path)}")
            if name == "infoTable":
                self.rows.append({})
            elif name not in ("informationTable",):
                if name in self.rows[-1]:
                    raise Unsound(f"{name} twice")
                self.rows[-1][name] = ""
        self.path.append(name)

    def end(self, _: str) -> None:
        self.path.pop()

    def text(self, data: str) -> None:
        if self.is_table and self.path[-1] not in _WRAPPERS:
            self.rows[-1][self.path[-1]] += data

    def refuse(self, *_: object) -> None:
        raise Unsound("a document type, which may declare entities")


def tables(submission: bytes) -> list[list[Row] | None]:
    """The rows of each information table in the `<XML>` blocks of its documents; None for one that is unsound."""
    blocks = (block for document in _DOCUMENT.findall(submission) for block in _BLOCK.findall(document))
    return [rows for block in blocks for rows in _table(block.strip())]


def _table(block: bytes) -> list[list[Row] | None]:
    reader = _Reader()
    encoding = None
    declared = _DECLARED.match(block)
    if declared and declared[1].lower() not in _KNOWN:  # to expat
        try:
            block, encoding = block.decode(declared[1].decode()).encode(), "utf-8"
        except (LookupError, UnicodeError):
            return [None]
    parser = expat.ParserCreate(encoding, namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.text, reader.refuse
    try:
        parser.Parse(block, True)
        return [[_row(cells) for cells in reader.rows]] if reader.is_table else []
    except (Unsound, expat.ExpatError, LookupError, UnicodeError, ValueError):
        return [None] if reader.is_table else []


def _row(cells: dict[str, str]) -> Row:
    amounts = [_amount(cells["value"]), _amount(cells["sshPrnamt"])]
    kind, option = cells["sshPrnamtType"].strip().upper(), cells.get("putCall", "").strip().upper()
    return cells["cusip"].strip(), amounts[0], amounts[1], kind, option


def _amount(text: str) -> float:
    return float(re.sub("[, ]", "", text.strip()))
