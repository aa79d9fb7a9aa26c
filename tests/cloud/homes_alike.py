"""What a home has, to be compared, and what happens to it."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tracker.cloud.home_files import published_paths
from tracker.progress import Silent
from tracker.settings import Settings
from tracker.store import Store

LINES = "db/lines/period=2025-09-30/part-0.parquet"


def contents(home: Path) -> dict[str, bytes]:
    """What is published of a home, by path."""
    return {path: (home / path).read_bytes() for path in published_paths(home, True, Silent())}


def change(settings: Settings, text: str = "more") -> None:
    """Change a file of lines, as a refresh of its quarter does, and the database."""
    path = settings.home / LINES
    lines = pl.read_parquet(path)
    path.unlink()
    lines.write_parquet(path, metadata={"changed": text}, row_group_size=25_000)
    with Store(settings) as store, store.writing(settles=False):
        store.connection.execute("update runs set universe = universe || ?", [text])
        store.connection.commit()


class Killed(BaseException):
    """As a kill, nothing catches it."""
