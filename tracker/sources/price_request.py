"""What every source of prices is asked, and what it answers; `fetch_prices` of a source's module has this signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ..progress import Progress
from ..settings import Settings
from ..tables import PricesFrame


@dataclass(frozen=True)
class PriceRequest:
    """A request for the prices of `day`, the last session that has begun at `now` (with a zone).

    `is_under_way`: that session is not over, so that current prices are not closes. `folder` is where the source keeps
    its answers. `tickers` is empty for a source that covers the whole market. For a source that has history, `since` is
    the first day that is wanted (None: the last one alone), and `until` the last session that is over.
    """

    settings: Settings
    folder: Path
    now: datetime
    day: date
    is_under_way: bool
    tickers: Sequence[str]
    progress: Progress
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class FetchedPrices:
    """The `prices` that a source gave, and a `remark` for the user (may be empty)."""

    prices: PricesFrame
    remark: str = ""
