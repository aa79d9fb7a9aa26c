"""Homes of a few submissions, and what a refresh made of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from tests.filings.helpers import number_in
from tests.submissions import line, submission
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
