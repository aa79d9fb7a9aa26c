"""The tables of one of SEC's Form 13F data sets: tab-separated text in a zip, read piece by piece.

Nothing is extracted to disk. No quoting: a quotation mark is part of an issuer's name.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import polars as pl

from ..edgar_facts import is_accession_number
from ..errors import SourceError
from ..tables import RejectKind
from ..zips import open_zip
from . import rules, whole_numbers
from .rules import Problem

MAX_BYTES = 2**31  # of one table; the lines of all filers took 420 MB in 2025
PIECE_BYTES = 2**24
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


@dataclass(frozen=True)
class Piece:
    """Some rows of a table as stripped text, empty text as null; accession numbers of `refused` and `lossy` rows.

    Columns that were asked for as `repeated` are Categorical, with the same categories in every piece; those asked for
    as `numbers` are UInt64 in pieces where all their cells are amounts of digits alone (see `whole_numbers`).
    """

    rows: pl.DataFrame
    refused: dict[str, Problem]
    lossy: set[str]


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
        for piece in pieces:
            body, is_lossy = _decode(piece)
            refused: dict[str, Problem] = {}
            table = _parse_numbers(body, schema, numeric)
            if table is None:
                table, refused = _parse(body, schema, titles.index("ACCESSION_NUMBER"), name)
            rows = table.select(pl.col(f"column_{place}").alias(ours) for ours, place in places.items())
            rows = _strip(rows).with_columns(nulls).select(columns.values())
            lossy = rows[:0]
            if is_lossy:
                lossy = rows.filter(pl.any_horizontal(pl.all().cast(pl.String).str.contains("\ufffd", literal=True)))
            yield Piece(rows, refused, set(lossy["accession_number"].cast(pl.String).drop_nulls()))

    def _pieces(self, name: str) -> tuple[bytes, Iterator[bytes]]:
        """The first line of the member with this base name, and the others in pieces of whole lines."""
        fits = [entry for entry in self.zip.infolist() if PurePosixPath(entry.filename).name.upper() == name.upper()]
        if len(fits) != 1:
            raise SourceError(f"{self.path.name} holds {len(fits) or 'no'} {name}: not a 13F data set")
        blocks = _ahead(self._blocks(fits[0]))
        start = next(blocks, b"")
        header, _, rest = start.partition(b"\n")
        if len(header) > _MAX_HEADER:
            raise SourceError(f"{self.path.name}: {name} does not begin with a line of column names")

        def pieces() -> Iterator[bytes]:
            kept = rest
            for block in blocks:
                end = block.rfind(b"\n") + 1
                if end:
                    yield kept + block[:end]
                    kept = block[end:]
                else:
                    kept += block
            if kept:
                yield kept

        return header, pieces()

    def _blocks(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """The member's content up to MAX_BYTES, whatever size it declares."""
        left = MAX_BYTES
        with self.zip.open(entry) as member:
            while block := member.read(min(PIECE_BYTES, left + 1)):
                left -= len(block)
                if left < 0:
                    problem = f"{entry.filename} is larger than {MAX_BYTES:,} bytes, which cannot be right"
                    raise SourceError(f"{self.path.name}: {problem}")
                yield block


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The data set at `path`; raises SourceError if it is damaged, also while it is being read."""
    with open_zip(path) as archive:
        yield Archive(path, archive)


def _ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks; while one is worked on, a thread inflates the next."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, blocks, b"")
        while block := coming.result():
            coming = thread.submit(next, blocks, b"")
            yield block


def _strip(rows: pl.DataFrame) -> pl.DataFrame:
    """`rules.strip` for texts; of a Categorical column each different text is looked at once."""
    is_repeated = [isinstance(column.dtype, pl.Categorical) for column in rows]
    texts = [column.name for column in rows if column.dtype == pl.String]
    for column, is_so in zip(rows, is_repeated, strict=True):
        if is_so:
            different = column.unique().cast(pl.String).to_frame()
            if not rules.strip(different).equals(different):
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
    return rows if body.count(b"\t") == rows.height * (len(schema) - 1) else None


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
    return pl.read_csv(body, separator="\t", has_header=False, quote_char=None, schema=schema), refused


def _drop_ragged(body: bytes, width: int, place: int, name: str) -> tuple[bytes, dict[str, Problem]]:
    """The rows of the right width, and by accession number why others are refused.

    A row without an accession number is the rest of the row before, cut by a line break.
    """
    kept: list[bytes] = []
    refused: dict[str, Problem] = {}
    before = ""
    for line in body.split(b"\n"):
        fields = line.split(b"\t")
        cell = fields[place].decode(errors="replace").strip() if len(fields) > place else ""
        number = cell if is_accession_number(cell) else before
        if len(fields) == width:
            kept.append(line)
        elif line.strip():
            reason = f"{name.removesuffix('.tsv')}: a row has {len(fields)} fields, not {width}"
            refused.setdefault(number, Problem(RejectKind.RAGGED_ROW, reason))
        before = number
    return b"\n".join([*kept, b""]), refused
