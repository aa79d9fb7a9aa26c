"""The XML of information tables (eis_13FDocument.xsd), many at a time.

Each table is parsed by itself; the cells of all become typed and are checked together, as what a query costs is the
same for fifty lines and for fifty thousand. A table that fails a check is refused alone. A large one is typed piece by
piece, so that its lines are never in memory as texts all at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

import polars as pl

from ..bounds import INFORMATION_TABLE
from ..tables import LINES, LinesFrame, RejectKind
from . import line_elements, plain_lines, plain_table, rules
from .plain_table import Cells, NotPlain
from .rules import LINE_CHECKS, Problem, Unreadable

# Above so many lines, queries cost less than looking at each cell.
_FEW = 2_000
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

    A missing, doubled, nested or unknown element and a malformed amount refuse the whole table.
    """
    parts: list[LinesFrame] = []
    heights: list[int] = []
    refused: dict[int, Problem] = {}
    pending = _Pending()
    for table, block in enumerate(blocks):
        heights.append(0)
        try:
            if len(block) <= plain_table.PIECE_BYTES:
                cells = plain_table.read(block)
                heights[table] = pending.add(table, cells or _read_elements(block), is_short=cells is not None)
            else:
                parts.append(pending.convert(heights, refused))
                parts.append(_read_large(block))
                heights[table] = parts[-1].height
        except Unreadable as unreadable:
            refused[table] = unreadable.problem
    parts.append(pending.convert(heights, refused))
    filled = [part for part in parts if part.height] or parts[:1]
    return InformationTables(filled[0] if len(filled) == 1 else pl.concat(filled), heights, refused)


def _read_elements(block: bytes) -> Cells:
    """The cells of a small table that is not plain. Raises Unreadable."""
    pieces = [*line_elements.read_pieces(block)]
    return {leaf: [*chain.from_iterable(piece[leaf] for piece in pieces)] for leaf in _LEAVES}


def _named(cells: Cells) -> Cells:
    return {name: cells[leaf] for leaf, name in _LEAVES.items()}


class _Pending:
    """Cells of small tables that are not typed yet."""

    def __init__(self) -> None:
        self._cells: Cells = {leaf: [] for leaf in _LEAVES}
        self._heights: dict[int, int] = {}
        self._are_short = True

    def add(self, table: int, cells: Cells, *, is_short: bool) -> int:
        """Add those of a table; returns the number of its lines. `is_short`: no text is over rules.MOST_CHARACTERS."""
        self._are_short = self._are_short and (is_short or _are_short(cells))
        for leaf, column in self._cells.items():
            column += cells[leaf]
        self._heights[table] = len(cells["cusip"])
        return self._heights[table]

    def convert(self, heights: list[int], refused: dict[int, Problem]) -> LinesFrame:
        """The lines of all tables that were added, which are then done with; refuses tables with failing lines."""
        named, tables, added = _named(self._cells), [*self._heights], [*self._heights.values()]
        are_short = self._are_short
        self.__init__()  # type: ignore[misc]
        if sum(added) < _FEW and are_short and (plain := plain_lines.convert(named)):
            return pl.DataFrame([pl.Series(name, values, LINES.schema[name]) for name, values in plain.items()])
        texts = _stripped(named)
        failures = _failures(texts, added)
        if failures:
            is_sound = [place not in failures for place in _tables(added)]
            texts = texts.filter(pl.Series(is_sound, dtype=pl.Boolean))
            for place, problem in failures.items():
                heights[tables[place]], refused[tables[place]] = 0, problem
        return rules.convert_lines(texts)


def _are_short(cells: Cells) -> bool:
    return all(len(text) <= rules.MOST_CHARACTERS for column in cells.values() for text in column if text)


def _stripped(named: Cells) -> pl.DataFrame:
    return rules.strip(pl.DataFrame([pl.Series(name, column, pl.String) for name, column in named.items()]))


def _read_large(block: bytes) -> LinesFrame:
    """The lines of a table that is read piece by piece. Raises Unreadable."""
    try:
        return _convert_pieces(plain_table.read_pieces(block))
    except NotPlain:
        return _convert_pieces(line_elements.read_pieces(block))


def _convert_pieces(pieces: Iterable[Cells]) -> LinesFrame:
    parts: list[LinesFrame] = []
    height = 0
    failures: dict[int, tuple[int, str | None, int]] = {}  # first line, its text and the number of lines, by check
    for cells in pieces:
        texts = _stripped(_named(cells))
        for number in rules.failed_checks(texts):
            check = LINE_CHECKS[number]
            failing = texts.with_row_index("line", height + 1).filter(check.fails)
            line, text, count = failures.get(number, (*failing.select("line", check.column).row(0), 0))
            failures[number] = line, text, count + failing.height
        height += texts.height
        if height > (INFORMATION_TABLE.most_lines or 0):
            raise Unreadable(
                RejectKind.TOO_LARGE, f"information table: more than {INFORMATION_TABLE.most_lines:,} lines"
            )
        if not failures:
            parts.append(rules.convert_lines(texts))
    if failures:
        first = min(failures)
        problem = rules.line_problem(first, *failures[first])
        raise Unreadable(problem.kind, problem.reason)
    return pl.concat(parts)


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
