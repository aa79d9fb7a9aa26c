"""The only code that knows SQL, and where the Parquet files are.

Bulk facts are Parquet (`db/lines/period=*.parquet`, `db/prices/year=*.parquet`); what a person looks up is SQLite
(`db/tracker.db`). Positions and holder counts are in both: in SQLite to be browsed, in Parquet (`counted_files`) for
whoever asks for a quarter of them. Both follow the declarations in `tables`, so there is one schema. A file of another
version is refused, with the way to rebuild it: everything in `db/` can be rebuilt from `filings/`.

Every write is all or nothing: a Parquet file is replaced by a rename, SQLite changes in one transaction. One
process writes at a time (`Store.writing`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from ..errors import NotFoundError, StoreError
from ..files import atomic_path, sweep
from ..quarters import Quarter
from ..settings import Settings
from ..tables import (
    COUNTED_FROM,
    DATABASE,
    HOLDER_COUNTS,
    HOLDINGS,
    POSITIONS,
    PRICE_DAYS,
    RUNS,
    SPLITS,
    CountedFromFrame,
    HolderCountsFrame,
    HoldingsFrame,
    PositionsFrame,
    SplitRatiosFrame,
    SplitsFrame,
    SplitStatus,
    Table,
)
from . import counted_files, session_dates, sql_values, write_lock
from .parquet import REBUILD, Bulk, damaged

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

# Increased whenever a schema in `tables`, or what the parser makes of a filing, changes.
VERSION = 6
_WRITE_AHEAD = 2  # of SQLite's file format versions
_WAIT_SECONDS = 30.0  # for another program that is using the database

_SQL_TYPES: dict[pl.DataType, type] = {pl.Int64(): int, pl.Float64(): float, pl.Boolean(): int}
_LONGEST = (POSITIONS, HOLDER_COUNTS)
_INDEXES = {
    "positions": ["cik", "ticker"],
    "securities": ["ticker"],
    "filings": ["cik", "period_of_report"],
    "family_links": ["other_cik"],
}


class Store(Bulk):
    """Derived data below one home directory. Reading needs no lock; writing is done inside `writing()`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._connection: sqlite3.Connection | None = None
        # whole tables as they were read; they hold until they are written to, here or by another program
        self._kept: dict[str, tuple[int, pl.DataFrame]] = {}

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # ---- one writer -----------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold `db/refresh.lock`, and remove what a killed run left. Raises StoreError while another run holds it."""
        with write_lock.hold(self.settings.db / "refresh.lock"):
            for folder in (self.settings.db, self._lines_folder, self._prices_folder):
                sweep(folder)
            counted_files.remove_others(self.settings.db, self._counted_paths(self.read(COUNTED_FROM)))
            yield

    # ---- SQLite ---------------------------------------------------------------------------------------------

    @property
    def database(self) -> Database:
        """The SQLite file as sqlite-utils sees it; not used here otherwise, as its import may take half a second."""
        from sqlite_utils import Database

        return Database(self.connection)

    @property
    def connection(self) -> sqlite3.Connection:
        """The SQLite file, created on first use. Raises StoreError if it is of another version or damaged."""
        if self._connection is None:
            import sqlite3

            path = self.settings.database
            is_new = not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=_WAIT_SECONDS)
            try:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if is_new or (version == 0 and not connection.execute("select 1 from sqlite_master").fetchone()):
                    _create(connection)
                elif version != VERSION:
                    raise StoreError(
                        f"{path} was made by another version (schema {version}, this is {VERSION}): {REBUILD}"
                    )
            except sqlite3.DatabaseError as error:
                connection.close()
                raise damaged(path, error) from None
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    @property
    def written(self) -> tuple[int, int | None]:
        """Which database this is (a random number; 0 if there is none), and how often it has been written to.

        The latter is null in write-ahead mode, which a user may have set: there the file does not say.
        """
        if not self.settings.database.exists():
            return 0, None
        made = self.connection.execute("PRAGMA application_id").fetchone()[0]
        with self.settings.database.open("rb") as file:
            header = file.read(28)
        is_ahead = header[18] == _WRITE_AHEAD
        return made, None if is_ahead else int.from_bytes(header[24:28], "big")  # the file change counter

    def read(self, table: Table, **where: object) -> pl.DataFrame:
        """Rows of `table` whose columns equal the given values (a list: any of them), in key order."""
        if not self.settings.database.exists():
            return table.frame()
        if where or table in _LONGEST:
            return self._read(table, where)
        version, frame = self._kept.get(table.name, (None, table.frame()))
        if version != self._others_writes():
            # asked for before, so that what is written meanwhile is not missed
            version = self._others_writes()
            frame = self._read(table, {})
            self._kept[table.name] = version, frame
        return frame

    def _others_writes(self) -> int:
        """A number that changes when another program has written."""
        import sqlite3

        try:
            return int(self.connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.DatabaseError as error:
            raise damaged(self.settings.database, error) from None

    def _read(self, table: Table, where: Mapping[str, object]) -> pl.DataFrame:
        clauses, values = sql_values.where(table, where)
        names = ", ".join(f'"{name}"' for name in table.schema)
        order = ", ".join(f'"{name}"' for name in table.key)
        sql = f'select {names} from "{table.name}"{clauses} order by {order}'  # noqa: S608 (names are declared)
        import sqlite3

        try:
            rows = self.connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise damaged(self.settings.database, error) from None
        if not rows:
            return table.frame()
        stored = {name: sql_values.stored(dtype) for name, dtype in table.schema.items()}
        frame = pl.DataFrame(rows, schema=stored, orient="row", strict=False, infer_schema_length=None)
        return frame.select(sql_values.read_back(name, dtype) for name, dtype in table.schema.items())

    def replace(self, table: Table, frame: pl.DataFrame, **where: object) -> bool:
        """Make `frame` the rows of `table` that meet `where`, in one transaction; returns whether they differed.

        If they do not, the file is left untouched.
        """
        frame = table.check(table.fit(frame)).sort(table.key)
        if frame.equals(self.read(table, **where)):
            return False
        clauses, values = sql_values.where(table, where)
        with self._transaction():
            self._kept.pop(table.name, None)
            self.connection.execute(f'delete from "{table.name}"{clauses}', values)  # noqa: S608
            self._insert(table, frame)
        return True

    def replace_together(self, changes: Sequence[tuple[Table, pl.DataFrame, Mapping[str, object]]]) -> bool:
        """Several `replace` calls (table, frame, where) in one transaction; returns whether anything differed."""
        with self._transaction():
            differed = [self.replace(table, frame, **where) for table, frame, where in changes]
        return any(differed)

    def append(self, table: Table, frame: pl.DataFrame) -> None:
        """Add rows whose keys are new."""
        with self._transaction():
            self._kept.pop(table.name, None)
            self._insert(table, table.check(table.fit(frame)))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; within another one, a part of that."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("begin")
        try:
            yield
        except BaseException:
            self._kept.clear()
            self.connection.rollback()
            raise
        self.connection.commit()

    def _insert(self, table: Table, frame: pl.DataFrame) -> None:
        if frame.height:
            plain = frame.select(sql_values.stored_form(name, dtype) for name, dtype in table.schema.items())
            names, places = ", ".join(f'"{name}"' for name in plain.columns), ", ".join("?" * plain.width)
            insert = f'insert into "{table.name}" ({names}) values ({places})'  # noqa: S608 (names are declared)
            self.connection.executemany(insert, plain.iter_rows())

    def split_ratios(self, quarter: Quarter) -> SplitRatiosFrame:
        """Columns ticker, split_ratio: for each ticker with prices in `quarter`, the product of its SPLITS in it."""
        since, until = quarter.start, quarter.end
        splits = self.read(SPLITS, status=SplitStatus.USED).filter(pl.col("date").is_between(since, until))
        ratios = splits.group_by("ticker").agg(pl.col("ratio").product().alias("split_ratio"))
        priced = self.prices(since, until).select(pl.col("ticker").unique().sort()).collect()
        return priced.join(ratios, on="ticker", how="left", validate="1:1").with_columns(
            pl.col("split_ratio").fill_null(1.0)
        )

    # ---- prices ---------------------------------------------------------------------------------------------

    def prices(self, since: date | None = None, until: date | None = None) -> pl.LazyFrame:
        """PRICES of the sessions between two days, both inclusive; files of other years are not opened.

        Rows of days that their source misdates are under their sessions (see PRICE_DAYS).
        """
        days = self.read(PRICE_DAYS)
        if days.is_empty():
            return self.supplied_prices(since, until)
        latest = min(until, date.max - session_dates.LATEST) + session_dates.LATEST if until else None
        rows = session_dates.dated(self.supplied_prices(since, latest), days)
        return rows.filter(pl.col("date").is_between(since or date.min, until or date.max))

    def detected_splits(self) -> SplitsFrame | None:
        """The SPLITS that prices show, as they were kept; None if none were, or the file is damaged."""
        try:
            return SPLITS.check(pl.read_parquet(self._detected_splits_path))
        except (OSError, ValueError, pl.exceptions.PolarsError):
            return None

    def keep_detected_splits(self, splits: SplitsFrame) -> None:
        """Keep the SPLITS that prices show, before they are settled with those of other sources."""
        with atomic_path(self._detected_splits_path) as temporary:
            splits.write_parquet(temporary)

    @property
    def _detected_splits_path(self) -> Path:
        return self.settings.db / "detected_splits.parquet"

    # ---- what is loaded -------------------------------------------------------------------------------------

    def quarters(self) -> list[Quarter]:
        """Quarters that a refresh has completed, oldest first."""
        return sorted({Quarter.of(day) for day in self.read(RUNS)["period_of_report"].unique()})

    def require_quarter(self, quarter: Quarter | None) -> Quarter:
        """`quarter`, or the newest loaded one; raises NotFoundError if it is not loaded."""
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

    # ---- what was counted -----------------------------------------------------------------------------------

    def positions(self, quarter: Quarter, **where: object) -> PositionsFrame:
        """POSITIONS of a quarter whose columns equal the given values, as in `read`."""
        return self._counted(POSITIONS, quarter, where)

    def holder_counts(self, quarter: Quarter) -> HolderCountsFrame:
        """HOLDER_COUNTS of a quarter."""
        return self._counted(HOLDER_COUNTS, quarter, {})

    def holdings(self, quarter: Quarter, fingerprint: str) -> HoldingsFrame | None:
        """The hedge funds' HOLDINGS of a quarter as last counted; None if made from something else, or not there."""
        return counted_files.read(HOLDINGS, self._counted_path(HOLDINGS, quarter.end, fingerprint), {})

    def store_count(
        self,
        counted_from: CountedFromFrame,
        holdings: HoldingsFrame,
        positions: PositionsFrame,
        holder_counts: HolderCountsFrame,
    ) -> None:
        """Make these the rows of one quarter, in Parquet and in SQLite; `counted_from` has one row.

        The commit in SQLite is the moment at which they replace those that were there. Rows that stay as they are are
        not written again.
        """
        (row,) = counted_from.to_dicts()
        period = row["period_of_report"]
        (before,) = self.read(COUNTED_FROM, period_of_report=period).to_dicts() or [{}]
        frames = ((HOLDINGS, holdings), (POSITIONS, positions), (HOLDER_COUNTS, holder_counts))
        for table, frame in frames:
            counted_files.write(self._counted_path(table, period, row[table.name]), table.check(frame))
        with self._transaction():
            for table, frame in frames[1:]:
                fingerprint = before.get(table.name)
                if fingerprint == row[table.name]:
                    continue
                old = fingerprint and counted_files.read(table, self._counted_path(table, period, fingerprint), {})
                self._replace_changed(table, frame, old if isinstance(old, pl.DataFrame) else None, period)
            self.replace(COUNTED_FROM, counted_from, period_of_report=period)
        counted_files.remove_others(self.settings.db, self._counted_paths(counted_from), period)

    def _counted(self, table: Table, quarter: Quarter, where: Mapping[str, object]) -> pl.DataFrame:
        """Rows of a quarter from Parquet; from SQLite, which has the same, if the file is missing or damaged."""
        for row in self.read(COUNTED_FROM, period_of_report=quarter.end).to_dicts():
            frame = counted_files.read(table, self._counted_path(table, quarter.end, row[table.name]), where)
            if frame is not None:
                return frame
        return self.read(table, period_of_report=quarter.end, **where)

    def _counted_path(self, table: Table, period: date, fingerprint: str) -> Path:
        return counted_files.path_of(self.settings.db, table, period, fingerprint)

    def _counted_paths(self, counted_from: CountedFromFrame) -> list[Path]:
        return [
            self._counted_path(table, row["period_of_report"], row[table.name])
            for row in counted_from.to_dicts()
            for table in (HOLDINGS, POSITIONS, HOLDER_COUNTS)
        ]

    def _replace_changed(self, table: Table, frame: pl.DataFrame, old: pl.DataFrame | None, period: date) -> None:
        """Make `frame` the rows of a period, of which `old` are there (None: not known), within a transaction."""
        gone = None if old is None else old.join(frame, on=list(table.columns), how="anti", nulls_equal=True)
        if old is None or gone is None or gone.height > old.height // 2:
            clauses, values = sql_values.where(table, {"period_of_report": period})
            self.connection.execute(f'delete from "{table.name}"{clauses}', values)  # noqa: S608 (names are declared)
            self._insert(table, frame)
            return
        keys = " and ".join(f'"{name}" is ?' for name in table.key)
        plain = gone.select(sql_values.stored_form(name, table.schema[name]) for name in table.key)
        self.connection.executemany(f'delete from "{table.name}" where {keys}', plain.iter_rows())  # noqa: S608
        self._insert(table, frame.join(old, on=list(table.columns), how="anti", nulls_equal=True))


def _create(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database

    database = Database(connection)
    with database.atomic():
        for table in DATABASE:
            made = database.table(table.name).create(
                {name: _SQL_TYPES.get(dtype, str) for name, dtype in table.schema.items()}, pk=table.key
            )
            for column in _INDEXES.get(table.name, []):
                made.create_index([column])
        database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute(f"PRAGMA application_id = {secrets.randbelow(2**31 - 1) + 1}")
