"""The only code that knows SQL, and where the Parquet files are.

Bulk facts are Parquet (where it lies: `layout`); what a person looks up is SQLite (`db/tracker.db`). Positions and
holder counts are in both: in SQLite to be browsed, in Parquet (`counted_files`) for whoever asks for a quarter of them.
Both follow the declarations in `tables`, so there is one schema. A file of another version is refused, with the way to
rebuild it: everything in `db/` can be rebuilt from `filings/`.

Every write is all or nothing: a Parquet file is replaced by a rename, SQLite changes in one transaction. One
process writes at a time (`Store.writing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..edgar_facts import FIRST_XML_PERIOD
from ..errors import NotFoundError, StoreError
from ..files import atomic_path, sweep
from ..quarters import Quarter
from ..tables import (
    COUNTED_FROM,
    HOLDER_COUNTS,
    HOLDINGS,
    JUDGED_FILINGS,
    LINES,
    POSITIONS,
    PRICE_DAYS,
    PRICES,
    RUNS,
    SPLITS,
    CountedFromFrame,
    HolderCountsFrame,
    HoldingsFrame,
    LinesFrame,
    PositionsFrame,
    SplitRatiosFrame,
    SplitsFrame,
    SplitStatus,
    Table,
)
from . import counted_files, layout, prepared, session_dates, write_lock
from .disk_faults import REBUILD, told
from .pulled_homes import refuse_without_filings
from .shared_reads import is_sharing
from .sql_filings import SqlFilings
from .sql_tables import VERSION

__all__ = ["VERSION", "Store"]


class Store(SqlFilings):
    """Derived data below one home directory. Reading needs no lock; writing is done inside `writing()`."""

    # ---- one writer -----------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, *, settles: bool = True) -> Iterator[None]:
        """Hold `db/refresh.lock`, and remove what a killed run left. Raises StoreError while another run holds it.

        It does so, too, for a home that was pulled without its filings, unless nothing is settled from them; a home
        that is published is only read, and raises SettingError.
        """
        self.settings.require_own()
        if settles:
            refuse_without_filings(self.settings.db)
        with write_lock.hold(self.settings.db / "refresh.lock"):
            for folder in (*layout.folders(self.settings.db), self.settings.db / "delistings"):
                sweep(folder)
            in_force = self._counted_paths(self.read(COUNTED_FROM))
            counted_files.remove_others(layout.counted_paths(self.settings.db), in_force)
            self._kept_filings.begin(self.written)
            self._kept_named.begin(self.written)
            yield
            if self._kept_filings.is_stale:
                self.read_filings(JUDGED_FILINGS.key)
            self._kept_filings.end(self.written)
            self._kept_named.end(self.written)

    def split_ratios(self, quarter: Quarter) -> SplitRatiosFrame:
        """Columns ticker, split_ratio: for each ticker with prices in `quarter`, the product of its SPLITS in it."""
        since, until = quarter.start, quarter.end
        splits = self.read(SPLITS, status=SplitStatus.USED).filter(pl.col("date").is_between(since, until))
        ratios = splits.group_by("ticker").agg(pl.col("ratio").product().alias("split_ratio"))
        priced = self._priced_in(quarter)
        return priced.join(ratios, on="ticker", how="left", validate="1:1").with_columns(
            pl.col("split_ratio").fill_null(1.0)
        )

    def price_state(self, quarter: Quarter) -> str:
        """Another text whenever the prices of a quarter's sessions may be others."""
        years = {quarter.start.year, (quarter.end + session_dates.LATEST).year}
        paths = [layout.prices_path(self.settings.db, year) for year in sorted(years)]
        return prepared.digest_of(self.files.states(paths), self.read(PRICE_DAYS).rows())

    def _priced_in(self, quarter: Quarter) -> pl.DataFrame:
        """Column ticker: those with prices in a quarter, in order; kept, as each settling asks for all quarters."""
        tickers = self.prices(quarter.start, quarter.end).select(pl.col("ticker").unique().sort())
        path = self.settings.db / "prepared" / f"priced-{quarter}.parquet"
        return prepared.frame(path, self.price_state(quarter), {"ticker": pl.String()}, tickers.collect)

    # ---- table lines ----------------------------------------------------------------------------------------

    def lines(
        self, period: date, columns: Sequence[str] = (), accession_numbers: pl.Series | None = None
    ) -> LinesFrame:
        """As `Bulk.lines`. Raises StoreError if lines of filings that were read are not there."""
        self.require_lines(period)
        return super().lines(period, columns, accession_numbers)

    def lines_of(self, period: date, wanted: Sequence[str], columns: Sequence[str] = ()) -> LinesFrame:
        """As `Bulk.lines_of`. Raises StoreError if lines of filings that were read are not there."""
        self.require_lines(period)
        return super().lines_of(period, wanted, columns)

    def lines_naming(self, period: date, words: Sequence[str], columns: Sequence[str]) -> LinesFrame:
        """As `Bulk.lines_naming`. Raises StoreError if lines of filings that were read are not there."""
        self.require_lines(period)
        return super().lines_naming(period, words, columns)

    def require_lines(self, period: date) -> None:
        """Raise StoreError if lines of filings that were read are not there.

        A file that was deleted, or replaced by an older one, must not become an empty answer or a lower count.
        """
        if not self.settings.database.exists():
            return
        there = self.line_total(period)
        noted = self.read(RUNS).filter(pl.col("period_of_report") == period)["lines"].max()
        read = noted if isinstance(noted, int) else 0
        if not there and not read:  # a period that was never refreshed may have lines of late reports
            read = int(self.read(JUDGED_FILINGS, period_of_report=period)["line_count"].sum())
        if there < read:
            raise StoreError(
                f"db/lines has {there:,} of {read:,} lines for {Quarter.of(period)}, the others are lost: {REBUILD}"
            )

    # ---- prices ---------------------------------------------------------------------------------------------

    def prices(
        self, since: date | None = None, until: date | None = None, tickers: Sequence[str] | None = None
    ) -> pl.LazyFrame:
        """PRICES of the sessions between two days, both inclusive, of all tickers or some; files of other years are
        not opened.

        Rows of days that their source misdates are under their sessions (see PRICE_DAYS).
        """
        chosen = pl.lit(True) if tickers is None else pl.col("ticker").is_in(list(tickers))
        days = self.read(PRICE_DAYS)
        if days.is_empty():
            return self.supplied_prices(since, until).filter(chosen)
        latest = min(until, date.max - session_dates.LATEST) + session_dates.LATEST if until else None
        # before they are dated, so that only their row groups are read
        rows = session_dates.dated(self.supplied_prices(since, latest).filter(chosen), days)
        is_whole = since is None and until is None
        return rows if is_whole else rows.filter(pl.col("date").is_between(since or date.min, until or date.max))

    def detected_splits(self) -> SplitsFrame | None:
        """The SPLITS that prices show, as they were kept; None if none were, or the file is damaged."""
        try:
            return SPLITS.check(pl.read_parquet(self._detected_splits_path))
        except (OSError, ValueError, pl.exceptions.PolarsError):
            return None

    def keep_detected_splits(self, splits: SplitsFrame) -> None:
        """Keep the SPLITS that prices show, before they are settled with those of other sources."""
        with told(self._detected_splits_path), atomic_path(self._detected_splits_path) as temporary:
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
        if wanted < FIRST_XML_PERIOD:
            raise NotFoundError(f"{wanted} cannot be loaded: Form 13F has structured tables since {FIRST_XML_PERIOD}")
        if wanted not in loaded:
            raise NotFoundError(
                f"{wanted} is not loaded: run `tracker refresh {wanted}`", [str(quarter) for quarter in loaded]
            )
        return wanted

    # ---- what was counted -----------------------------------------------------------------------------------

    def positions(self, quarter: Quarter, **where: object) -> PositionsFrame:
        """POSITIONS of a quarter whose columns equal the given values, as in `read`."""
        return self._counted(POSITIONS, quarter, where)

    def position_columns(self, quarter: Quarter, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of the POSITIONS of a quarter; no other is read."""
        return self._counted(POSITIONS, quarter, {}, columns)

    def holder_counts(self, quarter: Quarter) -> HolderCountsFrame:
        """HOLDER_COUNTS of a quarter."""
        return self._counted(HOLDER_COUNTS, quarter, {})

    def holdings(self, quarter: Quarter, fingerprint: str) -> HoldingsFrame | None:
        """The hedge funds' HOLDINGS of a quarter as last counted; None if made from something else, or not there."""
        return counted_files.read(self.files, HOLDINGS, self._counted_path(HOLDINGS, quarter.end, fingerprint), {})

    def has_holdings(self, quarter: Quarter, fingerprint: str) -> bool:
        """Whether `holdings` would find them, by the file's footer alone."""
        return counted_files.is_whole(self.files, HOLDINGS, self._counted_path(HOLDINGS, quarter.end, fingerprint))

    def counted_in(self, table: Table, quarters: Sequence[Quarter], **where: object) -> dict[Quarter, pl.DataFrame]:
        """The rows of HOLDINGS or POSITIONS behind the counts in force of several quarters, filtered as in `read`.

        A quarter that has none, or whose file is not whole, is left out. All files are read in one go.
        """
        fingerprints = {row["period_of_report"]: row[table.name] for row in self.read(COUNTED_FROM).to_dicts()}
        paths = {
            each: self._counted_path(table, each.end, fingerprints[each.end])
            for each in quarters
            if each.end in fingerprints
        }
        # a server has short files in memory
        together = None if is_sharing() else counted_files.read_together(self.files, table, [*paths.values()], where)
        if together is None:
            found = {each: counted_files.read(self.files, table, path, where) for each, path in paths.items()}
            return {each: frame for each, frame in found.items() if frame is not None}
        parts = together.partition_by("period_of_report", as_dict=True)
        return {each: parts.get((each.end,), table.frame()) for each in paths}

    def store_count(
        self,
        counted_from: CountedFromFrame,
        holdings: HoldingsFrame | None,
        positions: PositionsFrame,
        holder_counts: HolderCountsFrame,
        changes: Mapping[str, tuple[pl.DataFrame, pl.DataFrame]] | None = None,
    ) -> None:
        """Make these the rows of one quarter, in Parquet and in SQLite; `counted_from` has one row.

        The commit in SQLite is the moment at which they replace those that were there. Rows that stay as they are are
        not written again: of a table that `changes` names, all but those that it has (of before, and of now) stay.
        Holdings that are None stay as a whole.
        """
        (row,) = counted_from.to_dicts()
        period, changes = row["period_of_report"], changes or {}
        (before,) = self.read(COUNTED_FROM, period_of_report=period).to_dicts() or [{}]
        frames = ((HOLDINGS, holdings), (POSITIONS, positions), (HOLDER_COUNTS, holder_counts))
        for table, frame in frames:
            if frame is not None:
                whole = frame if changes else table.check(frame)
                counted_files.write(self._counted_path(table, period, row[table.name]), whole)
        with self._transaction():
            for table, frame in ((POSITIONS, positions), (HOLDER_COUNTS, holder_counts)):
                fingerprint = before.get(table.name)
                if fingerprint == row[table.name]:
                    continue
                change = changes.get(table.name)
                if change is not None and change[0].height <= frame.height // 2:
                    self._replace_rows(table, *change)
                    continue
                old = fingerprint and counted_files.read(
                    self.files, table, self._counted_path(table, period, fingerprint), {}
                )
                self._replace_changed(table, frame, old if isinstance(old, pl.DataFrame) else None, period)
            self.replace(COUNTED_FROM, counted_from, period_of_report=period)
        counted_files.remove_others(layout.counted_paths(self.settings.db, period), self._counted_paths(counted_from))

    def parquet_files(self, table: Table) -> dict[date, Path]:
        """The files that LINES, HOLDINGS, POSITIONS, HOLDER_COUNTS or PRICES are in, by the last day of the quarter or
        year that each is of, oldest first. A file never changes: what is replaced is a new file of the same name.
        """
        if table is PRICES:
            return {date(layout.year_of(path), 12, 31): path for path in self.price_paths()}
        ends = [quarter.end for quarter in self.quarters()]
        if table is LINES:
            paths = {end: self._lines_path(end) for end in ends}
        else:
            rows = self.read(COUNTED_FROM, period_of_report=ends).to_dicts()
            counted = {row["period_of_report"]: row[table.name] for row in rows}
            paths = {end: self._counted_path(table, end, fingerprint) for end, fingerprint in counted.items()}
        return {end: path for end, path in paths.items() if path.exists()}

    def _counted(
        self, table: Table, quarter: Quarter, where: Mapping[str, object], columns: Sequence[str] = ()
    ) -> pl.DataFrame:
        """Rows of a quarter from Parquet; from SQLite, which has the same, if the file is missing or damaged."""
        for row in self._counted_from(quarter):
            frame = counted_files.read(
                self.files, table, self._counted_path(table, quarter.end, row[table.name]), where, columns
            )
            if frame is not None:
                return frame
        return self.read(table, period_of_report=quarter.end, **where).select(list(columns or table.columns))

    def _counted_from(self, quarter: Quarter) -> list[dict[str, Any]]:
        """The row of COUNTED_FROM of a quarter, if there is one."""
        return self.read(COUNTED_FROM).filter(pl.col("period_of_report") == quarter.end).to_dicts()

    def _counted_path(self, table: Table, period: date, fingerprint: str) -> Path:
        return layout.counted_path(self.settings.db, table.name, period, fingerprint)

    def _counted_paths(self, counted_from: CountedFromFrame) -> list[Path]:
        return [
            self._counted_path(table, row["period_of_report"], row[table.name])
            for row in counted_from.to_dicts()
            for table in (HOLDINGS, POSITIONS, HOLDER_COUNTS)
        ]
