"""DELISTED_STOCKS as a Parquet file for each form index that they were read from, named like it.

An index is read once: the digest in the footer is that of the index.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ..errors import SettingError
from ..files import atomic_path
from ..quarters import Quarter
from ..settings import Settings
from ..tables import DELISTED_STOCKS, DelistedStocksFrame

_DIGEST = "index"


def kept_digest(settings: Settings, quarter: Quarter) -> str | None:
    """The digest of the index of what was filed in `quarter`, as it was read; None if none was."""
    try:
        return pl.read_parquet_metadata(_path(settings, quarter)).get(_DIGEST)
    except (OSError, pl.exceptions.PolarsError):
        return None


def keep_delistings(settings: Settings, quarter: Quarter, stocks: DelistedStocksFrame, digest: str) -> None:
    """Replace what was read from the index of a quarter."""
    path = _path(settings, quarter)
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        DELISTED_STOCKS.check(stocks).write_parquet(temporary, metadata={_DIGEST: digest})


def kept_delistings(settings: Settings) -> tuple[DelistedStocksFrame, list[Quarter]]:
    """All that was kept, by filing date, and the quarters whose indexes were read, the oldest first.

    A file that is damaged, or is not whole yet, counts as not read.
    """
    parts, quarters = [DELISTED_STOCKS.frame()], []
    for path in sorted((settings.db / "delistings").glob("[!.]*.parquet")):
        try:
            part, quarter = pl.read_parquet(path), Quarter.parse(path.stem)
        except (OSError, SettingError, pl.exceptions.PolarsError):
            continue
        if dict(part.schema) == DELISTED_STOCKS.schema:
            parts.append(part)
            quarters.append(quarter)
    stocks = pl.concat(parts).unique(DELISTED_STOCKS.key, keep="first", maintain_order=True)
    return stocks.sort("filing_date", *DELISTED_STOCKS.key), sorted(quarters)


def _path(settings: Settings, quarter: Quarter) -> Path:
    return settings.db / "delistings" / f"{quarter}.parquet"
