"""A data set of all filers, from zip to Parquet and to counts: seconds, peak memory, and ratios to DuckDB.

python -m tests.benchmarks.bench_datasets [--lines 3400000] [--filers 8500] [--folder DIR]

The data set is made up (the same every time) in a temporary folder, in the size of a real one. Every step runs in a
process of its own, whose peak memory is told. What is compared: `load` is what a refresh does, `datasets.read` (with
all checks) and `Store.add_lines`; DuckDB, which does not read zips, extracts the members to disk, then reads, types,
filters by period, numbers, sorts and writes the same rows and columns as the same kind of file, without the checks.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from tests.data_sets import COLUMNS, day
from tests.submissions import cusip
from tracker.filings import data_set, holdings
from tracker.rankings import holder_counts
from tracker.securities import ticker_map
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import FILINGS, MANAGERS, SECURITIES

NAME = "01sep2025-30nov2025_form13f.zip"
PERIOD, FILED = date(2025, 9, 30), date(2025, 11, 14)
ISSUERS, FUNDS = 12_000, 1_000
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
  FROM read_csv('{folder}/INFOTABLE.tsv', {options})
  WHERE ACCESSION_NUMBER IN (
    SELECT ACCESSION_NUMBER FROM read_csv('{folder}/SUBMISSION.tsv', {options}) WHERE PERIODOFREPORT = '30-SEP-2025'
  )
  ORDER BY cusip, accession_number, line_number
) TO '{folder}/duckdb.parquet' (FORMAT parquet, COMPRESSION zstd);
"""
OPTIONS = "delim='\t', quote='', escape='', header=true, all_varchar=true, auto_detect=false, columns={columns}"


def make(path: Path, lines: int, filers: int) -> None:
    """Write a data set in which few filers hold much and many little, at one price a security."""
    number = pl.int_range(lines, dtype=pl.UInt64, eager=True).alias("n").to_frame()
    known = pl.DataFrame({"cusip": [cusip(f"{n:08d}") for n in range(ISSUERS)]}).with_row_index("issuer")
    mixed = pl.col("n").hash(7)
    filer = (pl.col("n").cast(pl.Float64) / lines).pow(1.8) * filers
    rows = number.with_columns(mixed.alias("h"), filer.floor().cast(pl.Int64).alias("filer")).with_columns(
        (pl.col("h") % ISSUERS).cast(pl.UInt32).alias("issuer"), (pl.col("h") // ISSUERS % 500_000).alias("held")
    )
    rows = rows.join(known, on="issuer", how="left", maintain_order="left")
    one_in = {count: pl.col("h") // 7 % count == 0 for count in (3, 5, 40, 41)}
    table = rows.select(
        _accession().alias("ACCESSION_NUMBER"),
        (pl.col("n") + 131_000_000).alias("INFOTABLE_SK"),
        pl.format("EXAMPLE ISSUER {} HOLDINGS", "issuer").alias("NAMEOFISSUER"),
        pl.when(one_in[3]).then(pl.format("CL {} COM NEW", pl.col("issuer") % 5)).otherwise(pl.lit("COM")).alias(
            "TITLEOFCLASS"
        ),
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
    )  # fmt: skip
    totals = rows.group_by("filer").agg(pl.len().alias("lines")).sort("filer")
    filed = totals.select(
        _accession().alias("ACCESSION_NUMBER"),
        pl.lit(day(FILED)).alias("FILING_DATE"),
        pl.lit("13F-HR").alias("SUBMISSIONTYPE"),
        (pl.col("filer") + 1_000_000).alias("CIK"),
        pl.lit(day(PERIOD)).alias("PERIODOFREPORT"),
        pl.format("MANAGER {} LP", "filer").alias("FILINGMANAGER_NAME"),
        pl.lit("13F HOLDINGS REPORT").alias("REPORTTYPE"),
        pl.col("lines").alias("TABLEENTRYTOTAL"),
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, titles in COLUMNS.items():
            whole = table if name == "INFOTABLE.tsv" else filed
            nulls = [pl.lit(None, pl.String).alias(title) for title in titles.split() if title not in whole.columns]
            with archive.open(name, "w", force_zip64=True) as member:
                for count, part in enumerate(whole.with_columns(nulls).select(titles.split()).iter_slices(200_000)):
                    text = part.write_csv(separator="\t", include_header=count == 0, quote_style="never")
                    member.write(text.encode())


def _accession() -> pl.Expr:
    filer = pl.col("filer").cast(pl.String)
    return pl.format("{}-25-{}", (pl.col("filer") + 1_000_000).cast(pl.String).str.zfill(10), filer.str.zfill(6))


def load(folder: Path) -> dict[str, float]:
    """The product's way: zip to Parquet."""
    started = time.perf_counter()
    parsed = data_set.read(folder / NAME, PERIOD)
    read = time.perf_counter() - started
    with Store(Settings(folder)) as store, store.writing():
        store.add_lines(PERIOD, parsed.lines)
    total = time.perf_counter() - started
    parsed.filings.write_parquet(folder / "filings.parquet")
    size = (folder / f"db/lines/period={PERIOD}.parquet").stat().st_size / 2**20
    return {"seconds": total, "of which reading": read, "lines": parsed.lines.height, "Parquet MB": size}


def load_again(folder: Path) -> dict[str, float]:
    """Ten late submissions more, into the quarter that is there."""
    with Store(Settings(folder)) as store, store.writing():
        known = pl.read_parquet(folder / "filings.parquet")["accession_number"]
        started = time.perf_counter()
        parsed = data_set.read(folder / NAME, PERIOD, skip=set(known[10:]))
        store.add_lines(PERIOD, parsed.lines)
        return {"seconds": time.perf_counter() - started, "lines": parsed.lines.height}


def load_with_duckdb(folder: Path) -> dict[str, float]:
    """DuckDB's way, after the zip is extracted."""
    import duckdb

    started = time.perf_counter()
    with zipfile.ZipFile(folder / NAME) as archive:
        for name in ("SUBMISSION.tsv", "INFOTABLE.tsv"):
            archive.extract(name, folder)
    extracted = time.perf_counter() - started
    with duckdb.connect() as connection:
        query = DUCKDB.replace("{folder}", folder.as_posix())
        for name in ("INFOTABLE.tsv", "SUBMISSION.tsv"):
            columns = dict.fromkeys(COLUMNS[name].split(), "VARCHAR")
            query = query.replace("{options}", OPTIONS.format(columns=columns), 1)
        connection.execute(query)
    total = time.perf_counter() - started
    lines = pl.scan_parquet(folder / "duckdb.parquet").select(pl.len()).collect().item()
    size = (folder / "duckdb.parquet").stat().st_size / 2**20
    return {"seconds": total, "of which extracting": extracted, "lines": lines, "Parquet MB": size}


def compare(folder: Path) -> dict[str, float]:
    """Whether both made the same rows."""
    ours = pl.read_parquet(folder / f"db/lines/period={PERIOD}.parquet")
    theirs = pl.read_parquet(folder / "duckdb.parquet").select(
        pl.col(name).cast(dtype) for name, dtype in ours.schema.items()
    )
    return {"equal": float(ours.equals(theirs))}


def judge(folder: Path) -> dict[str, float]:
    """Units and roles of the whole quarter."""
    filings = FILINGS.fit(pl.read_parquet(folder / "filings.parquet"))
    started = time.perf_counter()
    with Store(Settings(folder)) as store:
        judged, doubts = holdings.judge(filings, store.lines(PERIOD, holdings.COLUMNS))
    judged.write_parquet(folder / "judged.parquet")
    return {"seconds": time.perf_counter() - started, "flags": doubts.height}


def look_up(folder: Path) -> dict[str, float]:
    """Counting holders among a thousand funds, and finding one CUSIP."""
    judged = pl.read_parquet(folder / "judged.parquet")
    funds = judged.select("cik", "manager_name", pl.col("manager_name").alias("family")).gather_every(
        max(1, judged.height // FUNDS)
    )
    managers = MANAGERS.fit(funds.head(FUNDS).with_columns(is_hedge_fund=pl.lit(True)))
    theirs = judged.join(managers, on="cik", how="semi")
    path = folder / f"db/lines/period={PERIOD}.parquet"
    one = cusip("00004711")
    with Store(Settings(folder)) as store:
        lines = store.lines(PERIOD, holdings.COLUMNS, theirs["accession_number"])
        held = holdings.effective(theirs, lines)
        positions = holder_counts.positions(held, managers, ticker_map.tickers(held, SECURITIES.frame()))
        work: dict[str, Callable[[], object]] = {
            "lines of the funds ms": lambda: store.lines(PERIOD, holdings.COLUMNS, theirs["accession_number"]),
            "effective holdings ms": lambda: holdings.effective(theirs, lines),
            "positions ms": lambda: holder_counts.positions(
                held, managers, ticker_map.tickers(held, SECURITIES.frame())
            ),
            "whole-quarter count ms": lambda: holder_counts.count(positions),
            "plain count on Parquet ms": lambda: _plain_count(path, theirs),
            "one CUSIP ms": lambda: pl.scan_parquet(path).filter(pl.col("cusip") == one).collect(),
        }
        counts = {"funds": managers.height, "fund lines": lines.height, "positions": positions.height}
        return counts | {name: _best(task) * 1000 for name, task in work.items()}


def _plain_count(path: Path, filings: pl.DataFrame) -> pl.DataFrame:
    """Distinct filings a CUSIP, straight from the file: the floor of a count."""
    is_wanted = pl.col("accession_number").is_in(filings["accession_number"].implode())
    is_share = (pl.col("share_type") == "SH") & (pl.col("put_call") == "") & (pl.col("shares") > 0)
    lines = pl.scan_parquet(path).filter(is_wanted & is_share)
    return lines.group_by("cusip").agg(pl.col("accession_number").n_unique()).collect()


def _best(task: Callable[[], object], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        task()
        times.append(time.perf_counter() - started)
    return min(times)


STEPS = {step.__name__: step for step in (load, load_again, load_with_duckdb, compare, judge, look_up)}


def run(step: str, folder: Path) -> dict[str, float]:
    """Run a step in a process of its own, print its figures and return them."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_datasets", "--step", step, "--folder", str(folder)]
    figures: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    print(f"{step:18}", ", ".join(f"{name} {value:,.4g}" if value < 1e4 else f"{name} {value:,.0f}"
                                  for name, value in figures.items()))  # fmt: skip
    return figures


def main() -> None:
    """Make the data set, run every step, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=3_400_000)
    parser.add_argument("--filers", type=int, default=8_500)
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        figures = STEPS[given.step](given.folder)
        print(json.dumps(figures | {"peak GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        make(folder / NAME, given.lines, given.filers)
        with zipfile.ZipFile(folder / NAME) as archive:
            size = archive.getinfo("INFOTABLE.tsv")
        print(f"{given.lines:,} lines of {given.filers:,} filers, {size.file_size / 1e6:.0f} MB", end=" ")
        print(f"as text, {(folder / NAME).stat().st_size / 1e6:.0f} MB as zip")
        figures = {step: run(step, folder) for step in STEPS}
        for what in ("seconds", "peak GB"):
            ratio = figures["load"][what] / figures["load_with_duckdb"][what]
            print(f"load against DuckDB, {what}: {ratio:.2f} x")


if __name__ == "__main__":
    main()
