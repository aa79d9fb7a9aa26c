"""Information tables in the plain form that filers' software writes: cells straight from the text.

Such a table has the elements of eis_13FDocument.xsd in their order and no attributes, comments, CDATA sections or
processing instructions, so a `<` always begins a tag. lxml still reads all of it and says whether it is well-formed;
it only builds no tree, which is most of what parsing costs. Whatever is not plain is left to the tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from .rules import MOST_CHARACTERS
from .xml_parser import parser

Cells = dict[str, list[str | None]]  # of each leaf element: its text in every line, null where it is absent

# One line of an information table, as most filers write it:
#   <infoTable>
#     <nameOfIssuer>..</nameOfIssuer> <titleOfClass>..</titleOfClass> <cusip>..</cusip> <figi>..</figi>?
#     <value>..</value>
#     <shrsOrPrnAmt> <sshPrnamt>..</sshPrnamt> <sshPrnamtType>SH|PRN</sshPrnamtType> </shrsOrPrnAmt>
#     <putCall>Put|Call</putCall>? <investmentDiscretion>..</investmentDiscretion> <otherManager>..</otherManager>?
#     <votingAuthority> <Sole>..</Sole> <Shared>..</Shared> <None>..</None> </votingAuthority>
#   </infoTable>
_ELEMENTS = (
    *("nameOfIssuer", "titleOfClass", "cusip", "figi?", "value"),
    *("<shrsOrPrnAmt>", "sshPrnamt", "sshPrnamtType", "</shrsOrPrnAmt>"),
    *("putCall?", "investmentDiscretion", "otherManager?"),
    *("<votingAuthority>", "Sole", "Shared", "None", "</votingAuthority>"),
)
_LEAVES = [element.rstrip("?") for element in _ELEMENTS if "<" not in element]

_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^<>]*\?>\s*+)?+<(?:([A-Za-z_][A-Za-z0-9_.-]*+):)?informationTable(?:\s[^<>]*)?>"
)
_ASCII_BASED = {"utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"}
_BLANKS = " \t\n"
_LESS = "\x01"  # no character of XML: stands for `<` in a text until tags are told from texts
_ENTITIES = {"lt": _LESS, "gt": ">", "quot": '"', "apos": "'", "amp": "&"}


# A larger table is read in pieces of whole lines, so that no more than these are in memory as text.
PIECE_BYTES = 2**21


class NotPlain(Exception):
    """The table is not plain, which says nothing about whether it is sound."""


def read(block: bytes) -> Cells | None:
    """The cells of a table of at most PIECE_BYTES; None if it is not plain."""
    try:
        [cells] = read_pieces(block)
    except NotPlain:
        return None
    return cells


def read_pieces(block: bytes) -> Iterator[Cells]:
    """The table's cells, so many lines at a time. Raises NotPlain, which may show only after some of the lines."""
    root = _ROOT.match(block)
    if root is None:
        raise NotPlain
    prefix = root[1].decode() + ":" if root[1] else ""
    cuts = _cut(block, root.end(), f"</{prefix}infoTable>".encode())
    first, stop = next(cuts)
    encoding = _encoding(block, root.end(), prefix)
    while stop < len(block):
        yield _read_lines(block[first:stop], prefix, encoding, is_last=False)
        first, stop = next(cuts)
    yield _read_lines(block[first:], prefix, encoding, is_last=True)


def _cut(block: bytes, start: int, line_end: bytes) -> Iterator[tuple[int, int]]:
    """Where pieces begin and end: the last of a line's end in each, and of the last piece that of the block.

    The end of a line stands nowhere within one, so that no line is cut.
    """
    while len(block) - start > PIECE_BYTES:
        end = block.rfind(line_end, start, start + PIECE_BYTES)
        if end < 0:
            raise NotPlain
        yield start, end + len(line_end)
        start = end + len(line_end)
    yield start, len(block)


def _read_lines(piece: bytes, prefix: str, encoding: str, *, is_last: bool) -> Cells:
    try:
        body = str(piece, "utf-8")
    except UnicodeDecodeError:
        raise NotPlain from None
    if encoding != "utf-8" and not body.isascii():
        raise NotPlain
    if "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n")  # as every XML parser does
    plain = _without_entities(body) if "&" in body else body
    # what stands between two lines, then a line's cells, and so on
    pieces = _line(prefix).split(plain)
    step = len(_LEAVES) + 1
    *between, rest = pieces[::step]
    # Comments, CDATA sections and whatever else begins with a `<` would show up between the lines, as does stray text.
    # As the table is well-formed, one tag after the last line is the end of the table.
    if not between or "".join(between).strip(_BLANKS):
        raise NotPlain
    if rest.count("<") != 1 or rest.strip(_BLANKS)[:1] != "<" if is_last else rest:
        raise NotPlain
    cells = {leaf: pieces[place::step] for place, leaf in enumerate(_LEAVES, 1)}
    return _with_less(cells) if _LESS in plain else cells


def _encoding(block: bytes, root_end: int, prefix: str) -> str:
    """The encoding that the block states, one whose ASCII is ASCII.

    Raises NotPlain for any other, and unless lxml finds the block well-formed and the prefix bound.
    """
    try:
        root = etree.fromstring(block[: root_end - 1] + b"/>", parser())
        etree.fromstring(block, parser(target=_Nothing()))
    except (etree.XMLSyntaxError, ValueError):
        raise NotPlain from None
    encoding = (root.getroottree().docinfo.encoding or "utf-8").lower()
    if encoding not in _ASCII_BASED or f"{root.prefix or ''}:" != (prefix or ":"):
        raise NotPlain
    return encoding


class _Nothing:
    """A parser target that builds nothing."""

    def close(self) -> None:
        """The end of the document."""


@lru_cache(16)
def _line(prefix: str) -> re.Pattern[str]:
    """One line with all its tags; of each leaf, the text is a group. No part can match in two ways."""
    prefix = re.escape(prefix)
    gap = f"[{_BLANKS}]*+"
    parts = [f"<{prefix}infoTable>"]
    for element in _ELEMENTS:
        name = element.strip("</>?")
        if "<" in element:
            parts.append(element.replace(name, prefix + name))
        else:
            leaf = f"<{prefix}{name}>([^<]{{0,{MOST_CHARACTERS}}}+)</{prefix}{name}>"
            parts.append(f"(?:{leaf}{gap})?+" if element.endswith("?") else leaf)
    return re.compile(gap.join([*parts, f"</{prefix}infoTable>"]))


def _without_entities(body: str) -> str:
    """`body` with XML's own entities resolved, `<` as _LESS. Raises NotPlain for references of another kind."""
    before, *references = body.split("&")
    parts = [before]
    for reference in references:
        name, _, after = reference.partition(";")
        if name not in _ENTITIES:
            raise NotPlain
        parts += (_ENTITIES[name], after)
    return "".join(parts)


def _with_less(cells: Cells) -> Cells:
    return {leaf: [text and text.replace(_LESS, "<") for text in texts] for leaf, texts in cells.items()}
