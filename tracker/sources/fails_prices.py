"""Prices in fails-to-deliver files: a close of every security with fails, delisted ones included.

    20251231|98983L108|ZWS|43497|ZURN ELKAY WATER SOLUTIONS COR|46.49

SEC: the price is "the closing price of the security on the previous day" (of settlement), in dollars, and `.` if there
is none. Which day that is, the caller decides: see `pipeline.fails_closes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from ..output import plural
from ..progress import Progress, Silent
from . import fails_file
from .cells import number
from .fails_to_deliver import SOURCE

COLUMNS = {"cusip": pl.String(), "symbol": pl.String(), "settled_on": pl.Date(), "price_usd": pl.Float64()}

_MOST_USD = 10_000_000.0  # no American share costs as much: Berkshire's class A is below a tenth of it


def read(paths: Iterable[Path], progress: Progress | None = None) -> pl.DataFrame:
    """One row a CUSIP and settlement date with a price, sorted by both: the columns of `COLUMNS`; no network.

    Lines with several prices for one CUSIP and day, or with one that is no number above zero, are left out; how many
    is noted to `progress`. Raises SourceError for a zip that is damaged or has something else in it.
    """
    parts, unreadable = [pl.DataFrame(schema=COLUMNS)], 0
    for path in paths:
        rows, _, _ = fails_file.read_rows(path)
        given = rows.filter(~pl.col("price").str.strip_chars().is_in(["", "."]))
        price = number(pl.col("price"))
        priced = given.select("cusip", "symbol", settled_on="date", price_usd=price).filter(
            pl.col("price_usd").is_between(0, _MOST_USD, closed="none")
        )
        unreadable += given.height - priced.height
        parts.append(priced)
    prices = pl.concat(parts).unique(["cusip", "settled_on", "price_usd"], keep="first", maintain_order=True)
    single = prices.unique(["cusip", "settled_on"], keep="none", maintain_order=True)
    contradicting = prices.height - single.height
    for kind, count in (("unreadable or not above zero", unreadable), ("at odds with another line", contradicting)):
        if count:
            told = f"{SOURCE}: {plural(count, 'price')} left out: {kind}"
            (progress or Silent()).note(told, kind=f"{SOURCE} {kind}")
    return single.sort("cusip", "settled_on")
