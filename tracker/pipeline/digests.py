"""Digests of frames: whether what something was made from is still the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import polars as pl

_BYTES = 16


def digest(*frames: pl.DataFrame, seed: str = "") -> str:
    """A digest of the frames' columns and rows in their order; a new version of polars may give another one."""
    total = hashlib.blake2b(seed.encode(), digest_size=_BYTES)
    for frame in frames:
        total.update(f"{dict(frame.schema)} {frame.height} ".encode())
        if frame.height:
            rows = frame.hash_rows(seed=1).to_frame()
            total.update(rows.write_ipc(None, compression="uncompressed").getvalue())
    return total.hexdigest()


def file_states(paths: Iterable[Path], home: Path) -> str:
    """Path, size and time of change of each file, as text: another text whenever one was written, added or removed.

    Paths within `home` are relative to it.
    """
    states = []
    for path in sorted(paths):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        name = path.relative_to(home) if path.is_relative_to(home) else path
        states.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return "\n".join(states)
