"""How many rows each year of prices has, noted in `db/price_rows.json`: what is lost is missed when it is read.

Rows are replaced and added, never taken away, and they are noted after the file is written: a file may have more of
them than its note, and has fewer only if it was deleted or an older one was put in its place. Where there is no file at
all, there are no prices, which every answer says; and without the note, as in a home that was filled before there was
one, nothing is checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ..errors import StoreError
from ..files import write_atomic
from ..json_text import parse_json

_FILE = "price_rows.json"


def note(db: Path, rows: Mapping[int, int]) -> None:
    """Note the rows of the files of some years, if they are others than those noted."""
    noted = _read(db)
    now = {**noted, **rows}
    if now != noted:
        write_atomic(db / _FILE, json.dumps({str(year): now[year] for year in sorted(now)}).encode())


def forget(db: Path) -> None:
    """Remove the note: the first prices are about to be written."""
    (db / _FILE).unlink(missing_ok=True)


def check(db: Path, files: Mapping[int, pl.LazyFrame], since: int, until: int) -> None:
    """Raise StoreError if rows are missing from `files` (all PRICES, by year), for a year between two, inclusive."""
    for year, rows in _read(db).items() if files else ():
        if not since <= year <= until:
            continue
        there = count(files[year]) if year in files else 0
        if there < rows:
            raise StoreError(
                f"db/prices has {there:,} of {rows:,} prices of {year}: import prices again; imported files are kept "
                "in filings/prices"
            )


def count(file: pl.LazyFrame) -> int:
    """The rows of a Parquet file, from its footer."""
    return int(file.select(pl.len()).collect().item())


def _read(db: Path) -> dict[int, int]:
    try:
        noted = parse_json((db / _FILE).read_bytes())
        return {int(year): int(rows) for year, rows in noted.items()}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError):
        return {}
