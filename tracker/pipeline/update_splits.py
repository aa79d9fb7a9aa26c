"""Find splits in the prices loaded, and settle them and dividends with those that sources and users report."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ..prices import dividends, selection, split_detection, splits
from ..quarters import Quarter
from ..sources import dividend_files, split_files, user_files, yahoo
from ..store import Store
from ..tables import COUNTED_FROM, DIVIDENDS, PRICE_DAYS, PRICES, SOURCES, SPLITS, SplitsFrame, SplitStatus
from . import price_sources, settled_steps
from .digests import digest, file_states

_STEP = "split_detection"


def renew(store: Store) -> bool:
    """Find splits in the prices loaded, and settle them and dividends with those that files and sources report; returns
    whether any changed.

    Prices are searched only if they have changed since. Unclear splits in the quarters that are counted are repaired if
    their holders' shares show the ratio.
    """
    settings = store.settings
    precedence = selection.precedence(store.read(SOURCES), price_sources.ranked_names())
    given = [split_files.read(path) for path in user_files.oldest_first(user_files.split_folder(settings))]
    actions = yahoo.read_actions(yahoo.on_disk(price_sources.folder_of(settings, yahoo.SOURCE)))
    reported = pl.concat([SPLITS.frame(), *given, actions.splits])
    reported = reported.unique(SPLITS.key, keep="last", maintain_order=True)
    settled = splits.settle(pl.concat([_detected(store, precedence), reported]), precedence)
    stated = [dividend_files.read(path) for path in user_files.oldest_first(user_files.dividend_folder(settings))]
    paid = dividends.settle([actions.dividends, *stated])
    return store.replace_together([(SPLITS, _confirmed(store, settled), {}), (DIVIDENDS, paid, {})])


def _detected(store: Store, precedence: Sequence[str]) -> SplitsFrame:
    """The splits that prices show: as they were kept, or found anew if prices, their dates or ranks have changed."""
    inputs = "\n".join(
        [file_states(store.price_paths(), store.settings.home), digest(store.read(PRICE_DAYS)), *precedence]
    )
    kept = store.detected_splits() if settled_steps.is_done(store, _STEP, inputs) else None
    if kept is not None:
        return kept
    # names and sectors show no split, and take half of the time and the memory
    prices = PRICES.fit(store.prices().select("source", *split_detection.COLUMNS).collect())
    detected = split_detection.detect(selection.preferred(prices, precedence))
    store.keep_detected_splits(detected)
    settled_steps.note(store, _STEP, inputs)
    return detected


def _confirmed(store: Store, events: SplitsFrame) -> SplitsFrame:
    """`events`, unclear ones repaired if the shares of those who held through the quarter show the ratio."""
    counted = {Quarter.of(day) for day in store.read(COUNTED_FROM)["period_of_report"]}
    for quarter in sorted(quarter for quarter in counted if quarter.previous in counted):
        is_here = pl.col("date").is_between(quarter.start, quarter.end)
        here = events.filter(is_here)
        unclear = here.filter(pl.col("status") == SplitStatus.UNCLEAR)["ticker"].unique().to_list()
        if unclear:
            before, after = (store.positions(period, ticker=unclear) for period in (quarter.previous, quarter))
            events = pl.concat([events.filter(~is_here), splits.confirm(here, splits.by_holders(before, after))])
    return events.sort(SPLITS.key)
