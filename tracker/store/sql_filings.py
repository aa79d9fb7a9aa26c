"""Filings, and whom their covers name: in SQLite, and read from Parquet where they are kept so (see `kept_filings`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import polars as pl

from ..settings import Settings
from ..tables import JUDGED_FILINGS, OTHER_MANAGERS, JudgedFilingsFrame, OtherManagersFrame, Table
from . import sql_values
from .kept_filings import KeptFilings
from .sql_tables import SqlTables

_FEW_MANAGERS = 20  # whose filings an index of SQLite finds sooner


class SqlFilings(SqlTables):
    """The SQLite half of the store, with what is kept of filings as Parquet."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._kept_filings = KeptFilings(settings.db / "prepared" / JUDGED_FILINGS.name)
        self._kept_named = KeptFilings(settings.db / "prepared" / OTHER_MANAGERS.name, OTHER_MANAGERS)

    def read_filings(self, columns: Sequence[str], *periods: date) -> pl.DataFrame:
        """Some columns of the JUDGED_FILINGS of some periods (default: of all), period by period in key order.

        Where they are kept as Parquet, no other column is read.
        """
        if not self.settings.database.exists():
            return JUDGED_FILINGS.frame().select(columns)
        where = {"period_of_report": list(periods)} if periods else {}
        filed = tuple(sorted({*periods})) or self._filed_periods()
        kept = filed and self._kept_columns(filed, columns)
        if isinstance(kept, pl.DataFrame):
            return kept
        filings = self._read(JUDGED_FILINGS, where, [*dict.fromkeys(("period_of_report", *columns))])
        return filings.sort("period_of_report", maintain_order=True).select(columns)

    def read_other_managers(self) -> OtherManagersFrame:
        """The OTHER_MANAGERS of all filings, period by period: as they are kept, the others from SQLite."""
        is_there = self.settings.database.exists() and not self.connection.in_transaction
        periods = self._filed_periods() if is_there else ()
        of_period = 'accession_number in (select accession_number from filings where "period_of_report" = ?)'
        kept = periods and self._kept_named.read(
            periods,
            self.written,
            lambda period: self._select(OTHER_MANAGERS, f" where {of_period}", [period.isoformat()]),
            list(OTHER_MANAGERS.columns),
        )
        return kept if isinstance(kept, pl.DataFrame) else self.read(OTHER_MANAGERS)

    def _read(self, table: Table, where: Mapping[str, object], columns: Sequence[str] = ()) -> pl.DataFrame:
        kept = self._kept_rows(where) if table is JUDGED_FILINGS and not columns else None
        return super()._read(table, where, columns) if kept is None else kept

    def _kept_rows(self, where: Mapping[str, object]) -> JudgedFilingsFrame | None:
        """All filings, or those of some periods, of all managers or of many, in key order.

        None if they are not kept, or others are asked for. While this process writes, a period's rows are mostly about
        to change: they are not kept for one question.
        """
        asked = {name: sql_values.choices(value) for name, value in where.items()}
        periods, ciks = asked.pop("period_of_report", None), asked.pop("cik", None)
        if asked or (ciks is not None and len(ciks) < _FEW_MANAGERS):
            return None
        if periods is None:
            kept = None if ciks is not None else self._kept_columns(self._filed_periods(), JUDGED_FILINGS.columns)
        elif self._kept_filings.is_writing or None in periods:
            return None
        else:
            kept = self._kept_columns(sorted({*periods}), JUDGED_FILINGS.columns)
        if kept is None:
            return None
        chosen = kept if ciks is None else kept.filter(pl.col("cik").is_in(ciks, nulls_equal=True))
        return chosen.sort(JUDGED_FILINGS.key)

    def _filed_periods(self) -> tuple[date, ...]:
        """The periods of all filings, oldest first; none if one has none, as no submission that was accepted has."""
        rows = self._execute('select distinct "period_of_report" from filings order by 1')
        texts = [text for (text,) in rows]
        return () if None in texts else tuple(date.fromisoformat(text) for text in texts)

    def _kept_columns(self, periods: Sequence[date], columns: Iterable[str]) -> pl.DataFrame | None:
        # what is not yet there for good is not kept
        if not periods or self.connection.in_transaction:
            return None
        read = super()._read
        return self._kept_filings.read(
            periods,
            self.written,
            lambda period: read(JUDGED_FILINGS, {"period_of_report": period}),
            list(columns),
        )

    def _forget(self, table: Table, *frames: pl.DataFrame) -> None:
        if table is JUDGED_FILINGS:
            periods = {day for frame in frames for day in frame["period_of_report"].unique()}
            self._kept_filings.forget(periods)
            self._kept_named.forget(periods)
        if table is OTHER_MANAGERS:  # those of filings that are not there yet go or come with them
            numbers = {number for frame in frames for number in frame["accession_number"].unique()}
            clauses, values = sql_values.where(JUDGED_FILINGS, {"accession_number": sorted(numbers)})
            rows = self._execute(f"select distinct period_of_report from filings{clauses}", values)  # noqa: S608
            self._kept_named.forget({text for (text,) in rows})
