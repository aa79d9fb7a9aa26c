"""A data set's zip to one sorted Parquet file: ours with all checks, DuckDB and plain polars without.

All write the same rows and columns as the same kind of file, which is compared at the end. DuckDB and polars do not
read zips, so they extract the members first.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl

from tests.data_sets import COLUMNS
from tracker.filings import data_set
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store

from . import made_data_set
from .figures import Row
from .options import Options
from .runner import Failed, call, cpus, interleave, peak_mb, walls

QUARTER = Quarter(2025, 3)
ZIP = made_data_set.name_of(QUARTER)
DUCKDB = """
SET preserve_insertion_order = false;
COPY (
  SELECT ACCESSION_NUMBER AS accession_number,
    row_number() OVER (PARTITION BY ACCESSION_NUMBER ORDER BY INFOTABLE_SK::BIGINT) AS line_number,
    NAMEOFISSUER AS name_of_issuer, TITLEOFCLASS AS title_of_class, CUSIP AS cusip, FIGI AS figi,
    VALUE::DOUBLE AS value, SSHPRNAMT::DOUBLE AS shares, upper(SSHPRNAMTTYPE) AS share_type,
    coalesce(upper(PUTCALL), '') AS put_call, INVESTMENTDISCRETION AS investment_discretion,
    OTHERMANAGER AS other_manager, VOTING_AUTH_SOLE::DOUBLE AS voting_sole,
    VOTING_AUTH_SHARED::DOUBLE AS voting_shared, VOTING_AUTH_NONE::DOUBLE AS voting_none
  FROM read_csv('{folder}/INFOTABLE.tsv', {lines})
  WHERE ACCESSION_NUMBER IN (
    SELECT ACCESSION_NUMBER FROM read_csv('{folder}/SUBMISSION.tsv', {submissions})
    WHERE PERIODOFREPORT = '30-SEP-2025'
  )
  ORDER BY cusip, accession_number, line_number
) TO '{folder}/duckdb.parquet' (FORMAT parquet, COMPRESSION zstd);
"""
READ_CSV = "delim='\t', quote='', escape='', header=true, all_varchar=true, auto_detect=false, columns={columns}"


def measure(options: Options) -> Iterator[Row]:
    """Wall clock and CPU against each peer, then whether all made the same rows."""
    folder = options.folder / "data-set"
    made_data_set.write_data_set(folder, QUARTER, options.lines, options.filers)
    functions = ("load", "load_with_polars", "load_with_duckdb")
    tasks = {name: partial(call, "data_set_lines", name, folder) for name in functions}
    missing = ""
    try:
        import duckdb  # noqa: F401
    except ImportError:
        missing = "duckdb is not installed: pip install -e '.[bench]'"
        del tasks["load_with_duckdb"]
    usages = interleave(tasks, options.few_rounds)
    figure = f"data set zip of {options.lines:,} lines to Parquet"
    memory = f"{peak_mb(usages['load']):,.0f} MB"
    for peer, name in (("polars", "load_with_polars"), ("DuckDB", "load_with_duckdb")):
        if name not in usages:
            yield Row(f"{figure}, DuckDB", note=missing)
            continue
        goal = "<= 1x, <= 1,200 MB" if peer == "polars" else ""
        yield Row(f"{figure} (wall)", walls(usages["load"]), peer, walls(usages[name]), goal, note=memory)
        yield Row(f"{figure} (CPU)", cpus(usages["load"]), peer, cpus(usages[name]), goal)
        if call("data_set_lines", f"compare_{peer.lower()}", folder).output != "true":
            raise Failed(f"{peer} made other rows than we did")


def load(folder: Path) -> int:
    """The product's way: every cell checked."""
    settings = Settings(folder)
    shutil.rmtree(settings.db, ignore_errors=True)  # a round before: to put lines in the place of lines takes longer
    parsed = data_set.read(folder / ZIP, QUARTER.end)
    with Store(settings) as store, store.writing():
        store.add_lines(QUARTER.end, parsed.lines)
    return parsed.lines.height


def load_with_duckdb(folder: Path) -> None:
    """DuckDB's way."""
    import duckdb

    _extract(folder)
    columns = {name: dict.fromkeys(titles.split(), "VARCHAR") for name, titles in COLUMNS.items()}
    with duckdb.connect() as connection:
        connection.execute(
            DUCKDB.format(
                folder=folder.as_posix(),
                lines=READ_CSV.format(columns=columns["INFOTABLE.tsv"]),
                submissions=READ_CSV.format(columns=columns["SUBMISSION.tsv"]),
            )
        )


def load_with_polars(folder: Path) -> None:
    """The way of whoever writes it down in polars: read, type, filter, number, sort, write."""
    _extract(folder)
    texts = {name: dict.fromkeys(titles.split(), pl.String()) for name, titles in COLUMNS.items()}
    submissions, lines = (
        pl.read_csv(folder / name, separator="\t", quote_char=None, schema=texts[name])
        for name in ("SUBMISSION.tsv", "INFOTABLE.tsv")
    )
    of_period = submissions.filter(pl.col("PERIODOFREPORT") == "30-SEP-2025").select("ACCESSION_NUMBER")
    numbers = {
        "value": "VALUE",
        "shares": "SSHPRNAMT",
        "voting_sole": "VOTING_AUTH_SOLE",
        "voting_shared": "VOTING_AUTH_SHARED",
        "voting_none": "VOTING_AUTH_NONE",
    }
    typed = lines.join(of_period, on="ACCESSION_NUMBER", how="semi").select(
        pl.col("ACCESSION_NUMBER").alias("accession_number"),
        pl.col("INFOTABLE_SK").cast(pl.Int64).rank("ordinal").over("ACCESSION_NUMBER").alias("line_number"),
        pl.col("NAMEOFISSUER").alias("name_of_issuer"),
        pl.col("TITLEOFCLASS").alias("title_of_class"),
        pl.col("CUSIP").alias("cusip"),
        pl.col("FIGI").alias("figi"),
        pl.col("SSHPRNAMTTYPE").str.to_uppercase().alias("share_type"),
        pl.col("PUTCALL").str.to_uppercase().fill_null("").alias("put_call"),
        pl.col("INVESTMENTDISCRETION").alias("investment_discretion"),
        pl.col("OTHERMANAGER").alias("other_manager"),
        *(pl.col(theirs).cast(pl.Float64).alias(ours) for ours, theirs in numbers.items()),
    )
    typed.sort("cusip", "accession_number", "line_number").write_parquet(folder / "polars.parquet", compression="zstd")


def compare_duckdb(folder: Path) -> bool:
    """Whether DuckDB made the same rows."""
    return _compare(folder, "duckdb.parquet")


def compare_polars(folder: Path) -> bool:
    """Whether polars made the same rows."""
    return _compare(folder, "polars.parquet")


def _compare(folder: Path, name: str) -> bool:
    with Store(Settings(folder)) as store:
        ours = store.lines(QUARTER.end)
    theirs = pl.read_parquet(folder / name).select(pl.col(name).cast(dtype) for name, dtype in ours.schema.items())
    key = ("cusip", "accession_number", "line_number")
    return ours.sort(key).equals(theirs.sort(key))


def _extract(folder: Path) -> None:
    with zipfile.ZipFile(folder / ZIP) as archive:
        for name in ("SUBMISSION.tsv", "INFOTABLE.tsv"):
            archive.extract(name, folder)
