"""Count who holds what: positions and holder counts of each quarter, where what they are made from has changed."""

from __future__ import annotations

from collections.abc import Iterable

from ..progress import Progress
from ..quarters import Quarter
from ..rankings import holder_counts
from ..securities import ticker_map
from ..store import Store
from ..tables import COUNTED_FROM
from .count_inputs import CommonInputs, CountInputs, QuarterBefore


def count_holders(store: Store, quarters: Iterable[Quarter], progress: Progress, *, is_history: bool = False) -> bool:
    """Count those quarters, oldest first, whose filings, funds, tickers or splits have changed; returns whether any.

    Fingerprints of what a count is made from are stored with it, and include the positions of the quarter before:
    nothing is counted twice, nothing stale survives a kill, and a correction carries on to the quarter that is compared
    with it. In a history the progress shows how far it is.
    """
    common = CommonInputs.read(store)
    stored = {row["period_of_report"]: row for row in store.read(COUNTED_FROM).to_dicts()}
    before: QuarterBefore | None = None
    changed = False
    wanted = sorted({*quarters})
    for number, quarter in enumerate(wanted, 1):
        is_next = before is not None and before.quarter == quarter.previous
        inputs = CountInputs(store, common, quarter, before if is_next else None)
        if not inputs.are_holdings_stored or inputs.counted_from.to_dicts() != [stored.get(quarter.end)]:
            place = f", quarter {number} of {len(wanted)}," if is_history else ""
            progress.start(f"counting holders{place} of {quarter}")
            _count(store, inputs, progress)
            progress.end()
            changed = True
        before = inputs.as_before()
    return changed


def _count(store: Store, inputs: CountInputs, progress: Progress) -> None:
    positions = holder_counts.positions(inputs.holdings, inputs.common.funds, inputs.tickers)
    positions_before = None if inputs.before is None else store.positions(inputs.quarter.previous)
    counts = holder_counts.count(positions, positions_before, inputs.reporting, inputs.split_ratios)
    counts = ticker_map.with_kinds_among(counts, inputs.common.newest_pairs)
    store.store_count(inputs.counted_from, inputs.holdings, positions, counts)
    progress.advance(counts.height)
