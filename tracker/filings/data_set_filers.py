"""Who filed in one of SEC's Form 13F data sets: cover pages only, of every period, without a table line."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ..tables import FILINGS, FilingsFrame
from . import rules
from .data_set_tables import Archive, open_archive

# Columns by SEC's names (see data_set_tables.OPTIONAL).
_SUBMISSION = {
    "ACCESSION_NUMBER": "accession_number",
    "FILING_DATE": "filing_date",
    "CIK": "cik",
    "PERIODOFREPORT": "period_of_report",
}
_COVER = {
    "ACCESSION_NUMBER": "accession_number",
    "FILINGMANAGER_NAME": "manager_name",
    "CRDNUMBER": "crd_number",
    "SECFILENUMBER": "sec_file_number",
    "FILINGMANAGER_STATEORCOUNTRY": "state",
}


def read_filers(path: Path) -> FilingsFrame:
    """The cover pages in the data set at `path`: FILINGS with only the columns above, a row per submission.

    Rows that are malformed or appear twice are left out: nothing is counted from this. Raises SourceError for a zip
    that is damaged, or that lacks a required table or column.
    """
    with open_archive(path) as archive:
        submissions = _read(archive, "SUBMISSION.tsv", _SUBMISSION)
        covers = _read(archive, "COVERPAGE.tsv", _COVER)
    submissions = (
        submissions.unique("accession_number", keep="none")
        .with_columns(
            pl.when(pl.col("cik").str.contains(r"^[0-9]{1,10}$")).then("cik").cast(pl.Int64),
            pl.col("filing_date", "period_of_report").str.to_date("%d-%b-%Y", strict=False),
        )
        .with_columns(
            pl.when(rules.is_sane(pl.col(name))).then(name).alias(name) for name in ("filing_date", "period_of_report")
        )
    )
    filings = submissions.drop_nulls().join(
        covers.unique("accession_number", keep="none"), on="accession_number", how="inner", validate="1:1"
    )
    filings = filings.with_columns(pl.col("crd_number").str.strip_chars_start("0").replace("", None))
    return FILINGS.check(FILINGS.fit(filings.with_columns(pl.lit(path.name).alias("source"))))


def _read(archive: Archive, name: str, columns: dict[str, str]) -> pl.DataFrame:
    empty = pl.DataFrame(schema=dict.fromkeys(columns.values(), pl.String()))
    return pl.concat([empty, *(piece.rows for piece in archive.read(name, columns))])
