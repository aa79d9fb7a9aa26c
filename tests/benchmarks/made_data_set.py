"""A data set of all filers, made up, the same every time: few filers hold much and many little."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path

import polars as pl

from tests.data_sets import COLUMNS, day
from tests.submissions import cusip
from tracker.quarters import Quarter
from tracker.sources.datasets import Window

ISSUERS = 12_000
FIRST_CIK = 1_000_000
QUARTERS = (Quarter(2025, 1), Quarter(2025, 2), Quarter(2025, 3), Quarter(2025, 4))


def name_of(quarter: Quarter) -> str:
    """The zip of the window of filing dates with a quarter's deadline, as SEC names it."""
    window = Window.of(quarter.deadline)
    if window.first.year < 2024:
        filed = Quarter.of(window.first)
        return f"{filed.year}q{filed.number}_form13f.zip"
    return f"{window.first:%d%b%Y}-{window.last:%d%b%Y}_form13f.zip".lower()


def issuer_cusip(number: int) -> str:
    """The CUSIP of the n-th issuer."""
    return cusip(f"{number:08d}")


def fund_numbers(funds: int, filers: int) -> range:
    """The filers that count as hedge funds: of all sizes, so that they have as large a share of the lines."""
    return range(0, funds * (filers // funds), filers // funds)


def write_data_set(folder: Path, quarter: Quarter, lines: int, filers: int) -> Path:
    """Write the zip with the reports for `quarter` to `folder`; returns its path.

    From one quarter to the next a third of the holdings changes in size, at one price a security.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name_of(quarter)
    count = (quarter.year - 2013) * 4 + quarter.number
    number = pl.int_range(lines, dtype=pl.UInt64, eager=True).alias("n").to_frame()
    known = pl.DataFrame({"cusip": [issuer_cusip(n) for n in range(ISSUERS)]}).with_row_index("issuer")
    mixed = pl.col("n").hash(7)
    filer = (pl.col("n").cast(pl.Float64) / lines).pow(1.8) * filers
    rows = number.with_columns(mixed.alias("h"), filer.floor().cast(pl.Int64).alias("filer"))
    is_changed = pl.col("h") // 11 % 3 == 0
    held = pl.col("h") // ISSUERS % 500_000 + pl.when(is_changed).then(count * 100).otherwise(0)
    rows = rows.with_columns((pl.col("h") % ISSUERS).cast(pl.UInt32).alias("issuer"), held.alias("held"))
    rows = rows.join(known, on="issuer", how="left", maintain_order="left")
    one_in = {size: pl.col("h") // 7 % size == 0 for size in (3, 5, 40, 41)}
    table = rows.select(
        _accession(quarter).alias("ACCESSION_NUMBER"),
        (pl.col("n") + 131_000_000).alias("INFOTABLE_SK"),
        pl.format("EXAMPLE ISSUER {} HOLDINGS", "issuer").alias("NAMEOFISSUER"),
        pl.when(one_in[3])
        .then(pl.format("CL {} COM NEW", pl.col("issuer") % 5))
        .otherwise(pl.lit("COM"))
        .alias("TITLEOFCLASS"),
        pl.col("cusip").alias("CUSIP"),
        pl.when(one_in[5]).then(pl.format("BBG{}", pl.col("issuer").cast(pl.String).str.zfill(9))).alias("FIGI"),
        (pl.col("held") * (pl.col("issuer") % 300 + 1)).alias("VALUE"),
        pl.col("held").alias("SSHPRNAMT"),
        pl.lit("SH").alias("SSHPRNAMTTYPE"),
        pl.when(one_in[40]).then(pl.lit("Put")).when(one_in[41]).then(pl.lit("Call")).alias("PUTCALL"),
        pl.when(one_in[3]).then(pl.lit("DFND")).otherwise(pl.lit("SOLE")).alias("INVESTMENTDISCRETION"),
        pl.when(one_in[3]).then((pl.col("h") % 9).cast(pl.String)).alias("OTHERMANAGER"),
        pl.col("held").alias("VOTING_AUTH_SOLE"),
        pl.lit(0).alias("VOTING_AUTH_SHARED"),
        pl.lit(0).alias("VOTING_AUTH_NONE"),
    )
    totals = rows.group_by("filer").agg(pl.len().alias("lines")).sort("filer")
    filed = totals.select(
        _accession(quarter).alias("ACCESSION_NUMBER"),
        pl.lit(day(quarter.deadline - timedelta(days=1))).alias("FILING_DATE"),
        pl.lit("13F-HR").alias("SUBMISSIONTYPE"),
        (pl.col("filer") + FIRST_CIK).alias("CIK"),
        pl.lit(day(quarter.end)).alias("PERIODOFREPORT"),
        pl.format("MANAGER {} LP", "filer").alias("FILINGMANAGER_NAME"),
        pl.lit("13F HOLDINGS REPORT").alias("REPORTTYPE"),
        pl.col("lines").alias("TABLEENTRYTOTAL"),
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, titles in COLUMNS.items():
            whole = table if name == "INFOTABLE.tsv" else filed
            nulls = [pl.lit(None, pl.String).alias(title) for title in titles.split() if title not in whole.columns]
            with archive.open(name, "w", force_zip64=True) as member:
                for at, part in enumerate(whole.with_columns(nulls).select(titles.split()).iter_slices(200_000)):
                    text = part.write_csv(separator="\t", include_header=at == 0, quote_style="never")
                    member.write(text.encode())
    return path


def _accession(quarter: Quarter) -> pl.Expr:
    number = (pl.col("filer") * 4 + quarter.number).cast(pl.String).str.zfill(6)
    filer = (pl.col("filer") + FIRST_CIK).cast(pl.String).str.zfill(10)
    return pl.format("{}-{}-{}", filer, pl.lit(f"{quarter.year % 100:02d}"), number)
