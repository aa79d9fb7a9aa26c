"""Every engine on the same made-up quarters, and ours on many: CPU, wall clock and memory beside polars.

All make the same rows, which is compared at the end. Spark's Java is a process of its own, and is asked for its share.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from tracker.engines.engine_inputs import EngineInputs
from tracker.engines.engine_names import Engine, count
from tracker.quarters import Quarter
from tracker.store import layout
from tracker.store.engine_files import COUNTED_FILINGS, table_path
from tracker.tables import (
    CUSIP_MATCHES,
    CUSIP_SPELLINGS,
    CUSIP_TICKERS,
    LINE_CUSIPS,
    LINES,
    MANAGERS,
    Role,
    SecurityCountsFrame,
    Table,
)

from .figures import Row
from .made_data_set import FIRST_CIK, ISSUERS, fund_numbers, issuer_cusip
from .made_home import ticker
from .options import Options
from .runner import Failed, Spread, Usage, call, interleave, peak_mb, walls

FIRST = Quarter(2013, 2)
_PACKAGES = {Engine.duckdb: "duckdb", Engine.datafusion: "datafusion", Engine.spark: "pyspark"}


def measure(options: Options) -> Iterator[Row]:
    """CPU of each engine on one quarter; then what several quarters take of ours."""
    one, several = (options.folder / name for name in ("engines-one", "engines-several"))
    write_quarters(one, options, 1)
    tasks, missing = {}, []
    for engine in Engine:
        if engine in _PACKAGES and find_spec(_PACKAGES[engine]) is None:
            missing.append(engine)
        else:
            tasks[engine.value] = partial(_run, engine, one)
    usages = interleave(tasks, options.few_rounds)
    figure = f"holders and filers of a quarter of {options.lines:,} lines by {{}} (CPU)"
    ours = _cpus(usages[Engine.polars])
    yield Row(figure.format("polars"), ours, note=_note(usages[Engine.polars]))
    for name in list(tasks)[1:]:
        yield Row(figure.format(name), _cpus(usages[name]), "polars", ours, note=_note(usages[name]))
    for engine in missing:
        yield Row(figure.format(engine), note=f"not installed: pip install '.[{engine}]'")
    digests = {json.loads(usage.output)["rows"] for of_engine in usages.values() for usage in of_engine}
    if len(digests) != 1:
        raise Failed("the engines' rows differ")
    write_quarters(several, options, options.quarters)
    many = [_run(Engine.polars, several) for _ in range(options.few_rounds)]
    figure = f"holders and filers of {options.quarters} such quarters by polars"
    times = Spread(tuple(value * options.quarters for value in ours.values))
    lines = options.quarters * options.lines
    note = f"{lines / _cpus(many).least / 1e6:.1f} M lines a second of CPU"
    yield Row(f"{figure} (CPU)", _cpus(many), f"{options.quarters} times one", times, "1x", note=note)
    yield Row(f"{figure} (wall)", walls(many), goal="<= 10 s, <= 1 GB", note=f"{peak_mb(many):,.0f} MB")


def count_with(engine: Engine, folder: Path) -> dict[str, object]:
    """What an engine makes of the files below `folder`, as a digest, and what its Java took."""
    periods = [_period(path) for path in layout.line_paths(folder)]
    counts = count(engine, EngineInputs.below(folder, periods))
    return {"rows": _digest(counts), **(_java() if engine is Engine.spark else {})}


def by_polars(folder: Path) -> dict[str, object]:
    """As `count_with`."""
    return count_with(Engine.polars, folder)


def by_duckdb(folder: Path) -> dict[str, object]:
    """As `count_with`."""
    return count_with(Engine.duckdb, folder)


def by_datafusion(folder: Path) -> dict[str, object]:
    """As `count_with`."""
    return count_with(Engine.datafusion, folder)


def by_spark(folder: Path) -> dict[str, object]:
    """As `count_with`."""
    return count_with(Engine.spark, folder)


def _run(engine: Engine, folder: Path) -> Usage:
    usage = call("engines", f"by_{engine}", folder)
    answer = json.loads(usage.output)
    java_cpu, java_mb = answer.get("java_cpu", 0.0), answer.get("java_mb", 0.0)
    return Usage(usage.wall, usage.cpu + java_cpu, usage.peak_mb + java_mb, usage.output)


def _java() -> dict[str, float]:
    """CPU seconds and peak memory of Spark's Java."""
    from pyspark import SparkContext

    folder = Path("/proc", str(SparkContext._gateway.proc.pid))
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    ticks = int(fields[11]) + int(fields[12])
    return {"java_cpu": ticks / os.sysconf("SC_CLK_TCK"), "java_mb": int(status["VmHWM"].split()[0]) / 1024}


def _digest(counts: SecurityCountsFrame) -> str:
    return f"{counts.height} {counts.hash_rows(seed=1).cast(pl.UInt64).sort().hash().sum()}"


def _cpus(usages: list[Usage]) -> Spread:
    return Spread(tuple(usage.cpu for usage in usages))


def _note(usages: list[Usage]) -> str:
    return f"{min(usage.wall for usage in usages):.1f} s wall, {peak_mb(usages):,.0f} MB"


def _period(path: Path) -> date:
    return date.fromisoformat(path.parent.name.removeprefix("period="))


def write_quarters(db: Path, options: Options, count: int) -> None:
    """Write so many quarters of made-up lines, and what is decided about them, as a home has them below `db`."""
    quarters = [FIRST]
    while len(quarters) < count:
        quarters.append(quarters[-1].next)
    known = pl.DataFrame({"cusip": [issuer_cusip(n) for n in range(ISSUERS)]}).with_row_index("issuer")
    for place, quarter in enumerate(quarters):
        path = layout.lines_path(db, quarter.end)
        path.parent.mkdir(parents=True)
        lines = _lines(options, place).join(known, on="issuer").sort("cusip", "accession_number", "line_number")
        LINES.fit(lines).write_parquet(path, compression_level=1, row_group_size=25_000)
    filers = pl.DataFrame({"filer": range(options.filers)}).with_columns((pl.col("filer") + FIRST_CIK).alias("cik"))
    filings = [
        filers.select(
            _accession(place).alias("accession_number"),
            "cik",
            pl.lit(quarter.end).alias("period_of_report"),
            pl.lit(quarter.deadline).alias("filing_date"),
            pl.lit(Role.BASE).alias("role"),
            pl.lit("dollars").alias("unit"),
        )
        for place, quarter in enumerate(quarters)
    ]
    name, funds = pl.format("MANAGER {} LP", "filer"), [*fund_numbers(options.funds, options.filers)]
    managers = filers.with_columns(
        name.alias("manager_name"), name.alias("family"), pl.col("filer").is_in(funds).alias("is_hedge_fund")
    )
    mapped = [{"cusip": issuer_cusip(n), "ticker": ticker(n)} for n in range(options.names)]
    tickers = [pl.DataFrame(mapped).with_columns(pl.lit(each.end).alias("period_of_report")) for each in quarters]
    frames: list[tuple[Table, pl.DataFrame]] = [
        (COUNTED_FILINGS, pl.concat(filings)),
        (MANAGERS, managers),
        (CUSIP_MATCHES, CUSIP_MATCHES.frame()),
        (CUSIP_SPELLINGS, CUSIP_SPELLINGS.frame()),
        (LINE_CUSIPS, LINE_CUSIPS.frame()),
        (CUSIP_TICKERS, pl.concat(tickers)),
    ]
    for table, frame in frames:
        path = table_path(db, table)
        path.parent.mkdir(exist_ok=True)
        table.fit(frame).write_parquet(path)


def _lines(options: Options, place: int) -> pl.DataFrame:
    """Lines of a quarter with the column issuer: few filers hold much and many little."""
    number = pl.int_range(options.lines, dtype=pl.UInt64, eager=True).alias("n").to_frame()
    filer = ((pl.col("n").cast(pl.Float64) / options.lines).pow(1.8) * options.filers).floor().cast(pl.Int64)
    rows = number.with_columns(pl.col("n").hash(place).alias("h"), filer.alias("filer"))
    held = (pl.col("h") // ISSUERS % 500_000).cast(pl.Float64)
    side = pl.when(pl.col("h") // 7 % 40 == 0).then(pl.lit("PUT")).when(pl.col("h") // 7 % 41 == 0).then(pl.lit("CALL"))
    issuer = (pl.col("h") % ISSUERS).cast(pl.UInt32)
    return rows.select(
        issuer.alias("issuer"),
        _accession(place).alias("accession_number"),
        (pl.col("n").cast(pl.Int64) + 1).alias("line_number"),
        held.alias("shares"),
        (held * (issuer % 300 + 1)).alias("value"),
        pl.lit("SH").alias("share_type"),
        side.otherwise(pl.lit("")).alias("put_call"),
    )


def _accession(place: int) -> pl.Expr:
    cik = (pl.col("filer") + FIRST_CIK).cast(pl.String).str.zfill(10)
    return pl.format(f"{{}}-{13 + place // 4}-{{}}", cik, pl.lit(f"{place:06d}"))
