"""An export to PostgreSQL: one transaction a quarter, one a year of prices, and one for every other table.

The tables that say what is loaded come last, so that what they name is there. A run that is killed leaves what it had
committed, and the next one goes on from there, by the fingerprints in the table `exported`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from ..errors import ExportError, SettingError
from ..progress import Progress, Silent
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store
from ..tables import Table
from .parts import BATCH, LINES_OF_QUARTERS, QUARTERLY, TABLES, Part, parts_of_prices, parts_of_quarters, whole_parts
from .postgresql_connection import alone, connected, shown
from .postgresql_tables import DEFINITION, Tables, is_partitioned

_LONGEST_NAME = 63  # bytes: PostgreSQL cuts off the rest without a word
_NUL, _INSTEAD = b"\0", "\N{REPLACEMENT CHARACTER}".encode()


@dataclass
class Exported:
    """What an export did: parts in all, those that had changed, and rows copied."""

    place: str
    schema: str
    parts: int = 0
    changed: int = 0
    removed: int = 0
    row_count: int = 0
    has_lines: bool = False
    replaced_texts: Counter[str] = field(default_factory=Counter)
    """by table: NUL characters in its texts, which PostgreSQL does not take"""


def export(
    settings: Settings, url: str, schema: str = "tracker", lines: bool | None = None, progress: Progress | None = None
) -> Exported:
    """Make the tables in `schema` of a database equal to those of a home; what has not changed is not touched.

    `lines` adds the lines as filed (True), drops them (False), or leaves it as it is there (None; at first without).
    Raises NotFoundError if nothing is loaded, SettingError and ExportError for the database, StoreError if a refresh
    replaces what is being read.
    """
    progress = progress or Silent()
    _check_schema(schema)
    place = shown(url)
    with Store(settings) as store:
        store.require_quarter(None)
        with connected(url) as connection, alone(connection, schema, progress):
            tables = Tables(connection, schema)
            with_lines = tables.is_ours(LINES_OF_QUARTERS.name) if lines is None else lines
            done = Exported(place, schema, has_lines=with_lines)
            if not with_lines:
                done.removed += tables.drop(LINES_OF_QUARTERS)
            tables.prepare(table for table in TABLES if with_lines or table is not LINES_OF_QUARTERS)
            quarterly = [table for table in QUARTERLY if with_lines or table is not LINES_OF_QUARTERS]
            export_of = _Export(tables, tables.fingerprints(), done, progress)
            for end, parts in parts_of_quarters(store, quarterly).items():
                export_of.replace(parts, str(Quarter.of(end)))
            for part in parts_of_prices(store):
                export_of.replace([part], "prices")
            with connection.transaction():
                export_of.replace(whole_parts(store), "the other tables")
                export_of.remove_others()
    progress.end()
    for name, count in done.replaced_texts.items():
        progress.note(f"{name}: {count:,} NUL characters, which PostgreSQL does not store, are U+FFFD there")
    return done


class _Export:
    """One run: which parts are there, and which of them have been met."""

    def __init__(
        self, tables: Tables, fingerprints: dict[tuple[str, str], str], done: Exported, progress: Progress
    ) -> None:
        self._tables, self._there, self._done, self._progress = tables, fingerprints, done, progress
        self._task = ""
        self._met = {key for key in fingerprints if key[1] == DEFINITION}

    def replace(self, parts: Sequence[Part], task: str) -> None:
        """Replace those of some parts that are not there, or otherwise there, in one transaction."""
        self._met |= {(part.table.name, part.label) for part in parts}
        self._done.parts += len(parts)
        changed = [part for part in parts if self._there.get((part.table.name, part.label)) != part.fingerprint]
        if not changed:
            return
        self._tell(task)
        with self._tables.connection.transaction():
            incoming = [(part, self._copy(part)) for part in changed]
            for part, name in incoming:
                if is_partitioned(part.table):
                    self._tables.put_in_place(part, name)
        self._done.changed += len(changed)

    def _tell(self, task: str) -> None:
        """Begin a task, unless it is the one that runs."""
        if task != self._task:
            self._task = task
            self._progress.start(f"exporting {task}")

    def remove_others(self) -> None:
        """Remove the parts that were not met: of quarters and years that the home no longer has."""
        for name, label in sorted(self._there.keys() - self._met):
            self._tables.remove(name, label)
            self._done.removed += 1

    def _copy(self, part: Part) -> str:
        """Copy a part's rows, to a new table if it is to be a partition; returns where they are."""
        is_new = is_partitioned(part.table)
        name = self._tables.add_incoming(part) if is_new else part.table.name
        if not is_new:
            self._tables.empty(name)
        count = 0
        cursor = self._tables.connection.cursor()
        with cursor.copy(self._tables.copy_statement(name, part.table, is_new=is_new)) as copy:
            for frame in part.read():
                for piece in frame.iter_slices(BATCH):
                    copy.write(self._as_csv(part.table, piece))
                    count += piece.height
                    self._progress.advance(piece.height)
        if cursor.rowcount != count:
            raise ExportError(f"{name}: PostgreSQL took {cursor.rowcount:,} of {count:,} rows; nothing of it is kept")
        self._tables.note(part.table.name, part.label, part.fingerprint, count)
        self._done.row_count += count
        return name

    def _as_csv(self, table: Table, frame: pl.DataFrame) -> bytes:
        """Rows as PostgreSQL reads them: null is nothing, an empty text is quoted."""
        data = frame.write_csv(include_header=False).encode()
        if nuls := data.count(_NUL):
            self._done.replaced_texts[table.name] += nuls
            data = data.replace(_NUL, _INSTEAD)
        return data


def _check_schema(schema: str) -> None:
    is_fit = schema.isprintable() and 0 < len(schema.encode()) <= _LONGEST_NAME
    if not is_fit or schema.startswith("pg_") or schema == "information_schema":
        raise SettingError(f"--schema {schema!r} cannot be the name of a schema: choose one such as `tracker`")
