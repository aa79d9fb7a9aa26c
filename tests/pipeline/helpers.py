"""Homes of a few submissions, and what a refresh made of them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from tests.filings.helpers import number_in
from tests.submissions import line, submission
from tracker.pipeline.add_prices import import_file, import_splits
from tracker.progress import Silent
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import submission_files
from tracker.store import Store
from tracker.store.layout import line_paths
from tracker.tables import DATABASE, RUNS, SOURCES

Q2, Q3 = Quarter(2025, 2), Quarter(2025, 3)
RENAISSANCE, CITADEL = 1037389, 1423053  # hedge funds by the hand-kept list


def put(home: Path, *texts: bytes) -> Settings:
    """Lay submissions where downloads would have left them."""
    settings = Settings(home)
    for text in texts:
        head = text.decode("latin-1")
        cik = int(head.partition("CENTRAL INDEX KEY:")[2].split()[0])
        form = head.partition("CONFORMED SUBMISSION TYPE:")[2].split()[0]
        path = submission_files.path_of(settings, cik, form, number_in(text))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    return settings


def report(number: int, cik: int, holdings: Mapping[str, int], quarter: Quarter = Q3, **given: object) -> bytes:
    lines = [line(cusip, shares * 10, shares) for cusip, shares in holdings.items()]
    filed = given.pop("filed", quarter.deadline)
    return submission(number, cik=cik, period=quarter.end, filed=filed, lines=lines, **given)


def counts(settings: Settings, quarter: Quarter) -> dict[str, dict[str, object]]:
    with Store(settings) as store:
        return {row["cusip"]: row for row in store.holder_counts(quarter).to_dicts()}


def state(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the store knows but when it was run."""
    with Store(settings) as store:
        tables = {table.name: store.read(table).rows() for table in DATABASE if table not in (RUNS, SOURCES)}
        tables["runs"] = store.read(RUNS).drop("started_at", "seconds").unique().sort("period_of_report").rows()
        for path in line_paths(settings.db):
            tables[path.parent.name] = pl.read_parquet(path).rows()
        return tables


def put_fails(settings: Settings, name: str, pairs: Iterable[tuple[str, str]]) -> None:
    folder = settings.filings / "reference" / "fails-to-deliver"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"20250810|{cusip}|{symbol}|1|{symbol} INC|." for cusip, symbol in pairs]
    header = "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE"
    text = "\n".join([header, *rows, f"Trailer record count {len(rows)}", ""])
    with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
        archive.writestr(f"{name}.txt", text)


def take(settings: Settings, name: str, text: str, progress: Silent | None = None) -> None:
    path = settings.home / name
    path.write_text(text)
    work = import_splits if name.startswith("splits") else import_file
    work(settings, path, progress or Silent())


def everything(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """All tables but the logs, and what is read from Parquet."""
    with Store(settings) as store:
        tables = {table.name: store.read(table).rows() for table in DATABASE if table not in (RUNS, SOURCES)}
        for quarter in store.quarters():
            tables[f"positions of {quarter}"] = store.positions(quarter).rows()
            tables[f"holder counts of {quarter}"] = store.holder_counts(quarter).rows()
        return tables
