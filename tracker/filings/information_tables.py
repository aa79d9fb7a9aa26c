"""The XML of information tables (eis_13FDocument.xsd), many at a time.

Each table is parsed by itself; the cells of all become typed and are checked together, as what a query costs is the
same for fifty lines and for fifty thousand. A table that fails a check is refused alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import polars as pl

from ..tables import LINES, LinesFrame, RejectKind
from . import plain_lines, plain_table, rules
from .plain_table import Cells
from .rules import LINE_CHECKS, Problem, Unreadable
from .xml_parser import read_tree

# Above so many lines, queries cost less than looking at each cell.
_FEW = 2_000
_ROW = "infoTable"
_WRAPPERS = ("informationTable", _ROW, "shrsOrPrnAmt", "votingAuthority")
_LEAVES = {
    "nameOfIssuer": "name_of_issuer",
    "titleOfClass": "title_of_class",
    "cusip": "cusip",
    "figi": "figi",
    "value": "value",
    "sshPrnamt": "shares",
    "sshPrnamtType": "share_type",
    "putCall": "put_call",
    "investmentDiscretion": "investment_discretion",
    "otherManager": "other_manager",
    "Sole": "voting_sole",
    "Shared": "voting_shared",
    "None": "voting_none",
}


@dataclass(frozen=True)
class InformationTables:
    """Tables that were read, one after the other.

    `lines`: LINES without accession_number and line_number; `heights`: how many of them are each table's, none of a
    table that is `refused`, by its place in what was read.
    """

    lines: LinesFrame
    heights: list[int]
    refused: dict[int, Problem]


def read_table(block: bytes) -> LinesFrame:
    """LINES of one table without accession_number and line_number. Raises Unreadable."""
    tables = read_tables([block])
    for problem in tables.refused.values():
        raise Unreadable(problem.kind, problem.reason)
    return tables.lines


def read_tables(blocks: Iterable[bytes]) -> InformationTables:
    """Read many tables.

    A missing, doubled or unknown element and a malformed amount refuse the whole table.
    """
    cells: Cells = {leaf: [] for leaf in _LEAVES}
    heights: list[int] = []
    refused: dict[int, Problem] = {}
    for table, block in enumerate(blocks):
        height = 0
        try:
            read = plain_table.read(block) or _read_tree(block)
        except Unreadable as unreadable:
            refused[table] = unreadable.problem
        else:
            height = len(read["cusip"])
            for leaf, column in cells.items():
                column += read[leaf]
        heights.append(height)
    named = {name: cells[leaf] for leaf, name in _LEAVES.items()}
    if sum(heights) < _FEW and (plain := plain_lines.convert(named)):
        lines = pl.DataFrame([pl.Series(name, values, LINES.schema[name]) for name, values in plain.items()])
        return InformationTables(lines, heights, refused)
    texts = rules.strip(pl.DataFrame([pl.Series(name, column, pl.String) for name, column in named.items()]))
    failures = _failures(texts, heights)
    if failures:
        is_sound = [table not in failures for table in _tables(heights)]
        texts = texts.filter(pl.Series(is_sound, dtype=pl.Boolean))
        heights = [0 if table in failures else height for table, height in enumerate(heights)]
    return InformationTables(rules.convert_lines(texts), heights, refused | failures)


def _tables(heights: Sequence[int]) -> Iterator[int]:
    """The table of each line."""
    return chain.from_iterable(map(repeat, range(len(heights)), heights))


def _failures(texts: pl.DataFrame, heights: Sequence[int]) -> dict[int, Problem]:
    """The problem of each table with failing lines: the first check that any of them fails."""
    failed = rules.failed_checks(texts)
    if not failed:
        return {}
    lines = chain.from_iterable(range(1, height + 1) for height in heights)
    placed = texts.with_columns(pl.Series("table", [*_tables(heights)]), pl.Series("line", [*lines]))
    failures: dict[int, Problem] = {}
    for number in failed:
        check = LINE_CHECKS[number]
        failing = placed.filter(check.fails).group_by("table", maintain_order=True)
        first = failing.agg(pl.col("line", check.column).first(), pl.len())
        for table, line, text, count in first.iter_rows():
            failures.setdefault(table, rules.line_problem(number, line, text, count))
    return failures


def _read_tree(block: bytes) -> Cells:
    """The cells of any table. Raises Unreadable."""
    root = read_tree(block, "information table")
    namespace = root.tag[: root.tag.rindex("}") + 1] if "}" in root.tag else ""
    names = {namespace + name: name for name in (*_WRAPPERS, *_LEAVES)}
    if names.get(root.tag) != "informationTable":
        raise _malformed(f"its root is {root.tag!r:.80}")
    tags: list[str | None] = []
    texts: list[str | None] = []
    for element in root.iter("*"):
        tags.append(names.get(element.tag))
        texts.append(element.text)
    if None in tags:
        unknown = next(element.tag for element in root.iter("*") if element.tag not in names)
        raise _malformed(f"unexpected element {unknown!r:.80}")
    if _ROW not in tags:
        raise Unreadable(RejectKind.NO_TABLE, "information table: no lines")
    cells: Cells = {leaf: [] for leaf in _LEAVES}
    height = 0
    for tag, text in zip(tags, texts, strict=True):
        if tag == _ROW:
            height += 1
        elif tag in cells:
            column = cells[tag]
            column.extend(repeat(None, height - 1 - len(column)))
            if len(column) == height:
                raise _malformed(f"{tag} appears twice in one line, or outside of a line")
            column.append(text)
    for column in cells.values():
        column.extend(repeat(None, height - len(column)))
    return cells


def _malformed(problem: str) -> Unreadable:
    return Unreadable(RejectKind.MALFORMED_XML, f"information table: {problem}")
