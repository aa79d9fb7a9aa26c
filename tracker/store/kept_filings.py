"""Filings, and whom their covers name, as Parquet beside SQLite, a file a period: old rows are not read one by one.

Whoever writes keeps the files: a period's is removed before its rows change, and made again from the rows by the next
question for all of them, or when the writing ends. Then a note states of which state of which database they are. For
anybody else they hold as long as that is the state; a writer that finds another one (a kill, a database put back,
somebody else's change) begins anew. Nothing is lost with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import polars as pl

from ..files import atomic_path, write_atomic
from ..json_text import parse_json
from ..tables import JUDGED_FILINGS, Table

_NOTE = "state.json"
State = tuple[int, int | None]


class KeptFilings:
    """The files in `folder`; `is_writing` is set while this process may write, `is_stale` once a file is to be made.

    They are of the shape of `table`, JUDGED_FILINGS or another one with rows of filings.
    """

    def __init__(self, folder: Path, table: Table = JUDGED_FILINGS) -> None:
        self._folder, self._table = folder, table
        self.is_writing = self.is_stale = False

    def begin(self, state: State) -> None:
        """Writing begins: files of another state are removed, and until it ends nobody else takes them for true."""
        self.is_stale = not self._is_of(state)
        if self.is_stale:
            self.forget(path.stem for path in self._folder.glob("*.parquet"))
        with suppress(FileNotFoundError):
            (self._folder / _NOTE).unlink()
        self.is_writing = True

    def end(self, state: State) -> None:
        """Writing has ended in `state`."""
        self.is_writing = False
        if self._folder.exists():
            write_atomic(self._folder / _NOTE, json.dumps(state).encode())

    def forget(self, periods: Iterable[date | str]) -> None:
        """The rows of these periods are about to change."""
        self.is_stale = True
        for period in periods:
            (self._folder / f"{period}.parquet").unlink(missing_ok=True)

    def read(
        self,
        periods: Iterable[date],
        state: State,
        read: Callable[[date], pl.DataFrame],
        columns: Sequence[str],
    ) -> pl.DataFrame | None:
        """These columns of the rows of `periods`, period by period in key order.

        Those that are not kept are read by `read`; None if nothing can be kept.
        """
        if not (self.is_writing or self._is_of(state)):
            return None
        wanted = [*periods]
        whole = self._kept([self._folder / f"{period}.parquet" for period in wanted], columns)
        if whole is not None:
            return whole
        parts = [self._table.frame().select(columns)]
        for period in wanted:
            path = self._folder / f"{period}.parquet"
            part = self._kept([path], columns)
            if part is None:
                rows = read(period)
                if self.is_writing:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with atomic_path(path) as temporary:
                        rows.write_parquet(temporary, compression="lz4")
                part = rows.select(columns)
            parts.append(part)
        return pl.concat(parts)

    def _is_of(self, state: State) -> bool:
        if state[1] is None:  # the database does not tell
            return False
        try:
            return bool(parse_json((self._folder / _NOTE).read_bytes()) == list(state))
        except (OSError, ValueError):
            return False

    def _kept(self, paths: Sequence[Path], columns: Sequence[str]) -> pl.DataFrame | None:
        """Those columns of these files; None if one is not there, or not as it was written."""
        try:
            if not paths or any(dict(pl.read_parquet_schema(path)) != self._table.schema for path in paths):
                return None
            return pl.scan_parquet([*paths], glob=False, hive_partitioning=False).select(columns).collect()
        except (OSError, pl.exceptions.PolarsError):
            return None
