"""The counts of a quarter: made from all that is held, or, where it is known what has changed, of that alone.

What one manager holds says nothing of what another does, and what is counted of a security comes from the positions in
it and in those with a CUSIP in common. So a fund that is added, removed or corrected leaves all but its own positions
and the counts of its securities as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from ..rankings import holder_counts, security_groups
from ..rankings.quarter_changes import IS_SHARES, SECURITY
from ..securities import ticker_map
from ..tables import HOLDER_COUNTS, POSITIONS, HolderCountsFrame, HoldingsFrame, PositionsFrame
from ..tables.row_keys import merge_rows
from . import counted_parts
from .count_inputs import CountInputs
from .counted_parts import Part


@dataclass(frozen=True)
class Recount:
    """What a quarter's counts are now.

    `holdings` is None if they stay. `changes` have the rows that go and those that come, by the name of the table, of
    what was counted in part only. `changed` are the securities (columns security, cusip) with other positions than
    before; None if that is not known.
    """

    holdings: HoldingsFrame | None
    positions: PositionsFrame
    holder_counts: HolderCountsFrame
    changes: dict[str, tuple[pl.DataFrame, pl.DataFrame]] = field(default_factory=dict)
    changed: pl.DataFrame | None = None


def count_whole(inputs: CountInputs) -> Recount:
    """Everything, from what the funds hold."""
    positions = holder_counts.positions(inputs.holdings, inputs.common.funds, inputs.tickers)
    before = None if inputs.before is None else inputs.store.positions(inputs.quarter.previous)
    return Recount(inputs.holdings, positions, _count(inputs, positions, before))


def count_part(inputs: CountInputs) -> Recount | None:
    """What has changed since the counts in force were made; None if that is not known, or is everything."""
    stored, period, before = inputs.stored, inputs.quarter.end, inputs.before
    if stored is None or inputs.restated is None:
        return None
    parts = counted_parts.kept_parts(inputs.store, period, stored["holder_counts"])
    if parts.is_empty():
        return None
    differing = counted_parts.changed(parts, inputs.parts)
    changed_before = _changed_before(inputs, parts)
    if changed_before is None or counted_parts.keys_of(differing, Part.KNOWN).len():
        return None
    positions_before = None if before is None else inputs.store.positions(inputs.quarter.previous)
    positions, gone, made = _positions(inputs, differing)
    changed = pl.concat([gone, made]).select(SECURITY, "cusip").unique()
    frames = [positions] if positions_before is None else [positions, positions_before]
    pairs = pl.concat([changed, changed_before, *map(security_groups.securities, frames)]).unique()
    touched = security_groups.whole_groups(_touched(frames, differing, pairs, [changed, changed_before]), pairs)
    is_touched = SECURITY.is_in(touched.implode())
    counts_before = inputs.store.holder_counts(inputs.quarter)
    gone_counts, kept_counts = counts_before.filter(is_touched), counts_before.filter(~is_touched)
    part_before = None if positions_before is None else positions_before.filter(is_touched)
    part_now = positions.filter(is_touched)
    made_counts = HOLDER_COUNTS.frame()
    if part_now.height or (part_before is not None and part_before.height):
        made_counts = _count(inputs, part_now, part_before)
    return Recount(
        None if inputs.are_holdings_stored else inputs.holdings,
        positions,
        merge_rows(kept_counts, made_counts, "cusip", HOLDER_COUNTS.key),
        {"positions": (gone, made), "holder_counts": (gone_counts, made_counts)},
        changed,
    )


def _count(inputs: CountInputs, positions: PositionsFrame, before: PositionsFrame | None) -> HolderCountsFrame:
    counts = holder_counts.count(positions, before, inputs.reporting, inputs.split_ratios)
    return ticker_map.with_kinds_among(counts, inputs.common.newest_pairs)


def _changed_before(inputs: CountInputs, parts: pl.DataFrame) -> pl.DataFrame | None:
    """The securities whose positions of the quarter before are others than those that the counts in force were compared
    with; None if that is not known."""
    none = pl.DataFrame(schema={"security": pl.String(), "cusip": pl.String()})
    compared = counted_parts.keys_of(parts, Part.BEFORE).to_list()
    if inputs.before is None:
        return None if compared else none
    if compared == [inputs.before.positions_digest]:
        return none
    return inputs.before.changed if compared == [inputs.before.digest_before] else None


def _positions(inputs: CountInputs, differing: pl.DataFrame) -> tuple[PositionsFrame, PositionsFrame, PositionsFrame]:
    """The positions, and of those before and of these the rows that may differ."""
    before = inputs.store.positions(inputs.quarter)
    renamed = counted_parts.keys_of(differing, Part.FUND).cast(pl.Int64)
    restated = pl.Series(dtype=pl.Int64) if inputs.restated is None else inputs.restated
    is_its = pl.col("cik").is_in(pl.concat([renamed, restated]).unique().implode())
    is_other_ticker = pl.col("cusip").is_in(counted_parts.keys_of(differing, Part.TICKER).implode())
    gone, kept = before.filter(is_its | is_other_ticker), before.filter(~(is_its | is_other_ticker))
    if renamed.is_empty() and restated.is_empty():
        made = POSITIONS.frame()
    else:
        made = holder_counts.positions(inputs.holdings.filter(is_its), inputs.common.funds, inputs.tickers)
    others = gone.filter(~is_its).drop("ticker")
    if others.height:
        others = others.join(inputs.tickers, on="cusip", how="left", validate="m:1").select(list(POSITIONS.columns))
        made = pl.concat([made, others])
    return merge_rows(kept, made, "cusip", POSITIONS.key), gone, made


def _touched(
    frames: list[PositionsFrame], differing: pl.DataFrame, pairs: pl.DataFrame, changed: list[pl.DataFrame]
) -> pl.Series:
    """The securities whose counts may differ: by positions that have `changed`, and by what else differs."""
    splits, kinds = (counted_parts.keys_of(differing, name) for name in (Part.SPLIT, Part.KIND))
    families = counted_parts.keys_of(differing, Part.COMPARED)
    awaited = counted_parts.keys_of(differing, Part.AWAITED).cast(pl.Int64)
    securities = [
        *(frame["security"] for frame in changed),
        splits.rename("security"),
        pairs.filter(pl.col("cusip").is_in(kinds.implode()))["security"],
    ]
    if families.len() or awaited.len():
        is_theirs = pl.col("family").is_in(families.implode()) | pl.col("cik").is_in(awaited.implode())
        securities += [frame.filter(IS_SHARES & is_theirs).select(SECURITY).to_series() for frame in frames]
    return pl.concat(securities).unique()
