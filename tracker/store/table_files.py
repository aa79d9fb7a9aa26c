"""Parquet files of a home, wherever their bytes are: on this machine, or in object storage, read in place.

Whoever asks names a file by its path in the home. Of a home of this machine that is where it is read; of a published
one (`Settings.remote`), polars' own readers take from object storage only the columns and row groups that are wanted,
unless the file is in the cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from ..remote import RemoteHome
from . import prepared


class TableFiles:
    """How the Parquet files of a home are read."""

    def __init__(self, remote: RemoteHome | None) -> None:
        self._remote = remote

    def scan(self, paths: Path | list[Path]) -> pl.LazyFrame:
        """The rows of a file, or of several of one schema in their order."""
        if self._remote is None:
            return pl.scan_parquet(paths)
        sources = [self._remote.source(path) for path in ([paths] if isinstance(paths, Path) else paths)]
        if len(sources) == 1 or all(isinstance(source, Path) for source in sources):
            return self._scan(sources)
        return pl.concat([self._scan(list(alike)) for _, alike in groupby(sources, type)])

    def schema(self, path: Path) -> dict[str, pl.DataType]:
        """The columns of a file, from its footer."""
        if isinstance(source := self._source(path), Path):
            return dict(pl.read_parquet_schema(source))
        return dict(self._scan([source]).collect_schema())

    def metadata(self, path: Path) -> dict[str, str]:
        """The notes in the footer of a file."""
        if isinstance(source := self._source(path), Path):
            return pl.read_parquet_metadata(source)
        return pl.read_parquet_metadata(source, storage_options=self._options)

    def address(self, path: Path) -> str | None:
        """Where the file is published, if it is read there."""
        return None if self._remote is None else f"{self._remote.url} ({path.parent.name}/{path.name})"

    def states(self, paths: Iterable[Path]) -> list[tuple[object, ...]]:
        """As `prepared.states_of`; of a published home, as they were where it was pushed from.

        So what was prepared there holds here, too, and what is prepared here holds until another version is pushed.
        """
        if self._remote is None:
            return prepared.states_of(paths)
        return [prepared.state_of(path, self._remote.state(path)) for path in paths]

    def _source(self, path: Path) -> Path | str:
        return path if self._remote is None else self._remote.source(path)

    def _scan(self, sources: Sequence[Path | str]) -> pl.LazyFrame:
        if isinstance(sources[0], Path):
            return pl.scan_parquet([str(source) for source in sources], glob=False)
        return pl.scan_parquet(
            [str(source) for source in sources], glob=False, hive_partitioning=False, storage_options=self._options
        )

    @property
    def _options(self) -> dict[str, Any] | None:
        options = self._remote.storage_options if self._remote else None
        return dict(options) if options else None
