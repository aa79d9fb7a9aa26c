"""The tables of one of SEC's Form 13F data sets: tab-separated text in a zip, read piece by piece.

Nothing is extracted to disk. No quoting: a quotation mark is part of an issuer's name.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath

import polars as pl

from .. import bounds
from ..bounds import Bound
from ..edgar_facts import is_accession_number
from ..errors import SourceError
from ..tables import RejectKind
from ..tables.text_codes import different
from ..zips import blocks, open_zip
from . import rules, whole_numbers
from .rules import Problem

PIECE_BYTES = 2**24
MOST_ROWS = 2**19  # of a piece: the shortest rows of PIECE_BYTES would take gigabytes as columns
LONGEST_ROW = 2**20  # bytes; of a longer one only the beginning is read, for its accession number
_MAX_HEADER = 2**16
# Columns that may be absent, as they are in older data sets. Without any other column, amendments, options or
# amounts would be misread silently.
OPTIONAL = {
    *("CONFDENIEDEXPIRED", "ADDITIONALINFORMATION"),
    *("AMENDMENTNO", "REPORTTYPE", "FORM13FFILENUMBER", "CRDNUMBER", "SECFILENUMBER"),
    *("OTHERINCLUDEDMANAGERSCOUNT", "TABLEENTRYTOTAL", "TABLEVALUETOTAL", "ISCONFIDENTIALOMITTED"),
    *("FILINGMANAGER_STREET1", "FILINGMANAGER_CITY", "FILINGMANAGER_STATEORCOUNTRY", "PHONE"),
    *("TITLEOFCLASS", "FIGI", "INVESTMENTDISCRETION", "OTHERMANAGER"),
    *("VOTING_AUTH_SOLE", "VOTING_AUTH_SHARED", "VOTING_AUTH_NONE"),
}


_SHORT_ROWS = Bound(2**63, longest_line=rules.MOST_CHARACTERS)
_LONG_ROWS = Bound(2**63, longest_line=LONGEST_ROW)
LINES_TABLE = "INFOTABLE.TSV"


@dataclass(frozen=True)
class Piece:
    """Some rows of a table as stripped text, empty text as null; accession numbers of `refused` and `lossy` rows.

    Columns that were asked for as `repeated` are Categorical, with the same categories in every piece; those asked for
    as `numbers` are UInt64 in pieces where all their cells are amounts of digits alone (see `whole_numbers`).
    `has_long_rows`: a cell may have more than rules.MOST_CHARACTERS.
    """

    rows: pl.DataFrame
    refused: dict[str, Problem]
    lossy: set[str]
    has_long_rows: bool


@dataclass(frozen=True)
class Archive:
    """An open data set."""

    path: Path
    zip: zipfile.ZipFile

    def has(self, name: str) -> bool:
        """Whether there is a member with this base name; SourceError if a damaged one may have had it."""
        for entry in self.zip.infolist():
            if PurePosixPath(entry.filename).name.upper() == name.upper():
                return True
            self.zip.open(entry).close()  # compares the name with the member's own header
        return False

    def read(
        self, name: str, columns: Mapping[str, str], *, repeated: Collection[str] = (), numbers: Collection[str] = ()
    ) -> Iterator[Piece]:
        """The table `name`, piece by piece: `columns` (SEC's name to ours) by our names.

        An absent column of OPTIONAL is null; any other raises SourceError, which names it. By our names: in the columns
        `repeated` the same texts come again and again, and those of `numbers` are mostly whole numbers.
        """
        header, pieces = self._pieces(name)
        titles = [title.strip().upper() for title in header.decode("utf-8-sig", "replace").split("\t")]
        absent = [title for title in columns if title not in titles and title not in OPTIONAL]
        if absent:
            raise SourceError(f"{self.path.name}: {name} has no column {', '.join(absent)}")
        places = {ours: titles.index(title) for title, ours in columns.items() if title in titles}
        schema: dict[str, pl.DataType] = {f"column_{number}": pl.String() for number in range(len(titles))}
        schema |= {
            f"column_{place}": pl.Categorical(pl.Categories.random())
            for ours, place in places.items()
            if ours in repeated
        }
        nulls = [
            pl.lit(None, pl.Categorical if ours in repeated else pl.String).alias(ours)
            for ours in columns.values()
            if ours not in places
        ]
        numeric = {f"column_{place}": pl.UInt64() for ours, place in places.items() if ours in numbers and place}
        place = titles.index("ACCESSION_NUMBER")
        for piece, beginnings in pieces:
            body, is_lossy = _decode(piece)
            refused: dict[str, Problem] = {}
            table = _parse_numbers(body, schema, numeric)
            if table is None:
                table, refused = _parse(body, schema, place, name)
            for beginning in beginnings:
                reason = f"{name.removesuffix('.tsv')}: a row has more than {LONGEST_ROW:,} bytes"
                number = _cell(beginning.split(b"\t", place + 1), place)
                refused.setdefault(number, Problem(RejectKind.TOO_LARGE, reason))
            rows = table.select(pl.col(f"column_{place}").alias(ours) for ours, place in places.items())
            rows = _strip(rows).with_columns(nulls).select(columns.values())
            lossy = rows[:0]
            if is_lossy:
                lossy = rows.filter(pl.any_horizontal(pl.all().cast(pl.String).str.contains("\ufffd", literal=True)))
            has_long_rows = bounds.problem(body, _SHORT_ROWS) is not None
            yield Piece(rows, refused, set(lossy["accession_number"].cast(pl.String).drop_nulls()), has_long_rows)

    def _pieces(self, name: str) -> tuple[bytes, Iterator[tuple[bytes, list[bytes]]]]:
        """The first line of the member with this base name, and the others in pieces of whole lines.

        With each piece come the beginnings of rows that are too long, which are left out of it.
        """
        fits = [entry for entry in self.zip.infolist() if PurePosixPath(entry.filename).name.upper() == name.upper()]
        if len(fits) != 1:
            raise SourceError(f"{self.path.name} holds {len(fits) or 'no'} {name}: not a 13F data set")
        ahead = _ahead(self._blocks(fits[0]))
        start, lines = next(ahead, (b"", 0))
        header, _, rest = start.partition(b"\n")
        if len(header) > _MAX_HEADER:
            raise SourceError(f"{self.path.name}: {name} does not begin with a line of column names")

        def pieces() -> Iterator[tuple[bytes, list[bytes]]]:
            kept, most, is_too_long = rest, lines, False
            for block, count in chain([(b"", 0)], ahead):
                end = block.rfind(b"\n") + 1
                most += count
                if is_too_long:
                    if not end:
                        continue
                    block = block[block.find(b"\n") + 1 :]
                    end, is_too_long = block.rfind(b"\n") + 1, False
                if end:
                    whole = b"".join((kept, memoryview(block)[:end]))
                    yield from map(_without_long_rows, _slices(whole, most))
                    kept, most = block[end:], 0
                else:
                    kept += block
                if len(kept) - kept.rfind(b"\n") - 1 > LONGEST_ROW:
                    yield from map(_without_long_rows, _slices(kept, most))
                    kept, is_too_long = b"", True
            if kept:
                yield from map(_without_long_rows, _slices(kept, most))

        return header, pieces()

    def _blocks(self, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
        """The member's content as far as its bound, whatever size it declares; with each block its number of lines."""
        is_lines = PurePosixPath(entry.filename).name.upper() == LINES_TABLE
        meter = bounds.Meter(bounds.DATA_SET_LINES if is_lines else bounds.DATA_SET_TABLE)
        for block in blocks(self.zip, entry, PIECE_BYTES):
            before = meter.lines
            if beyond := meter.problem(block):
                raise SourceError(f"{self.path.name}: {entry.filename} {beyond}, which cannot be right")
            yield block, meter.lines - before


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The data set at `path`; raises SourceError if it is damaged, also while it is being read."""
    with open_zip(path) as archive:
        yield Archive(path, archive)


def _ahead(blocks: Iterator[tuple[bytes, int]]) -> Iterator[tuple[bytes, int]]:
    """The blocks; while one is worked on, a thread inflates the next."""
    end = (b"", 0)
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, blocks, end)
        while (block := coming.result()) is not end:
            coming = thread.submit(next, blocks, end)
            yield block


def _slices(piece: bytes, most: int) -> Iterator[bytes]:
    """The piece, of `most` rows or fewer, or smaller ones of whole lines if these may be more than MOST_ROWS."""
    if most <= MOST_ROWS:
        yield piece
        return
    at = 0
    while at < len(piece):
        end = piece.rfind(b"\n", at, at + MOST_ROWS) + 1 or piece.find(b"\n", at) + 1 or len(piece)
        yield piece[at:end]
        at = end


def _without_long_rows(piece: bytes) -> tuple[bytes, list[bytes]]:
    """The piece without rows that are longer than LONGEST_ROW, and the beginnings of those."""
    if bounds.problem(piece, _LONG_ROWS) is None:
        return piece, []
    rows = piece.split(b"\n")
    kept = b"\n".join(row for row in rows if len(row) <= LONGEST_ROW)
    return kept, [row[:_MAX_HEADER] for row in rows if len(row) > LONGEST_ROW]


def _strip(rows: pl.DataFrame) -> pl.DataFrame:
    """`rules.strip` for texts; of a Categorical column each different text is looked at once."""
    is_repeated = [isinstance(column.dtype, pl.Categorical) for column in rows]
    texts = [column.name for column in rows if column.dtype == pl.String]
    for column, is_so in zip(rows, is_repeated, strict=True):
        if is_so:
            each = different(column).cast(pl.String).to_frame()
            if not rules.strip(each).equals(each):
                texts.append(column.name)
    stripped = rules.strip(rows.select(pl.col(texts).cast(pl.String)))
    return rows.with_columns(stripped.select(pl.col(name).cast(rows.schema[name]) for name in texts))


def _decode(piece: bytes) -> tuple[bytes, bool]:
    """Valid UTF-8, and whether anything had to be replaced for that."""
    if piece.isascii():
        return piece, False
    try:
        piece.decode()
    except UnicodeDecodeError:
        return piece.decode(errors="replace").encode(), True
    return piece, False


def _load(body: bytes, schema: Mapping[str, pl.DataType]) -> pl.DataFrame | None:
    """The rows; None if one of them is too short or too long, or a cell is not of its column's type."""
    try:
        rows = pl.read_csv(body, separator="\t", has_header=False, quote_char=None, schema=schema)
    except pl.exceptions.PolarsError:
        return None
    # a row that is too short has no last cell; where all have one, there is nothing to count
    is_whole = rows.height and not rows.to_series(-1).null_count()
    return rows if is_whole or body.count(b"\t") == rows.height * (len(schema) - 1) else None


def _parse_numbers(
    body: bytes, schema: Mapping[str, pl.DataType], numeric: Mapping[str, pl.DataType]
) -> pl.DataFrame | None:
    """The rows, with `numeric` columns as numbers; None unless all rows are of one width and all those are amounts."""
    rows = _load(body, {**schema, **numeric}) if numeric else None
    return rows if rows is not None and whole_numbers.are_amounts(body, rows.select(list(numeric))) else None


def _parse(
    body: bytes, schema: Mapping[str, pl.DataType], place: int, name: str
) -> tuple[pl.DataFrame, dict[str, Problem]]:
    """The rows in the columns of `schema`; a row of another width refuses its submission."""

    rows = _load(body, schema)
    if rows is not None:
        return rows, {}
    body, refused = _drop_ragged(body, len(schema), place, name)
    if not body.strip(b"\n"):
        return pl.DataFrame(schema=schema), refused
    return pl.read_csv(body, separator="\t", has_header=False, quote_char=None, schema=schema), refused


def _drop_ragged(body: bytes, width: int, place: int, name: str) -> tuple[bytes, dict[str, Problem]]:
    """The rows of the right width, and by accession number why others are refused.

    A row without an accession number is the rest of the row before, cut by a line break.
    """
    kept: list[bytes] = []
    refused: dict[str, Problem] = {}
    before = ""
    for line in _lines(body):
        fields = line.split(b"\t")
        number = _cell(fields, place) or before
        if len(fields) == width:
            kept.append(line)
        elif line.strip():
            reason = f"{name.removesuffix('.tsv')}: a row has {len(fields)} fields, not {width}"
            refused.setdefault(number, Problem(RejectKind.RAGGED_ROW, reason))
        before = number
    return b"\n".join([*kept, b""]), refused


def _lines(body: bytes) -> Iterator[bytes]:
    """As `body.split`, which would have all of them in memory."""
    at = 0
    while (end := body.find(b"\n", at)) >= 0:
        yield body[at:end]
        at = end + 1
    yield body[at:]


def _cell(fields: list[bytes], place: int) -> str:
    """The accession number in a row, empty text if there is none."""
    cell = fields[place].decode(errors="replace").strip() if len(fields) > place else ""
    return cell if is_accession_number(cell) else ""
