"""What an export consists of: every table in parts that change by themselves, each with a fingerprint.

Lines, positions and holder counts have a part a quarter, prices one a year, and every other table is one part. Prices
are under the sessions that they are of, as every answer has them, and lines have the quarter in a column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from ..errors import StoreError
from ..quarters import Quarter
from ..store import VERSION, Store
from ..tables import (
    COUNTED_FROM,
    DATABASE,
    HOLDER_COUNTS,
    JUDGED_FILINGS,
    LINES,
    POSITIONS,
    PRICE_DAYS,
    PRICES,
    Table,
)

PERIOD = "period_of_report"
LINES_OF_QUARTERS = Table(
    LINES.name, LINES.about, (PERIOD, *LINES.key), {PERIOD: JUDGED_FILINGS.columns[PERIOD], **LINES.columns}
)
QUARTERLY = (LINES_OF_QUARTERS, POSITIONS, HOLDER_COUNTS)
WHOLE = tuple(table for table in DATABASE if table not in QUARTERLY)
TABLES = (*QUARTERLY, PRICES, *WHOLE)
BATCH = 100_000  # rows that are in memory at once, of a file


@dataclass(frozen=True)
class Part:
    """Rows of `table`: those of the quarter or year that ends with `end`, or (None) all of them."""

    table: Table
    end: date | None
    fingerprint: str
    batches: Callable[[], Iterator[pl.DataFrame]]
    """the rows, each time anew, in frames of the table's shape"""
    path: Path | None
    """the file of the home with just these rows, if there is one; LINES lack the quarter there"""
    sources: Callable[[], object]
    """a value that is another once the rows are"""
    state: object
    """that value, as it was before the fingerprint was taken"""

    @property
    def label(self) -> str:
        """2025Q3, 2025 or `all`."""
        if self.end is None:
            return "all"
        return str(self.end.year) if self.table is PRICES else str(Quarter.of(self.end))

    def read(self) -> Iterator[pl.DataFrame]:
        """The rows in frames. Raises StoreError, after the last one, if they are not those of the fingerprint."""
        with self.unchanged():
            yield from self.batches()

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Raise StoreError at its end if rows that were read within it are not those of the fingerprint."""
        try:
            yield
        except (OSError, pl.exceptions.PolarsError):  # a file that was replaced may be gone
            self._require()
            raise
        self._require()

    def _require(self) -> None:
        if self.sources() != self.state:
            raise StoreError(
                f"{self.table.name} of {self.label} were replaced while they were read: "
                "run the same command again when the refresh is done"
            )


def parts_of_quarters(store: Store, tables: Sequence[Table] = QUARTERLY) -> dict[date, list[Part]]:
    """The parts of quarterly `tables` by quarter, oldest first.

    Raises NotFoundError if none is loaded, StoreError if lines of one are lost: that is damage, which must not empty
    what was exported.
    """
    store.require_quarter(None)
    counted = store.read(COUNTED_FROM)
    files = {table.name: store.parquet_files(LINES if table is LINES_OF_QUARTERS else table) for table in tables}
    parts: dict[date, list[Part]] = {}
    for quarter in store.quarters():
        of_quarter = []
        for table in tables:
            path = files[table.name].get(quarter.end)
            if table is not LINES_OF_QUARTERS:
                state = counted.filter(pl.col(PERIOD) == quarter.end)[table.name].to_list()
                of_quarter.append(_counted_part(store, table, quarter, path, state))
                continue
            store.require_lines(quarter.end)
            if path:
                of_quarter.append(_line_part(quarter.end, path))
        parts[quarter.end] = of_quarter
    return parts


def parts_of_prices(store: Store) -> list[Part]:
    """The parts of PRICES, oldest year first."""
    files = store.parquet_files(PRICES)
    price_days = store.read(PRICE_DAYS)
    years = {end.year for end in files} | set(price_days["date"].drop_nulls().dt.year())
    return [_price_part(store, year, files, price_days) for year in sorted(years)]


def whole_parts(store: Store) -> list[Part]:
    """The parts of all tables that are in one."""
    return [_whole_part(store, table) for table in WHOLE]


def digest_of(*values: object) -> str:
    """A digest of texts and the like."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:32]


def content_of(frame: pl.DataFrame) -> str:
    """A digest of the rows of a frame, in their order."""
    return hashlib.sha256(frame.write_csv().encode()).hexdigest()


def _line_part(end: date, path: Path) -> Part:
    period = pl.lit(end).alias(PERIOD)

    def batches() -> Iterator[pl.DataFrame]:
        lines = pl.scan_parquet(path, hive_partitioning=False).select(period, *LINES.columns)
        yield from lines.collect_batches(chunk_size=BATCH, maintain_order=True)

    state = _states([path])
    fingerprint = digest_of(VERSION, _file_digest(path))
    return Part(LINES_OF_QUARTERS, end, fingerprint, batches, path, lambda: _states([path]), state)


def _counted_part(store: Store, table: Table, quarter: Quarter, path: Path | None, state: Sequence[str]) -> Part:
    def rows() -> pl.DataFrame:
        return store.positions(quarter) if table is POSITIONS else store.holder_counts(quarter)

    def made_from() -> list[str]:
        return store.read(COUNTED_FROM, period_of_report=quarter.end)[table.name].to_list()

    fingerprint = digest_of(VERSION, state or content_of(rows()))
    return Part(table, quarter.end, fingerprint, lambda: iter([rows()]), path, made_from, state)


def _price_part(store: Store, year: int, files: dict[date, Path], price_days: pl.DataFrame) -> Part:
    end = date(year, 12, 31)
    years = [pl.col(name).dt.year() == year for name in ("date", "supplied_date")]
    moved = price_days.filter(pl.any_horizontal(years) & pl.col("date").ne_missing(pl.col("supplied_date")))
    # a session's prices may be supplied in the year after it
    paths = [files[day] for day in (end, *_ends(moved["supplied_date"], after=year)) if day in files]

    def batches() -> Iterator[pl.DataFrame]:
        prices = store.prices(date(year, 1, 1), end)
        yield from prices.select(*PRICES.columns).collect_batches(chunk_size=BATCH, maintain_order=True)

    def sources() -> object:
        return _states(paths), content_of(store.read(PRICE_DAYS))

    state = _states(paths), content_of(price_days)
    fingerprint = digest_of(VERSION, [_file_digest(path) for path in paths], content_of(moved))
    path = paths[0] if paths and moved.is_empty() else None
    return Part(PRICES, end, fingerprint, batches, path, sources, state)


def _ends(days: pl.Series, after: int) -> Iterable[date]:
    """The last days of the years of `days` that come after a year."""
    return [date(year, 12, 31) for year in sorted(set(days.dt.year())) if year > after]


def _whole_part(store: Store, table: Table) -> Part:
    def content() -> str:
        return content_of(store.read(table))

    state = content()
    return Part(table, None, digest_of(VERSION, state), lambda: iter([store.read(table)]), None, content, state)


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _states(paths: Iterable[Path]) -> list[tuple[int, int, int]]:
    states = [path.stat() for path in paths]
    return [(state.st_size, state.st_mtime_ns, state.st_ino) for state in states]
