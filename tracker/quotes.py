"""The prices that count, and the splits and dividends that go with them. Part of the corridor, as `pipeline`.

Several sources may cover the same ticker and day, and every row is kept (key: ticker, date, source). The winner is,
in this order: the newest imported file, older ones, then Nasdaq's screener, Finviz, Yahoo, and last what 13F filings
imply. A file imported again without a change is not newer. `base_source` and `end_source` of a return name the winners.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from . import performance, splits
from .errors import NotFoundError
from .quarters import Quarter
from .settings import Settings
from .sources import ledger, price_files, yahoo
from .store import Store
from .tables import COUNTED_FROM, DIVIDENDS, SPLITS

VENDORS = ("nasdaq", "finviz", "yahoo", "sec", "13f")


def precedence(settings: Settings) -> list[str]:
    """Names of the sources, the one that wins first."""
    known = ledger.read_sources(settings).filter(pl.col("source") == "price file").sort("fetched_at", descending=True)
    return [*(f"file:{name}" for name in known["url"].unique(maintain_order=True)), *VENDORS]


def load(store: Store, since: date | None = None, until: date | None = None) -> pl.DataFrame:
    """PRICES between two days, both in: one row a ticker and day, the winner's."""
    return performance.preferred(store.prices(since, until).collect(), precedence(store.settings))


def dividends(store: Store, prices: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """DIVIDENDS, and the tickers of which every dividend is known. Raises NotFoundError where none are loaded."""
    known = store.read(DIVIDENDS)
    reporting = store.prices(prices["date"].min(), prices["date"].max()).filter(pl.col("source") == yahoo.SOURCE)  # type: ignore[arg-type]
    covered = reporting.select(pl.col("ticker").unique()).collect()["ticker"].to_list()
    if not covered:
        raise NotFoundError(
            "no dividends are loaded: run `tracker prices fetch --source yahoo --symbol DUOT`, or leave out "
            "--total-return"
        )
    return known, covered


def split_folder(settings: Settings) -> Path:
    """Where files of splits that a user handed in are kept."""
    return settings.filings / "prices" / "splits"


def renew(store: Store) -> bool:
    """Find splits in the prices loaded, add those that files and sources report, and what holders' shares tell of
    unclear ones in the quarters that are counted; says whether any changed."""
    order = precedence(store.settings)
    prices = performance.preferred(store.prices().collect(), order)
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
    paths = [path for path in folder.glob("*") if not path.name.endswith(ledger.SUFFIX)]
    return sorted(paths, key=lambda path: (str(ledger.fetched_at(path) or ""), path.name))
