"""What was counted of a quarter as Parquet: one file a table, named by the fingerprint of what it was made from.

A file never changes. COUNTED_FROM says which of them are in force, so one commit in SQLite replaces all of a quarter's,
and a file that it does not name is a leftover.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from ..files import atomic_path
from ..tables import Table
from . import sql_values
from .disk_faults import told
from .parquet import ZSTD_LEVEL
from .shared_reads import is_sharing, shared
from .table_files import TableFiles

_ROWS = 25_000  # in a row group: a security's rows are found by reading one
_SHORT = 4 * 2**20  # bytes of a file; its rows take some seven times as much
_NO_FILE = pl.DataFrame()
_FEW = 20  # comparing with each of a few values lets the file's statistics skip most of it


def write(path: Path, frame: pl.DataFrame) -> None:
    """Write a frame in key order, unless the file is there."""
    if path.exists():
        return
    with told(path), atomic_path(path) as temporary:
        frame.write_parquet(
            temporary, compression="zstd", compression_level=ZSTD_LEVEL, statistics=True, row_group_size=_ROWS
        )


def is_whole(files: TableFiles, table: Table, path: Path) -> bool:
    """Whether the file is there, to its end, and of this table."""
    try:
        return files.schema(path) == table.schema
    except (OSError, pl.exceptions.PolarsError):
        return False


def read(
    files: TableFiles, table: Table, path: Path, where: Mapping[str, object], columns: Sequence[str] = ()
) -> pl.DataFrame | None:
    """Rows whose columns equal the given values (a list: any of them), in key order; None if the file is not whole.

    Of these only `columns` (default: all).

    Raises ValueError for an undeclared column.
    """
    _refuse_undeclared(table, where)
    try:
        rows = _rows(files, table, path)
        if rows is None:
            return None
        rows = _chosen(rows, table, where)
        return (rows.select(columns) if columns else rows).collect()
    except (OSError, pl.exceptions.PolarsError):
        return None


def read_together(
    files: TableFiles, table: Table, paths: Sequence[Path], where: Mapping[str, object]
) -> pl.DataFrame | None:
    """As `read`, of several quarters' files in one go; None if one of them is not whole."""
    _refuse_undeclared(table, where)
    if not paths or not all(is_whole(files, table, path) for path in paths):
        return None
    try:
        return _chosen(files.scan([*paths]), table, where).collect()
    except (OSError, pl.exceptions.PolarsError):
        return None


def _refuse_undeclared(table: Table, where: Mapping[str, object]) -> None:
    for name in where:
        if name not in table.schema:
            raise ValueError(f"{table.name} has no column {name}")


def _chosen(rows: pl.LazyFrame, table: Table, where: Mapping[str, object]) -> pl.LazyFrame:
    for name, value in where.items():
        wanted = pl.Series(name, sql_values.choices(value), dtype=table.schema[name])
        if len(wanted) > _FEW:
            # a join, as `is_in` on a file of several row groups fails in polars 2.1
            among = wanted.unique().to_frame().lazy()
            rows = rows.join(among, on=name, how="semi", nulls_equal=True, maintain_order="left")
        else:
            rows = rows.filter(pl.any_horizontal(pl.lit(False), *(pl.col(name).eq_missing(one) for one in wanted)))
    return rows


def _rows(files: TableFiles, table: Table, path: Path) -> pl.LazyFrame | None:
    """All rows, or None if the file is not whole; those of a short file are shared, as to find a few takes longer."""

    def read_all() -> pl.DataFrame:
        return files.scan(path).collect() if is_whole(files, table, path) else _NO_FILE

    if is_sharing() and path.exists() and path.stat().st_size <= _SHORT:
        rows = shared(path, (), read_all)
        return None if rows is _NO_FILE else rows.lazy()
    return files.scan(path) if is_whole(files, table, path) else None


def remove_others(paths: Iterable[Path], kept: Iterable[Path]) -> None:
    """Remove those of `paths` that are not `kept`: replaced ones, and what a kill left."""
    stays = set(kept)
    for path in paths:
        if path not in stays:
            path.unlink(missing_ok=True)
