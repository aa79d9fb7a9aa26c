"""Every figure of speed, as one table: python -m tests.benchmarks [--only NAME]... [--quick] [--home DIR]."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from importlib import metadata
from pathlib import Path

from . import (
    commands,
    data_set_lines,
    engines,
    history,
    information_table,
    lookups,
    price_import,
    refreshes,
    season,
    site_load,
    strategy_trials,
)
from .figures import Row, to_markdown, to_text
from .options import Options
from .runner import Failed

SUBJECTS: dict[str, Callable[[Options], Iterator[Row]]] = {
    "commands": commands.measure,
    "information-table": information_table.measure,
    "data-set": data_set_lines.measure,
    "refreshes": refreshes.measure,
    "history": history.measure,
    "lookups": lookups.measure,
    "engines": engines.measure,
    "prices-import": price_import.measure,
    "season": season.measure,
    "strategy": strategy_trials.measure,
    "site-load": site_load.measure,
}
PACKAGES = ("polars", "lxml", "duckdb", "datafusion", "pyspark", "pandas", "edgartools")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, say on stderr what is going on, and print the table; 1 if a subject could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Figures of this machine.")
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="only this subject; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small sizes, once each: to see that it runs")
    parser.add_argument("--home", type=Path, metavar="DIR", help="ask this home, which is not written to")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="where the temporary folder is made (6 GB)")
    parser.add_argument("--markdown", action="store_true", help="print the table for README.md")
    given = parser.parse_args(arguments)
    rows: list[Row] = []
    is_complete = True
    # in a folder of the process's own: what is made here is removed even if a subject fails
    folder = Path(tempfile.mkdtemp(prefix="tracker-benchmarks-", dir=given.folder))
    try:
        options = Options(folder, given.home.resolve() if given.home else None, given.quick)
        for name, measure in SUBJECTS.items():
            if given.only and name not in given.only:
                continue
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            try:
                rows.extend(measure(options))
            except Failed as failure:
                rows.append(Row(name, note=f"failed: {failure}"))
                is_complete = False
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(_machine())
    print()
    print(to_markdown(rows) if given.markdown else to_text(rows))
    return 0 if is_complete else 1


def _machine() -> str:
    """Date, machine and versions in a sentence."""
    versions = []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GB"
    machine = f"{os.cpu_count()} cores{memory}, {platform.system()} {platform.machine()}"
    return f"{date.today()}, {machine}, Python {platform.python_version()}, {', '.join(versions)}."


if __name__ == "__main__":
    sys.exit(main())
