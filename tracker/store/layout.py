"""Where the Parquet files of `db/` lie: a folder a table, in it one a period or year, named as every engine reads it.

    lines/period=2025-09-30/part-0.parquet             table lines as filed
    holdings/period=2025-09-30/part-<digest>.parquet   what was counted, by what it was made from; likewise
    positions/..., holder_counts/...
    prices/year=2025/part-0.parquet                    daily closes and market caps

A file being written has a name that begins with a dot, which `part-*.parquet` leaves out.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ..errors import StoreError

PART = "part-0.parquet"
PARTS = "part-*.parquet"
COUNTED = ("holdings", "positions", "holder_counts")
_LINES, _PRICES, _COUNTED_BEFORE = "lines", "prices", "counted"
TABLES = (_LINES, _PRICES, *COUNTED)


def lines_path(db: Path, period: date) -> Path:
    """The file of the table lines of a period."""
    return period_folder(db, _LINES, period) / PART


def line_paths(db: Path) -> list[Path]:
    """The files that all table lines are in, by period."""
    return sorted((db / _LINES).glob(f"period=*/{PART}"))


def prices_path(db: Path, year: int) -> Path:
    """The file of the prices of a year."""
    return db / _PRICES / f"year={year}" / PART


def price_paths(db: Path) -> list[Path]:
    """The files that all prices are in, by year."""
    return sorted((db / _PRICES).glob(f"year=*/{PART}"))


def year_of(path: Path) -> int:
    """The year that a file of prices is of."""
    return int(path.parent.name.removeprefix("year="))


def period_folder(db: Path, table: str, period: date) -> Path:
    """The folder of what a table has of a period."""
    return db / table / f"period={period.isoformat()}"


def counted_path(db: Path, table: str, period: date, fingerprint: str) -> Path:
    """Where what was counted of a period lies if it was made from what has this fingerprint."""
    return period_folder(db, table, period) / f"part-{fingerprint}.parquet"


def counted_paths(db: Path, period: date | None = None) -> list[Path]:
    """All files of what was counted of a period (default: of all), in force or not."""
    pattern = "period=*" if period is None else f"period={period.isoformat()}"
    return [path for table in COUNTED for path in sorted((db / table).glob(f"{pattern}/{PARTS}"))]


def folders(db: Path) -> list[Path]:
    """The folders that files are written in."""
    return [db, *(folder for name in TABLES for folder in sorted((db / name).glob("*=*")))]


def move_flat_files(db: Path) -> int:
    """Move the files of the first layout, which had the period in the file's name, to where they belong.

    Returns how many there were. Each is moved by one rename: after a kill, or beside another process that does the
    same, the rest follows. Raises StoreError if the folder cannot be written.
    """
    moves = [(path, _place(db, path)) for path in _flat_files(db)]
    try:
        for path, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():  # written since
                path.unlink(missing_ok=True)
            else:
                path.rename(target)
        for folder in (*(db / _COUNTED_BEFORE).glob("period=*"), db / _COUNTED_BEFORE):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    except FileNotFoundError:  # another process was quicker
        pass
    except OSError as error:
        raise StoreError(
            f"the Parquet files of {db} lie as an older version left them and cannot be moved ({error.strerror}): run "
            "any command once as a user who may write there"
        ) from None
    return len(moves)


def _flat_files(db: Path) -> list[Path]:
    flat = [*(db / _LINES).glob("period=*.parquet"), *(db / _PRICES).glob("year=*.parquet")]
    counted = [path for table in COUNTED for path in (db / _COUNTED_BEFORE).glob(f"period=*/{table}-*.parquet")]
    return [*flat, *counted]


def _place(db: Path, path: Path) -> Path:
    if path.parent.parent.name != _COUNTED_BEFORE:
        return path.with_suffix("") / PART
    table, _, fingerprint = path.stem.rpartition("-")
    return db / table / path.parent.name / f"part-{fingerprint}.parquet"
