"""An export to Iceberg: one snapshot of each table in which anything has changed.

The name of a data file has the fingerprint of its part, so a table's own files say what is there. A run that is killed
leaves tables as they were before it or as they are after it; the files that it had put there are used by the next.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SettingError
from ..progress import Progress, Silent
from ..settings import Settings
from ..store import Store
from ..tables import PRICES, Table
from . import iceberg_tables
from .iceberg_place import Place
from .parts import QUARTERLY, Part, parts_of_prices, parts_of_quarters, whole_parts

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table as IcebergTable


@dataclass
class IcebergExported:
    """What an export did: tables, parts in all, those that were added and removed, and how files got there."""

    place: str
    tables: int = 0
    parts: int = 0
    added: int = 0
    removed: int = 0
    linked: int = 0
    copied: int = 0
    copied_bytes: int = 0


def export(settings: Settings, target: str, progress: Progress | None = None) -> IcebergExported:
    """Make the Iceberg tables at `target`, a folder or s3://BUCKET/PREFIX, equal to those of a home.

    Raises NotFoundError if nothing is loaded, SettingError and ExportError for the place, StoreError if a refresh
    replaces what is being read or another export writes to the same folder.
    """
    progress = progress or Silent()
    place = Place.of(target)
    if place.is_local and settings.is_own_place(Path(place.root)):
        raise SettingError(f"{place.root} is in the home {settings.home} itself: name another folder")
    done = IcebergExported(place.root)
    with Store(settings) as store, tempfile.TemporaryDirectory(prefix="tracker-export-") as scratch:
        quarters = parts_of_quarters(store)
        of_tables: dict[str, list[Part]] = {table.name: [] for table in (*QUARTERLY, PRICES)}
        for parts in quarters.values():
            for part in parts:
                of_tables[part.table.name].append(part)
        of_tables[PRICES.name] = parts_of_prices(store)
        progress.start("exporting parts of tables")
        with place.catalog() as catalog:
            run = _Export(catalog, place, done, progress, Path(scratch))
            for table in (*QUARTERLY, PRICES):
                run.replace(table, of_tables[table.name])
            # those that say what is loaded come last
            for part in whole_parts(store):
                run.replace(part.table, [part])
        progress.end()
    done.linked, done.copied, done.copied_bytes = place.linked, place.copied, place.copied_bytes
    return done


class _Export:
    """One run to one place."""

    def __init__(
        self, catalog: Catalog, place: Place, done: IcebergExported, progress: Progress, scratch: Path
    ) -> None:
        self._catalog, self._place, self._done = catalog, place, done
        self._progress, self._scratch = progress, scratch

    def replace(self, table: Table, parts: Iterable[Part]) -> None:
        """Make the data files of a table those of its parts, in one snapshot; none if they are."""
        with self._place.readable(f"{self._place.root}/{table.name}"):
            there = iceberg_tables.open_table(self._catalog, self._place, table)
            old = iceberg_tables.files_there(there)
        wanted = {f"{there.location()}/data/{part.label}-{part.fingerprint}.parquet": part for part in parts}
        absent = {address: part for address, part in wanted.items() if address not in old}
        gone = [file for address, file in old.items() if address not in wanted]
        # a file without rows has no statistics, and nothing to say
        added = {address: part for address, part in absent.items() if self._lay(there, address, part)}
        if added or gone:
            iceberg_tables.replace_files(there, gone, added)
        self._place.leave_hint(there.io, there.location(), there.metadata_location)
        self._done.tables += 1
        self._done.parts += len(wanted)
        self._done.added += len(added)
        self._done.removed += len(gone)

    def _lay(self, there: IcebergTable, address: str, part: Part) -> bool:
        """Put the file of a part, if it has rows, at its address: the home's own, or one that is written for it."""
        if part.path is None:
            write = partial(iceberg_tables.write_rows, part)
            is_there = self._place.write(there.io, address, write, self._scratch)
        else:
            with part.unchanged():
                if is_there := iceberg_tables.has_rows(part.path):
                    self._place.put(there.io, part.path, address)
        self._progress.advance()
        return is_there
