"""Information tables in the plain form that filers' software writes: columns straight from the bytes.

Such a table has the elements of eis_13FDocument.xsd in their order and no attributes, comments, CDATA sections or
processing instructions, so a `<` always begins a tag. lxml still reads all of it and says whether it is well-formed;
it only builds no tree, which is most of what parsing costs. Whatever is not plain is left to the tree.
"""

from __future__ import annotations

import re

import polars as pl
from lxml import etree

from .xml_parser import parser

# All tags of a line in the schema's order, `/` for an end tag. `</infoTable>` ends the line.
_TAGS = (
    *("infoTable", "nameOfIssuer", "/", "titleOfClass", "/", "cusip", "/", "figi", "/", "value", "/"),
    *("shrsOrPrnAmt", "sshPrnamt", "/", "sshPrnamtType", "/", "/"),
    *("putCall", "/", "investmentDiscretion", "/", "otherManager", "/"),
    *("votingAuthority", "Sole", "/", "Shared", "/", "None", "/", "/"),
)
_OPTIONAL = ("figi", "putCall", "otherManager")
_WRAPPERS = ("infoTable", "shrsOrPrnAmt", "votingAuthority")
_WIDTH = len(_TAGS) + 2  # also the text before the first tag, and one field more, which has to be empty
_FIELDS = {str(place): pl.String() for place in range(_WIDTH)}
# What is looked at: start tags, the last tag and what follows it, each also where absent elements move it to.
_READ = {
    place - 2 * absent
    for place, tag in enumerate([*_TAGS, "after"], 1)
    if tag != "/" or place == len(_TAGS)
    for absent in range(1 + sum(before in _OPTIONAL for before in _TAGS[: place - 1]))
}

_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?\s*<(?:([A-Za-z_][A-Za-z0-9_.-]*):)?informationTable(?:\s[^<>]*)?>"
)
_ASCII_BASED = {"utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"}
# Below some 400 lines, building a tree costs less than the dozen queries here.
MIN_BYTES = 2**18
_LINE_END = b"\x01"  # no character of XML
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}  # the last one last
_ENTITY = "&(?:lt|gt|quot|apos|amp);"


def read(block: bytes) -> pl.DataFrame | None:
    """The table's cells as text, one column for each leaf element by its name; None if the table is not plain.

    An absent element is null. None says nothing about whether the table is sound.
    """
    root = _ROOT.match(block)
    if root is None or block.find(b"<!", root.end()) >= 0 or block.find(b"<?", root.end()) >= 0:
        return None
    prefix = root[1].decode() + ":" if root[1] else ""
    body = block[root.end() :]
    if not _is_sound(block, root.end(), prefix):
        return None
    if b"\r" in body:
        body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # as every XML parser does
    lines, end, rest = body.replace(f"</{prefix}infoTable>".encode(), _LINE_END).rpartition(_LINE_END)
    if not end or rest.count(b"<") != 1:
        return None
    fields = pl.read_csv(
        lines + end,
        columns=sorted(_READ),
        separator="<",
        eol_char=_LINE_END.decode(),
        has_header=False,
        quote_char=None,
        schema=_FIELDS,
        missing_columns="insert",
        extra_columns="ignore",
        truncate_ragged_lines=True,
    )
    cells = _cells(fields, prefix)
    return cells if cells is None or b"&" not in body else _without_entities(cells)


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


def _cells(fields: pl.DataFrame, prefix: str) -> pl.DataFrame | None:
    """The texts of the leaves from the fields between `<` and `<`; None unless every line has exactly _TAGS.

    Every start tag must be found in its place, and the number of fields must be right. As the table is well-formed,
    all the others are then the end tags that they should be.
    """
    fields, absent = _count_absent(fields, prefix)
    checks: list[pl.Expr] = []
    cells: list[pl.Expr] = []
    stage = 0
    for place, tag in enumerate(_TAGS, 1):
        start, cell = f"{prefix}{tag}>", _pick(place, f"absent_{stage}", absent[stage])
        if tag in _OPTIONAL:
            stage += 1
            cells.append(pl.when(cell.str.starts_with(start)).then(cell.str.strip_prefix(start)).alias(tag))
        elif tag != "/":
            checks.append(cell.str.starts_with(start).fill_null(False).all())
            if tag not in _WRAPPERS:
                cells.append(cell.str.strip_prefix(start).alias(tag))
    last, after = (_pick(len(_TAGS) + beyond, f"absent_{stage}", absent[stage]) for beyond in (0, 1))
    checks += [last.is_not_null().all(), after.is_null().all()]
    is_plain = all(fields.select(check.alias(str(number)) for number, check in enumerate(checks)).row(0))
    return fields.select(cells) if is_plain else None


def _count_absent(fields: pl.DataFrame, prefix: str) -> tuple[pl.DataFrame, list[range]]:
    """`fields` with columns absent_1 to absent_3, how many of the first optional elements a line lacks; and which
    counts there are, also of absent_0."""
    absent: list[pl.Expr] = [pl.lit(0, pl.Int8)]
    for stage, tag in enumerate(_OPTIONAL):
        place = _TAGS.index(tag) + 1
        places = (pl.when(absent[-1] == count).then(str(place - 2 * count)) for count in range(stage + 1))
        cell = pl.coalesce(*places) if stage else pl.col(str(place))
        is_absent = ~cell.str.starts_with(f"{prefix}{tag}>").fill_null(False)
        absent.append(absent[-1] + is_absent.cast(pl.Int8))
    fields = fields.with_columns(count.alias(f"absent_{stage}") for stage, count in enumerate(absent[1:], 1))
    names = [f"absent_{stage}" for stage in range(1, len(absent))]
    least, most = (fields.select(bound).row(0) for bound in (pl.col(names).min(), pl.col(names).max()))
    return fields, [range(1), *(range(low, high + 1) for low, high in zip(least, most, strict=True))]


def _pick(place: int, absent: str, counts: range) -> pl.Expr:
    """Each line's field at `place` of the full form, which is two fields earlier for each absent element."""
    picked = pl.col(str(place - 2 * counts[0]))
    for count in counts[1:]:
        picked = pl.when(pl.col(absent) == count).then(str(place - 2 * count)).otherwise(picked)
    return picked


def _without_entities(cells: pl.DataFrame) -> pl.DataFrame | None:
    """The cells with XML's own entities resolved; None if there are references of another kind."""
    has_entity = cells.select(pl.all().str.contains("&", literal=True).any()).row(0)
    for name in (name for name, is_so in zip(cells.columns, has_entity, strict=True) if is_so):
        cell = cells[name]
        if (cell.str.count_matches("&", literal=True) != cell.str.count_matches(_ENTITY)).any():
            return None
        for entity, character in _ENTITIES.items():
            cell = cell.str.replace_all(entity, character, literal=True)
        cells = cells.with_columns(cell.alias(name))
    return cells
