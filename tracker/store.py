"""The only code that knows SQL and where Parquet lies.

Bulk facts are Parquet (`db/lines/period=*.parquet`, `db/prices/year=*.parquet`); what a person looks up is SQLite
(`db/tracker.db`). Both are made from `tables`, so there is one schema; a file of another version is refused with
the way to rebuild it, as everything in `db/` can be made again from `filings/`.

Every write is whole or absent: a Parquet file is replaced by rename, SQLite changes by one transaction. One
process writes at a time (`Store.writing`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import polars as pl

from . import cusips
from .errors import NotFoundError, StoreError
from .files import atomic_path, sweep
from .merge import merge_lines
from .quarters import Quarter
from .settings import Settings
from .tables import DATABASE, HOLDER_COUNTS, LINES, POSITIONS, PRICES, RUNS, SPLITS, Table

if TYPE_CHECKING:
    from sqlite_utils import Database

# Raised whenever a schema in `tables`, or what the parser makes of a filing, changes.
VERSION = 2
_REBUILD = "delete db/tracker.db and db/lines and refresh again; filings on disk are not downloaded twice"
_WAIT_SECONDS = 30.0  # for another program that has the database

_SQL_TYPES: dict[pl.DataType, type] = {pl.Int64(): int, pl.Float64(): float, pl.Boolean(): int}
_INDEXES = {"positions": ["cik", "ticker"], "securities": ["ticker"], "filings": ["cik", "period_of_report"]}


class Store:
    """What was derived, below one home directory. Reading needs no lock; writing goes inside `writing()`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._database: Database | None = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    # ---- one writer -----------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold `db/refresh.lock` (it names our process id). Raises StoreError while another run holds it.

        The system lets go of the lock when its holder ends, however it ends: a killed run leaves nothing to clear.
        """
        self.settings.db.mkdir(parents=True, exist_ok=True)
        path = self.settings.db / "refresh.lock"
        with path.open("a+") as lock:
            if not _take(lock):
                lock.seek(0)
                holder = lock.read().strip() or "unknown"
                raise StoreError(f"another run (process {holder}) is writing to {self.settings.db}: wait for it to end")
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            for folder in (self.settings.db, self._lines_folder, self._prices_folder):
                sweep(folder)
            yield

    # ---- SQLite ---------------------------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        """The SQLite file, made on first use. Raises StoreError where it is of another version or damaged."""
        if self._database is None:
            import sqlite3

            from sqlite_utils import Database

            path = self.settings.database
            is_new = not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            database = Database(sqlite3.connect(path, timeout=_WAIT_SECONDS))
            try:
                version = database.execute("PRAGMA user_version").fetchone()[0]
                if is_new or (version == 0 and not database.table_names()):
                    _create(database)
                elif version != VERSION:
                    raise StoreError(
                        f"{path} was made by another version (schema {version}, this is {VERSION}): {_REBUILD}"
                    )
            except sqlite3.DatabaseError as error:
                database.close()
                raise _damaged(path, error) from None
            except BaseException:
                database.close()
                raise
            self._database = database
        return self._database

    def read(self, table: Table, **where: object) -> pl.DataFrame:
        """Rows of `table` whose columns equal the given values (a list: any of them), in key order."""
        if not self.settings.database.exists():
            return table.frame()
        clauses, values = _where(table, where)
        names = ", ".join(f'"{name}"' for name in table.schema)
        order = ", ".join(f'"{name}"' for name in table.key)
        sql = f'select {names} from "{table.name}"{clauses} order by {order}'  # noqa: S608 (names are declared)
        import sqlite3

        try:
            rows = self.database.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise _damaged(self.settings.database, error) from None
        stored = {name: pl.String() if _is_text(dtype) else _stored(dtype) for name, dtype in table.schema.items()}
        frame = pl.DataFrame(rows, schema=stored, orient="row", strict=False, infer_schema_length=None)
        return frame.with_columns(_read_back(name, dtype) for name, dtype in table.schema.items()).pipe(table.fit)

    def replace(self, table: Table, frame: pl.DataFrame, **where: object) -> bool:
        """Make `frame` the rows of `table` (those that meet `where`), in one transaction; says whether they differed.

        Rows that are already so are left alone, file and all.
        """
        frame = table.check(table.fit(frame)).sort(table.key)
        if frame.equals(self.read(table, **where)):
            return False
        clauses, values = _where(table, where)
        with self.database.atomic():
            self.database.execute(f'delete from "{table.name}"{clauses}', values)  # noqa: S608
            self._insert(table, frame)
        return True

    def replace_together(self, changes: Sequence[tuple[Table, pl.DataFrame, Mapping[str, object]]]) -> bool:
        """Several `replace` calls (table, frame, where) in one transaction; says whether anything differed."""
        with self.database.atomic():
            differed = [self.replace(table, frame, **where) for table, frame, where in changes]
        return any(differed)

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Add rows whose keys are new."""
        with self.database.atomic():
            self._insert(table, table.check(table.fit(frame)))

    def _insert(self, table: Table, frame: pl.DataFrame) -> None:
        if frame.height:
            plain = frame.with_columns(_stored_form(name, dtype) for name, dtype in table.schema.items())
            self.database.table(table.name).insert_all(plain.iter_rows(named=True), batch_size=1000)

    # ---- table lines ----------------------------------------------------------------------------------------

    @property
    def _lines_folder(self) -> Path:
        return self.settings.db / "lines"

    def _lines_path(self, period: date) -> Path:
        return self._lines_folder / f"period={period.isoformat()}.parquet"

    def lines(
        self, period: date, columns: Sequence[str] = (), accession_numbers: pl.Series | None = None
    ) -> pl.DataFrame:
        """LINES of one period as filed, sorted by CUSIP; empty where nothing is loaded.

        `columns` are those that are needed, `accession_numbers` the filings; the rest is not brought to memory.
        """
        path = self._lines_path(period)
        chosen = list(columns or LINES.columns)
        if not path.exists():
            return LINES.frame().select(chosen)
        _check_parquet(LINES, path)
        lines = pl.scan_parquet(path)
        if accession_numbers is not None:
            # a join: `is_in` on a file of several row groups fails in polars 2.1
            wanted = accession_numbers.unique().to_frame("accession_number").lazy()
            lines = lines.join(wanted, on="accession_number", how="semi", maintain_order="left")
        try:
            return lines.select(chosen).collect()
        except pl.exceptions.PolarsError as error:
            raise _damaged(path, error) from None

    def lines_of(self, period: date, wanted: Sequence[str]) -> pl.DataFrame:
        """LINES of one period whose CUSIP, however it was written, is one of `wanted`."""
        path = self._lines_path(period)
        if not path.exists():
            return LINES.frame()
        _check_parquet(LINES, path)
        lines = pl.scan_parquet(path)
        filed = cusips.read(lines.select(pl.col("cusip").unique()).collect()["cusip"])
        written = filed.filter(pl.col("cusip").is_in(wanted))["filed"]
        return lines.filter(pl.any_horizontal(pl.lit(False), *(pl.col("cusip") == one for one in written))).collect()

    def add_lines(self, period: date, lines: pl.DataFrame) -> None:
        """Add LINES of submissions of `period`; a submission that is there already is replaced whole.

        Takes little memory beside `lines` (see `merge`), whatever is there already.
        """
        path = self._lines_path(period)
        try:
            if path.exists():
                _check_parquet(LINES, path)
            merged = merge_lines(pl.scan_parquet(path) if path.exists() else LINES.frame().lazy(), lines)
            with atomic_path(path) as temporary:
                merged.sink_parquet(temporary, compression="zstd", statistics=True)
        except pl.exceptions.PolarsError as error:
            raise _damaged(path, error) from None

    # ---- prices ---------------------------------------------------------------------------------------------

    @property
    def _prices_folder(self) -> Path:
        return self.settings.db / "prices"

    def prices(self, since: date | None = None, until: date | None = None) -> pl.LazyFrame:
        """PRICES between two days, both in; years that are not needed are not opened."""
        first, last = (since or date.min).year, (until or date.max).year
        paths = [path for path in sorted(self._prices_folder.glob("year=*.parquet")) if first <= _year(path) <= last]
        if not paths:
            return PRICES.frame().lazy()
        for path in paths:
            _check_parquet(PRICES, path)
        return pl.scan_parquet(paths).filter(pl.col("date").is_between(since or date.min, until or date.max))

    def priced(self) -> pl.DataFrame:
        """Tickers that have prices, with the newest name that a source gives: columns ticker, name."""
        newest = pl.col("name").sort_by("date").drop_nulls().last()
        return self.prices().group_by("ticker").agg(newest).sort("ticker").collect()

    def add_prices(self, prices: pl.DataFrame) -> int:
        """Add PRICES; a (ticker, date, source) that is there already is replaced. Returns rows new or changed."""
        changed = 0
        PRICES.check(prices)
        by_year = prices.with_columns(pl.col("date").dt.year().alias("year"))
        for (year,), part in by_year.partition_by("year", as_dict=True, include_key=False).items():
            path = self._prices_folder / f"year={year}.parquet"
            old = _read_parquet(PRICES, path) if path.exists() else PRICES.frame()
            fresh = part.join(old, on=list(PRICES.columns), how="anti", nulls_equal=True)
            if fresh.is_empty():
                continue
            changed += fresh.height
            kept = old.join(fresh, on=list(PRICES.key), how="anti")
            merged = pl.concat([kept, fresh]).sort("ticker", "date", "source")
            with atomic_path(path) as temporary:
                merged.write_parquet(temporary, compression="zstd", statistics=True)
        return changed

    def split_ratios(self, quarter: Quarter) -> pl.DataFrame:
        """Columns ticker, split_ratio: of each ticker with prices in `quarter`, the product of its SPLITS in it."""
        since, until = quarter.start, quarter.end
        splits = self.read(SPLITS, status="used").filter(pl.col("date").is_between(since, until))
        ratios = splits.group_by("ticker").agg(pl.col("ratio").product().alias("split_ratio"))
        priced = self.prices(since, until).select(pl.col("ticker").unique().sort()).collect()
        return priced.join(ratios, on="ticker", how="left", validate="1:1").with_columns(
            pl.col("split_ratio").fill_null(1.0)
        )

    # ---- what is loaded -------------------------------------------------------------------------------------

    def quarters(self) -> list[Quarter]:
        """Quarters that a refresh has completed, oldest first."""
        return sorted({Quarter.of(day) for day in self.read(RUNS)["period_of_report"].unique()})

    def require_quarter(self, quarter: Quarter | None) -> Quarter:
        """`quarter`, or the newest loaded one; raises NotFoundError where it is not loaded."""
        loaded = self.quarters()
        wanted = quarter or (loaded[-1] if loaded else None)
        if wanted is None:
            raise NotFoundError(
                "no quarter is loaded: run `tracker refresh 2025Q3` first, or `tracker demo` to look around"
            )
        if wanted not in loaded:
            raise NotFoundError(
                f"{wanted} is not loaded: run `tracker refresh {wanted}`", [str(quarter) for quarter in loaded]
            )
        return wanted

    def positions(self, quarter: Quarter, **where: object) -> pl.DataFrame:
        """POSITIONS of a quarter."""
        return self.read(POSITIONS, period_of_report=quarter.end, **where)

    def holder_counts(self, quarter: Quarter) -> pl.DataFrame:
        """HOLDER_COUNTS of a quarter."""
        return self.read(HOLDER_COUNTS, period_of_report=quarter.end)


def _take(lock: IO[str]) -> bool:
    """Lock an open file for this process; False where another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _damaged(path: Path, error: Exception) -> StoreError:
    problem = str(error).partition("\n")[0]
    if "database is locked" in problem:
        return StoreError(f"another program is writing to {path}: run the same command again when it has ended")
    if path.parent.name == "prices":
        cure = "delete it and import prices again; imported files are kept in filings/prices"
    else:
        cure = _REBUILD
    return StoreError(f"{path} cannot be read ({problem}): {cure}")


def _check_parquet(table: Table, path: Path) -> None:
    """Raise StoreError where the file's footer is damaged or of another version."""
    try:
        found = dict(pl.read_parquet_schema(path))
    except pl.exceptions.PolarsError as error:
        raise _damaged(path, error) from None
    if found != table.schema:
        raise _damaged(path, ValueError("it was made by another version"))


def _read_parquet(table: Table, path: Path) -> pl.DataFrame:
    """A whole file. Raises StoreError where it is damaged or of another version."""
    _check_parquet(table, path)
    try:
        return table.check(pl.read_parquet(path))
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise _damaged(path, error) from None


def _year(path: Path) -> int:
    return int(path.stem.removeprefix("year="))


def _create(database: Database) -> None:
    with database.atomic():
        for table in DATABASE:
            made = database.table(table.name).create(
                {name: _SQL_TYPES.get(dtype, str) for name, dtype in table.schema.items()}, pk=table.key
            )
            for column in _INDEXES.get(table.name, []):
                made.create_index([column])
        database.execute(f"PRAGMA user_version = {VERSION}")


def _where(table: Table, where: Mapping[str, object]) -> tuple[str, list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []
    for name, value in where.items():
        if name not in table.schema:
            raise ValueError(f"{table.name} has no column {name}")
        wanted = list(value) if isinstance(value, list | tuple | set | frozenset | pl.Series) else [value]
        given = [item for item in wanted if item is not None]
        among = f'"{name}" in ({", ".join("?" * len(given))})'
        clauses.append(among if len(given) == len(wanted) else f'({among} or "{name}" is null)')
        values += map(_stored_value, given)
    return (" where " + " and ".join(clauses)) if clauses else "", values


def _stored_value(value: object) -> object:
    """As `_stored_form` writes it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def _is_text(dtype: pl.DataType) -> bool:
    return dtype in (pl.String(), pl.Date()) or isinstance(dtype, pl.Datetime)


def _stored(dtype: pl.DataType) -> pl.DataType:
    return pl.Int64() if dtype == pl.Boolean() else dtype


def _stored_form(name: str, dtype: pl.DataType) -> pl.Expr:
    """Dates and times as ISO text, flags as 0 and 1: what Datasette and sqlite3 read without help."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f")
    if dtype == pl.Date():
        return column.dt.to_string("%Y-%m-%d")
    return column.cast(pl.Int64) if dtype == pl.Boolean() else column


def _read_back(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        return column.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f", time_unit="us")
    if dtype == pl.Date():
        return column.str.to_date("%Y-%m-%d")
    return column.cast(dtype)
