"""Facts that many answers need and that take a whole read to find, kept in `db/prepared` until their sources change.

A frame lies in a Parquet file with a digest of its sources in the footer. One whose digest is another, or that cannot
be read, is made again by whoever asks next, and written if the folder can be: nothing is lost with `db/prepared`, and
nothing in it is ever taken for true once its sources are others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import polars as pl

from ..errors import DiskError
from ..files import atomic_path, sweep
from .disk_faults import told

_DIGEST, _VERSION = "sources", 1  # raised when what is prepared changes
_COUNTER = slice(24, 28)  # of a SQLite file: a number that each transaction changes


def frame(path: Path, digest: str, schema: Mapping[str, pl.DataType], make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """The frame at `path` if it has that digest and schema; else what `make` returns, which is then kept there."""
    with suppress(pl.exceptions.PolarsError, OSError):
        if path.exists() and pl.read_parquet_metadata(path).get(_DIGEST) == digest:
            kept = pl.read_parquet(path)
            if dict(kept.schema) == dict(schema):
                return kept
    made = make()
    if made.is_empty():  # nothing is loaded: nothing is left behind
        return made
    with suppress(OSError, DiskError), told(path), atomic_path(path) as temporary:
        sweep(path.parent)  # answers write here, too, which hold no lock
        made.write_parquet(temporary, compression="lz4", statistics=True, metadata={_DIGEST: digest})
    return made


def digest_of(*parts: object) -> str:
    """A digest of the `repr` of all parts."""
    return hashlib.sha256(repr((_VERSION, parts)).encode()).hexdigest()


def states_of(paths: Iterable[Path]) -> list[tuple[object, ...]]:
    """What changes whenever one of the files is replaced or written to: name, size, time, and SQLite's own counter."""
    states = []
    for path in paths:
        try:
            status = path.stat()
            states.append(state_of(path, (status.st_size, status.st_mtime_ns, status.st_ino)))
        except FileNotFoundError:
            states.append(state_of(path, None))
    return states


def state_of(path: Path, status: tuple[int, int, int] | None) -> tuple[object, ...]:
    """The state of a file of this size, time of change and number, None if there is none. Raises FileNotFoundError."""
    # of lines and prices, the folder says which they are
    name = f"{path.parent.name}/{path.name}" if "=" in path.parent.name else path.name
    if status is None:
        return (name,)
    counter = b""
    if path.suffix == ".db":
        with path.open("rb") as file:
            counter = file.read(_COUNTER.stop)[_COUNTER]
    return name, *status, counter
