"""Find splits in the prices loaded, and settle them with those that sources and users report."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ..prices import selection, splits
from ..quarters import Quarter
from ..settings import Settings
from ..sources import fetch_log, price_files, yahoo
from ..store import Store
from ..tables import COUNTED_FROM, DIVIDENDS, SOURCES, SPLITS


def split_folder(settings: Settings) -> Path:
    """Where files of splits that a user handed in are kept."""
    return settings.filings / "prices" / "splits"


def renew(store: Store) -> bool:
    """Find splits in the prices loaded, add those that files and sources report, and what holders' shares tell of
    unclear ones in the quarters that are counted; says whether any changed."""
    order = selection.precedence(store.read(SOURCES))
    prices = selection.preferred(store.prices().collect(), order)
    given = [price_files.read_splits(path) for path in _oldest_first(split_folder(store.settings))]
    actions = yahoo.read_actions(yahoo.on_disk(store.settings))
    reported = pl.concat([SPLITS.frame(), *given, actions.splits])
    reported = reported.unique(SPLITS.key, keep="last", maintain_order=True)
    events = _confirmed(store, splits.settle(pl.concat([splits.detect(prices), reported]), order))
    return store.replace_together([(SPLITS, events, {}), (DIVIDENDS, actions.dividends, {})])


def _confirmed(store: Store, events: pl.DataFrame) -> pl.DataFrame:
    """SPLITS, unclear ones repaired where the shares of those who held through the quarter tell the ratio."""
    counted = {Quarter.of(day) for day in store.read(COUNTED_FROM)["period_of_report"]}
    for quarter in sorted(one for one in counted if one.previous in counted):
        is_here = pl.col("date").is_between(quarter.start, quarter.end)
        here = events.filter(is_here)
        unclear = here.filter(pl.col("status") == splits.UNCLEAR)["ticker"].unique().to_list()
        if unclear:
            before, after = (store.positions(one, ticker=unclear) for one in (quarter.previous, quarter))
            events = pl.concat([events.filter(~is_here), splits.confirm(here, splits.by_holders(before, after))])
    return events.sort(SPLITS.key)


def _oldest_first(folder: Path) -> list[Path]:
    paths = [path for path in folder.glob("*") if not path.name.endswith(fetch_log.SUFFIX)]
    return sorted(paths, key=lambda path: (str(fetch_log.fetched_at(path) or ""), path.name))
