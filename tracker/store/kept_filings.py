"""The table filings as Parquet beside SQLite, a file a period: rows of old quarters are not read one by one again.

Whoever writes keeps the files: a period's is removed before its rows change, and made again from the rows by the next
question for all of them, or when the writing ends. Then a note states of which state of which database they are. For
anybody else they hold as long as that is the state; a writer that finds another one (a kill, a database put back,
somebody else's change) begins anew. Nothing is lost with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path

import polars as pl

from ..files import atomic_path, write_atomic
from ..json_text import parse_json
from ..tables import JUDGED_FILINGS, JudgedFilingsFrame

_NOTE = "state.json"
State = tuple[int, int | None]


class KeptFilings:
    """The files in `folder`; `is_writing` is set while this process may write, `is_stale` once a file is to be made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
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
        self, periods: Iterable[date], state: State, read: Callable[[date], JudgedFilingsFrame]
    ) -> JudgedFilingsFrame | None:
        """The filings of `periods` in key order, those that are not kept by `read`; None if nothing can be kept."""
        if not (self.is_writing or self._is_of(state)):
            return None
        parts = [JUDGED_FILINGS.frame()]
        for period in periods:
            path = self._folder / f"{period}.parquet"
            part = _kept(path)
            if part is None:
                part = read(period)
                if self.is_writing:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with atomic_path(path) as temporary:
                        part.write_parquet(temporary, compression="lz4")
            parts.append(part)
        return pl.concat(parts).sort(JUDGED_FILINGS.key)

    def _is_of(self, state: State) -> bool:
        if state[1] is None:  # the database does not tell
            return False
        try:
            return bool(parse_json((self._folder / _NOTE).read_bytes()) == list(state))
        except (OSError, ValueError):
            return False


def _kept(path: Path) -> JudgedFilingsFrame | None:
    try:
        part = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError):
        return None
    return part if dict(part.schema) == JUDGED_FILINGS.schema else None
