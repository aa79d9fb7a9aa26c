"""Find the days of the prices loaded whose rows are of another session than they are dated."""

from __future__ import annotations

import polars as pl

from ..output import plural
from ..prices import misdated
from ..store import Store
from ..tables import PRICE_DAYS, DayStatus, PriceDaysFrame
from . import settled_steps
from .digests import digest, file_states

_FILES, _ROWS = "price_days", "price_days_by_rows"


def renew(store: Store) -> bool:
    """Judge all days again if prices with reported changes came in, as a stretch may have ended since; returns whether
    anything changed.

    Prices stay stored as supplied. From here on they are read under their sessions.
    """
    files = file_states(store.price_paths(), store.settings.home)
    if settled_steps.is_done(store, _FILES, files):
        return False
    prices = store.supplied_prices().select(misdated.COLUMNS).collect()
    with_changes = prices.filter(pl.col("pct_change").is_not_null())["source"].unique()
    prices = prices.filter(pl.col("source").is_in(with_changes.implode()))
    rows, changed = digest(prices), False
    if not settled_steps.is_done(store, _ROWS, rows):
        changed = store.replace(PRICE_DAYS, misdated.judge(prices))
        settled_steps.note(store, _ROWS, rows)
    settled_steps.note(store, _FILES, files)
    return changed


def sentence(days: PriceDaysFrame) -> str:
    """What was found, for the user; empty if all is right."""
    counts = dict(days.group_by("status").agg(pl.col("supplied_date").n_unique()).iter_rows())
    said = {
        DayStatus.REDATED: "dated a session late (counted on the session before)",
        DayStatus.SUPERSEDED: "taken before the close (left out)",
        DayStatus.REPEATED: "a copy of the day before (left out)",
        DayStatus.DOUBTFUL: "of doubtful date or closes",
    }
    parts = [f"{plural(counts[status], 'day')} {text}" for status, text in said.items() if status in counts]
    return "; ".join(parts)
