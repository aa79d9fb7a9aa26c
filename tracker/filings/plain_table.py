"""Information tables in the plain form that filers' software writes: cells straight from the text.

Such a table has the elements of eis_13FDocument.xsd in their order and no attributes, comments, CDATA sections or
processing instructions, so a `<` always begins a tag. lxml still reads all of it and says whether it is well-formed;
it only builds no tree, which is most of what parsing costs. Whatever is not plain is left to the tree.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

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
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?\s*<(?:([A-Za-z_][A-Za-z0-9_.-]*):)?informationTable(?:\s[^<>]*)?>"
)
_ASCII_BASED = {"utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"}
_LESS = "\x01"  # no character of XML: stands for `<` in a text until tags are told from texts
_ENTITIES = {"lt": _LESS, "gt": ">", "quot": '"', "apos": "'", "amp": "&"}


def read(block: bytes) -> Cells | None:
    """The table's cells; None if the table is not plain, which says nothing about whether it is sound."""
    root = _ROOT.match(block)
    if root is None:
        return None
    prefix = root[1].decode() + ":" if root[1] else ""
    if not _is_sound(block, root.end(), prefix):
        return None
    try:
        body = str(memoryview(block)[root.end() :], "utf-8")
    except UnicodeDecodeError:
        return None
    if "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n")  # as every XML parser does
    plain = _without_entities(body) if "&" in body else body
    if plain is None:
        return None
    # what stands between two lines, then a line's cells, and so on
    pieces = _line(prefix).split(plain)
    step = len(_LEAVES) + 1
    *between, rest = pieces[::step]
    # Comments, CDATA sections and whatever else begins with a `<` would show up between the lines. As the table is
    # well-formed, one tag after the last line is the end of the table.
    if not between or "<" in "".join(between) or rest.count("<") != 1:
        return None
    cells = {leaf: pieces[place::step] for place, leaf in enumerate(_LEAVES, 1)}
    return _with_less(cells) if _LESS in plain else cells


def _is_sound(block: bytes, root_end: int, prefix: str) -> bool:
    """Whether lxml finds the block well-formed, in an encoding whose ASCII is ASCII, and the prefix bound."""
    try:
        root = etree.fromstring(block[: root_end - 1] + b"/>", parser())
        etree.fromstring(block, parser(target=_Nothing()))
    except (etree.XMLSyntaxError, ValueError):
        return False
    encoding = (root.getroottree().docinfo.encoding or "utf-8").lower()
    is_text = encoding == "utf-8" or (encoding in _ASCII_BASED and block.isascii())
    return is_text and f"{root.prefix or ''}:" == (prefix or ":")


class _Nothing:
    """A parser target that builds nothing."""

    def close(self) -> None:
        """The end of the document."""


@lru_cache(16)
def _line(prefix: str) -> re.Pattern[str]:
    """One line with all its tags; of each leaf, the text is a group. No part can match in two ways."""
    prefix = re.escape(prefix)
    gap = "[^<]*+"
    parts = [f"<{prefix}infoTable>"]
    for element in _ELEMENTS:
        name = element.strip("</>?")
        if "<" in element:
            parts.append(element.replace(name, prefix + name))
        else:
            leaf = f"<{prefix}{name}>([^<]*+)</{prefix}{name}>"
            parts.append(f"(?:{leaf}{gap})?+" if element.endswith("?") else leaf)
    return re.compile(gap.join([*parts, f"</{prefix}infoTable>"]))


def _without_entities(body: str) -> str | None:
    """`body` with XML's own entities resolved, `<` as _LESS; None if there are references of another kind."""
    before, *references = body.split("&")
    parts = [before]
    for reference in references:
        name, _, after = reference.partition(";")
        if name not in _ENTITIES:
            return None
        parts += (_ENTITIES[name], after)
    return "".join(parts)


def _with_less(cells: Cells) -> Cells:
    return {leaf: [text and text.replace(_LESS, "<") for text in texts] for leaf, texts in cells.items()}
