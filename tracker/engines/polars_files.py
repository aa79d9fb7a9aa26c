"""The files of the contract as polars reads them: the hedge funds' reports of a period, and their lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from ..store.engine_files import COUNTED_FILINGS
from ..tables import COUNTED_ROLES, LINE_CUSIPS, MANAGERS, Role, Table, Unit
from .engine_inputs import EngineInputs, S3Access

_ORDER = ("filing_date", "accepted_at", "amendment_number", "accession_number")


@dataclass(frozen=True)
class PolarsFiles:
    """The files as frames, wherever they lie."""

    inputs: EngineInputs

    def table(self, table: Table) -> pl.LazyFrame:
        """A table beside the lines."""
        return self._scan(self.inputs.tables[table.name])

    def reports(self, period: date) -> pl.DataFrame:
        """The hedge funds' filings that count, by accession number: what a line takes from its filing.

        Columns accession_number, manager and family (whole numbers from 0 in the order of family, then CIK), place (the
        order in which they were filed), dollars, is_patch and is_share_value.
        """
        funds = self.table(MANAGERS).filter("is_hedge_fund").select("cik", "family")
        is_counted = (pl.col("period_of_report") == period) & pl.col("role").is_in(COUNTED_ROLES)
        filings = self.table(COUNTED_FILINGS).filter(is_counted).join(funds, on="cik", validate="m:1")
        reports = filings.collect().sort(_ORDER, nulls_last=False).with_row_index("place")
        return reports.sort("accession_number").select(
            "accession_number",
            pl.struct("family", "cik").rank("dense").cast(pl.UInt64).alias("manager") - 1,
            pl.col("family").rank("dense").cast(pl.UInt64) - 1,
            "place",
            pl.when(pl.col("unit") == Unit.THOUSANDS).then(1000.0).otherwise(1.0).alias("dollars"),
            (pl.col("role") == Role.PATCH).alias("is_patch"),
            pl.col("is_share_value").fill_null(False),
        )

    def lines(self, period: date, reports: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """Some columns of LINES and report, the row of its filing in `reports`; without lines that have no CUSIP."""
        accessions = reports["accession_number"]
        is_counted = pl.col("accession_number").is_in(accessions.implode()) & pl.col("cusip").is_not_null()
        lines = self._scan(self.inputs.lines[period]).select("accession_number", *columns).filter(is_counted).collect()
        report = lines["accession_number"].cast(pl.Enum(accessions)).to_physical().cast(pl.UInt32)
        return lines.select(*columns, report.alias("report"))

    def line_cusips(self, reports: pl.DataFrame) -> pl.DataFrame:
        """Columns report, line_number, cusip of the lines of `reports` under another security's CUSIP."""
        of_reports = reports.lazy().with_row_index("report").select("accession_number", "report")
        lines = self.table(LINE_CUSIPS).join(of_reports, on="accession_number", validate="m:1")
        return lines.drop("accession_number").collect()

    def _scan(self, path: str) -> pl.LazyFrame:
        if self.inputs.bucket is None:
            return pl.scan_parquet(path, hive_partitioning=False)
        return pl.scan_parquet(path, hive_partitioning=False, storage_options=_storage_options())


def _storage_options() -> dict[str, str]:
    access = S3Access.from_environment()
    given = {
        "aws_access_key_id": access.key,
        "aws_secret_access_key": access.secret,
        "aws_session_token": access.token,
        "aws_region": access.region,
        "aws_endpoint_url": access.endpoint,
        "aws_allow_http": "true" if access.allows_http else None,
    }
    return {name: value for name, value in given.items() if value is not None}
