"""What was fetched, and which refreshes ended."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from .table import DATE, INT, REAL, TEXT, TIME, Table

SOURCES = Table(
    "sources",
    "Reference data at hand: what, when it was fetched, what it covers.",
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
    "Refreshes that ended, newest last.",
    ("started_at",),
    {
        "started_at": (TIME, "in UTC"),
        "seconds": (REAL, "how long it took"),
        "period_of_report": (DATE, "the quarter that was refreshed"),
        "universe": (TEXT, "which managers: hedge-funds, all, or the list that was given"),
        "fund_list": (TEXT, "file name of the list that was the universe (`--funds`); null if there was none"),
        "expected": (INT, "filings that the form index names"),
        "downloaded": (INT, "of these fetched now"),
        "present": (INT, "of these already on disk"),
        "missing": (INT, "of these not to be had"),
        "rejected": (INT, "of the period's filings not readable"),
        "lines": (INT, "table lines of the period"),
        "managers": (INT, "managers with a report for the period"),
        "hedge_funds": (INT, "of these counted as hedge funds"),
        "securities": (INT, "CUSIPs held by them"),
        "mapped": (INT, "of these with a ticker"),
        "version": (TEXT, "version of this package"),
    },
)

SourcesFrame = Annotated[pl.DataFrame, SOURCES]
RunsFrame = Annotated[pl.DataFrame, RUNS]
