"""What tests of the store share."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tracker.quarters import Quarter
from tracker.store import Store
from tracker.tables import COUNTED_FROM, HOLDER_COUNTS, HOLDINGS, POSITIONS

Q2, Q3 = Quarter(2025, 2), Quarter(2025, 3)


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Each file below `folder`: its bytes and its inode, which a rewrite changes even where the bytes are the same."""
    return {str(path): (path.read_bytes(), path.stat().st_ino) for path in folder.rglob("*") if path.is_file()}


def positions(shares: dict[str, float | None], cik: int = 1, quarter: Quarter = Q3) -> pl.DataFrame:
    rows = [
        {
            "period_of_report": quarter.end,
            "cusip": cusip,
            "cik": cik,
            "put_call": "",
            "share_type": "SH",
            "shares": number,
        }
        for cusip, number in shares.items()
    ]
    return POSITIONS.frame(rows).sort(POSITIONS.key)


def keep(store: Store, name: str, held: pl.DataFrame, quarter: Quarter = Q3) -> None:
    """Store what is held in a quarter, and a count of it, as made from something called `name`."""
    row = {"period_of_report": quarter.end, "holdings": name, "positions": name, "holder_counts": name}
    counts = held.group_by("period_of_report", "cusip").agg(holders=pl.len().cast(pl.Int64))
    counts = HOLDER_COUNTS.fit(counts).sort(HOLDER_COUNTS.key)
    store.store_count(COUNTED_FROM.frame([row]), HOLDINGS.fit(held).sort(HOLDINGS.key), held, counts)
