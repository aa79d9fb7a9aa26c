"""What tests of exports compare with: the rows of a home."""

from __future__ import annotations

import polars as pl

from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import LINES, PRICES, Table

OLDER, NEWER = Quarter(2025, 2), Quarter(2025, 3)  # of the fictional market


def rows_of_home(settings: Settings, table: Table) -> pl.DataFrame:
    """The rows that answers are made from, in key order."""
    with Store(settings) as store:
        if table.name == LINES.name:
            period = pl.lit(None, pl.Date).alias("period_of_report")
            of_quarters = [
                store.lines(quarter.end).select(period.fill_null(quarter.end), *LINES.columns)
                for quarter in store.quarters()
            ]
            rows = pl.concat(of_quarters)
        elif table is PRICES:
            rows = store.prices().select(*PRICES.columns).collect()
        else:
            rows = store.read(table)
    return rows.sort(table.key)
