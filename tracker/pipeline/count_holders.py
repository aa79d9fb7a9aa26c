"""Count who holds what: positions and holder counts of each quarter, where what they are made from has changed."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ..progress import Progress
from ..quarters import Quarter
from ..rankings import security_groups
from ..store import Store
from ..tables import COUNTED_FROM, POSITIONS
from . import counted_parts, recounts
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
    has_changed = False
    wanted = sorted({*quarters})
    for number, quarter in enumerate(wanted, 1):
        is_next = before is not None and before.quarter == quarter.previous
        inputs = CountInputs(store, common, quarter, before if is_next else None, stored.get(quarter.end))
        changed: pl.DataFrame | None = security_groups.securities(POSITIONS.frame())
        if not inputs.are_holdings_stored or inputs.counted_from.to_dicts() != [inputs.stored]:
            place = f", quarter {number} of {len(wanted)}," if is_history else ""
            progress.start(f"counting holders{place} of {quarter}")
            changed = _count(store, inputs, progress)
            progress.end()
            has_changed = True
        before = inputs.as_before(changed)
    return has_changed


def _count(store: Store, inputs: CountInputs, progress: Progress) -> pl.DataFrame | None:
    """Count a quarter, in part if that is enough; returns the securities with other positions, None for all."""
    recount = recounts.count_part(inputs) or recounts.count_whole(inputs)
    store.store_count(inputs.counted_from, recount.holdings, recount.positions, recount.holder_counts, recount.changes)
    (fingerprints,) = inputs.counted_from.to_dicts()
    counted_parts.keep(store, fingerprints, inputs.reports, inputs.parts)
    progress.advance(recount.holder_counts.height)
    return recount.changed
