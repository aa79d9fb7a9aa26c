"""Bulk facts as Parquet below `db/`: table lines by period, and prices by year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from ..errors import StoreError
from ..files import atomic_path
from ..settings import Settings
from ..tables import LINES, PRICES, LinesFrame, PricesFrame, Table
from ..tables.coded_lines import CodedLines
from ..tables.text_codes import TextCodes
from . import layout, price_rows, written_cusips
from .disk_faults import told, unreadable
from .line_order import in_order
from .merge import merge_lines
from .shared_reads import shared
from .table_files import TableFiles

# Comparing with each of a few CUSIPs lets the file's statistics skip most of it; with many a join is quicker.
_FEW = 50
# Lines that are read at once, at the least: those of a few dozen CUSIPs of a quarter of all filers.
_ROW_GROUP = 25_000
ZSTD_LEVEL = 1  # files are as small as with the usual 3, in three quarters of the time


class Bulk:
    """The Parquet half of the store."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.files = TableFiles(settings.remote)
        self._sound_prices: set[Path] = set()
        self._line_totals: dict[str, int] = {}  # by state of a file

    # ---- table lines ----------------------------------------------------------------------------------------

    def _lines_path(self, period: date) -> Path:
        return layout.lines_path(self.settings.db, period)

    def lines(
        self, period: date, columns: Sequence[str] = (), accession_numbers: pl.Series | None = None
    ) -> LinesFrame:
        """LINES of one period as filed, sorted by CUSIP; empty if nothing is loaded.

        Only `columns` (default: all) of the filings `accession_numbers` (default: all) are read into memory.
        """
        path = self._lines_path(period)
        chosen = list(columns or LINES.columns)
        if not path.exists():
            return LINES.frame().select(chosen)
        _check_parquet(LINES, path, self.files)
        lines = self.files.scan(path)
        if accession_numbers is not None:
            # a join, as `is_in` on a file of several row groups fails in polars 2.1
            wanted = accession_numbers.unique()
            if len(wanted) <= _FEW:  # then of the other columns only what is theirs is decoded
                is_one = pl.any_horizontal(pl.lit(False), *(pl.col("accession_number") == one for one in wanted))
                lines = lines.filter(is_one)
            else:
                among = wanted.to_frame("accession_number").lazy()
                lines = lines.join(among, on="accession_number", how="semi", maintain_order="left")
        try:
            return lines.select(chosen).collect()
        except (OSError, pl.exceptions.PolarsError) as error:
            if self.files.address(path):
                raise
            raise unreadable(path, error) from None

    def lines_of(self, period: date, wanted: Sequence[str], columns: Sequence[str] = ()) -> LinesFrame:
        """LINES of one period (default: all `columns`) whose CUSIP, however it was written, is one of `wanted`."""
        path, chosen = self._lines_path(period), list(columns or LINES.columns)
        if not path.exists():
            return LINES.frame().select(chosen)
        _check_parquet(LINES, path, self.files)
        lines = self.files.scan(path)
        written = written_cusips.written(self.files, path, wanted)
        if len(written) > _FEW:
            many = written.to_frame("cusip").lazy()
            lines = lines.join(many, on="cusip", how="semi", maintain_order="left")
            return lines.select(chosen).collect(engine="streaming")
        is_one = pl.any_horizontal(pl.lit(False), *(pl.col("cusip") == one for one in written))
        return lines.filter(is_one).select(chosen).collect()

    def line_total(self, period: date) -> int:
        """How many lines of the period are on disk; found once for each state of the file."""
        state = repr(self.line_file(period))
        if state not in self._line_totals:
            path = self._lines_path(period)
            if path.exists():
                _check_parquet(LINES, path, self.files)
            self._line_totals[state] = price_rows.count(self.files.scan(path)) if path.exists() else 0
        return self._line_totals[state]

    def lines_naming(self, period: date, words: Sequence[str], columns: Sequence[str]) -> LinesFrame:
        """LINES of one period in whose issuer's name one of `words` stands, in letters of either case."""
        path = self._lines_path(period)
        if not path.exists() or not words:
            return LINES.frame().select(columns)
        _check_parquet(LINES, path, self.files)
        is_named = pl.col("name_of_issuer").str.contains_any(list(words), ascii_case_insensitive=True)
        return self.files.scan(path).filter(is_named).select(columns).collect(engine="streaming")

    def line_file(self, period: date) -> list[tuple[object, ...]]:
        """What is another whenever the lines of the period are: see `TableFiles.states`."""
        return self.files.states([self._lines_path(period)])

    def add_lines(self, period: date, lines: LinesFrame | CodedLines) -> None:
        """Add LINES of submissions of `period`, replacing those of submissions that are already there.

        Needs little memory besides `lines` (see `merge`), however much is already there.
        """
        path = self._lines_path(period)
        coded = CodedLines.of(lines) if isinstance(lines, pl.DataFrame) else lines
        filed = coded.distinct("cusip")
        try:
            if path.exists():
                _check_parquet(LINES, path, self.files)
                merged = merge_lines(pl.scan_parquet(path), coded.frame())
                stored = pl.scan_parquet(path).select("cusip").collect()["cusip"]
                filed = pl.concat([TextCodes.of(stored).texts, filed]).unique()
            else:
                merged = in_order(coded)
            with atomic_path(path) as temporary:
                merged.sink_parquet(
                    temporary,
                    compression_level=ZSTD_LEVEL,
                    row_group_size=_ROW_GROUP,
                    metadata=written_cusips.note(filed),
                )
        except (OSError, pl.exceptions.PolarsError) as error:
            raise unreadable(path, error) from None

    # ---- prices ---------------------------------------------------------------------------------------------

    def supplied_prices(self, since: date | None = None, until: date | None = None) -> pl.LazyFrame:
        """PRICES between two days, both inclusive, as their sources date them; files of other years are not opened."""
        first, last = (since or date.min).year, (until or date.max).year
        paths = [path for path in self.price_paths() if first <= layout.year_of(path) <= last]
        shared(self.settings.db, ("sound prices", first, last), lambda: self._check_prices(paths, first, last))
        if not paths:
            return PRICES.frame().lazy()
        prices = self.files.scan(paths)
        is_whole = since is None and until is None
        return prices if is_whole else prices.filter(pl.col("date").is_between(since or date.min, until or date.max))

    def _check_prices(self, paths: Sequence[Path], first: int, last: int) -> None:
        """Raise StoreError if one of `paths` is damaged, or if prices of the years between two are lost."""
        unchecked = [path for path in paths if path not in self._sound_prices]
        for path in unchecked:
            _check_parquet(PRICES, path, self.files)
        if unchecked or not paths:
            files = {layout.year_of(path): self.files.scan(path) for path in self.price_paths()}
            price_rows.check(self.settings.db, files, first, last)
            self._sound_prices.update(paths)

    def price_files(self) -> list[tuple[object, ...]]:
        """What is another whenever a price file is: see `TableFiles.states`."""
        return self.files.states(self.price_paths())

    def price_paths(self) -> list[Path]:
        """The files that all prices are in."""
        return layout.price_paths(self.settings.db)

    def priced(self) -> pl.DataFrame:
        """Tickers with prices, and the newest name that a source gives: columns ticker, name."""
        newest = pl.col("name").sort_by("date").drop_nulls().last()
        return self.supplied_prices().group_by("ticker").agg(newest).sort("ticker").collect()

    def add_prices(self, prices: PricesFrame) -> int:
        """Add PRICES, replacing those of the same ticker, date and source. Returns how many rows changed.

        A year's file is read whole only if one of its rows is new.
        """
        changed = 0
        PRICES.check(prices)
        if not self.price_paths():
            price_rows.forget(self.settings.db)
        by_year = prices.with_columns(pl.col("date").dt.year().alias("year"))
        for (year,), part in by_year.partition_by("year", as_dict=True, include_key=False).items():
            path = layout.prices_path(self.settings.db, year)
            fresh = part.join(
                _rows_of(path, part["ticker"].unique()), on=list(PRICES.columns), how="anti", nulls_equal=True
            )
            if fresh.is_empty():
                price_rows.note(self.settings.db, {int(year): price_rows.count(pl.scan_parquet(path))})
                continue
            changed += fresh.height
            old = _read_parquet(path) if path.exists() else PRICES.frame()
            is_of_others = ~pl.col("ticker").is_in(fresh["ticker"].unique().implode())
            of_same = pl.concat([old.filter(~is_of_others).join(fresh, on=list(PRICES.key), how="anti"), fresh])
            # sorting all of a year's texts takes several times as long
            merged = old.filter(is_of_others).merge_sorted(of_same.sort("ticker", "date", "source"), "ticker")
            with told(path), atomic_path(path) as temporary:
                # a year of prices is read with every list: lz4 takes half again the room, and half the time
                merged.write_parquet(temporary, compression="lz4", statistics=True)
            price_rows.note(self.settings.db, {int(year): merged.height})
        return changed


def _rows_of(path: Path, tickers: pl.Series) -> PricesFrame:
    """The PRICES of some tickers in a file, which may not exist."""
    if not path.exists():
        return PRICES.frame()
    if len(tickers) > _FEW:
        return _read_parquet(path)
    _check_parquet(PRICES, path, TableFiles(None))
    try:
        return pl.scan_parquet(path).filter(pl.any_horizontal(pl.col("ticker") == one for one in tickers)).collect()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise unreadable(path, error) from None


def _check_parquet(table: Table, path: Path, files: TableFiles) -> None:
    """Raise StoreError if the file's footer is damaged or of another version."""
    try:
        schema = files.schema(path)
        if schema == table.schema:
            return
        problem: Exception = ValueError("made by another version")
    except (OSError, pl.exceptions.PolarsError) as error:
        if files.address(path) and isinstance(error, OSError):
            raise  # the storage cannot be reached: nothing is known of the file
        problem = error
    if address := files.address(path):
        raise StoreError(f"{address} cannot be read ({str(problem).partition(chr(10))[0]}): push the home again")
    raise unreadable(path, problem)


def _read_parquet(path: Path) -> PricesFrame:
    """A whole file of PRICES. Raises StoreError if it is damaged or of another version."""
    _check_parquet(PRICES, path, TableFiles(None))
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise unreadable(path, error) from None
