"""Count who holds what: positions and holder counts of each quarter, where what they are made from has changed."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ..progress import Progress
from ..quarters import Quarter
from ..rankings import security_groups
from ..store import Store
from ..tables import COUNTED_FROM, POSITIONS
from . import counted_parts, recounts, settled_steps
from .count_inputs import CommonInputs, CountInputs


def count_holders(store: Store, quarters: Iterable[Quarter], progress: Progress, *, is_history: bool = False) -> bool:
    """Count those quarters, oldest first, whose filings, funds, tickers or splits have changed; returns whether any.

    Fingerprints of what a count is made from are stored with it, and include the positions of the quarter before:
    nothing is counted twice, nothing stale survives a kill, and a correction carries on to the quarter that is compared
    with it. In a history the progress shows how far it is.
    """
    common = CommonInputs.read(store)
    stored = {row["period_of_report"]: row for row in store.read(COUNTED_FROM).to_dicts()}
    previous: CountInputs | None = None
    has_changed, found = False, {}
    wanted = sorted({*quarters})
    for number, quarter in enumerate(wanted, 1):
        is_next = previous is not None and previous.quarter == quarter.previous
        inputs = CountInputs(store, common, quarter, previous if is_next else None, stored.get(quarter.end))
        changed: pl.DataFrame | None = security_groups.securities(POSITIONS.frame())
        if not _is_counted(store, inputs):
            (fingerprints,) = inputs.counted_from.to_dicts()
            if not inputs.are_holdings_stored or fingerprints != inputs.stored:
                place = f", quarter {number} of {len(wanted)}," if is_history else ""
                progress.start(f"counting holders{place} of {quarter}")
                changed = _count(store, inputs, progress)
                progress.end()
                has_changed = True
            found[_step(quarter)] = f"{inputs.state} {fingerprints}"
        inputs.close(changed)
        previous = inputs
    if found:
        settled_steps.note_all(store, found)
    return has_changed


def _is_counted(store: Store, inputs: CountInputs) -> bool:
    """Whether the counts in force were found to be made from what there is now."""
    if inputs.stored is None or not store.has_holdings(inputs.quarter, inputs.stored["holdings"]):
        return False
    return settled_steps.is_done(store, _step(inputs.quarter), f"{inputs.state} {inputs.stored}")


def _step(quarter: Quarter) -> str:
    return f"counts of {quarter}"


def _count(store: Store, inputs: CountInputs, progress: Progress) -> pl.DataFrame | None:
    """Count a quarter, in part if that is enough; returns the securities with other positions, None for all."""
    recount = recounts.count_part(inputs) or recounts.count_whole(inputs)
    store.store_count(inputs.counted_from, recount.holdings, recount.positions, recount.holder_counts, recount.changes)
    (fingerprints,) = inputs.counted_from.to_dicts()
    counted_parts.keep(store, fingerprints, inputs.reports, inputs.parts)
    progress.advance(recount.holder_counts.height)
    return recount.changed
