"""What was fetched, and which refreshes have completed."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .table import DATE, INT, REAL, TEXT, TIME, Table

SOURCES = Table(
    "sources",
    "Reference data on disk: what it is, and when it was fetched.",
    ("path",),
    {
        "path": (TEXT, "file below filings/"),
        "source": (TEXT, "tickers, fails-to-deliver, advisers, form index, ..."),
        "url": (TEXT, "where it came from"),
        "fetched_at": (TIME, "when, in UTC"),
        "bytes": (INT, "its size"),
    },
)

RUNS = Table(
    "runs",
    "Completed refreshes, newest last.",
    ("started_at",),
    {
        "started_at": (TIME, "in UTC"),
        "seconds": (REAL, "duration"),
        "period_of_report": (DATE, "last day of the quarter that was refreshed"),
        "universe": (TEXT, "which managers: hedge-funds, all, or the list that was given"),
        "fund_list": (TEXT, "file name of the list that was the universe (`--funds`); null if there was none"),
        "expected": (INT, "filings named by the form index; null if no single filings were asked for"),
        "downloaded": (INT, "expected filings that were fetched by this run"),
        "present": (INT, "expected filings that were already on disk; null as above"),
        "missing": (INT, "expected filings that were not available"),
        "rejected": (INT, "filings of the period that could not be read"),
        "lines": (INT, "table lines of the period"),
        "managers": (INT, "managers with a report for the period"),
        "hedge_funds": (INT, "managers counted as hedge funds"),
        "securities": (INT, "CUSIPs held by them"),
        "mapped": (INT, "CUSIPs with a ticker"),
        "version": (TEXT, "version of this package"),
    },
)

SourcesFrame = Annotated[pl.DataFrame, SOURCES]
RunsFrame = Annotated[pl.DataFrame, RUNS]
