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

_GROUPED_BY = ("cusip", "ticker", "cik", "family", "share_type", "put_call")


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
    stored, restated = inputs.stored, inputs.restated
    if stored is None or restated is None:
        return None
    parts = counted_parts.kept_parts(inputs.store, inputs.quarter.end, stored["holder_counts"])
    differing = counted_parts.changed(parts, inputs.parts)
    changed_before = _changed_before(inputs, parts)
    if parts.is_empty() or changed_before is None or counted_parts.keys_of(differing, Part.KNOWN).len():
        return None
    positions, gone, made = _positions(inputs, restated, differing)
    changed = pl.concat([gone, made]).select(SECURITY, "cusip").unique()
    counts_before = inputs.store.holder_counts(inputs.quarter)
    touched = _touched(inputs, positions, differing, pl.concat([changed, changed_before]))
    goes = counts_before.select(SECURITY).to_series().is_in(touched["security"].implode())
    made_counts = _count_of(inputs, positions, touched)
    return Recount(
        None if inputs.are_holdings_stored else inputs.holdings,
        positions,
        merge_rows(counts_before, goes, made_counts, "cusip", HOLDER_COUNTS.key),
        {POSITIONS.name: (gone, made), HOLDER_COUNTS.name: (counts_before.filter(goes), made_counts)},
        changed,
    )


def _count(inputs: CountInputs, positions: PositionsFrame, before: PositionsFrame | None) -> HolderCountsFrame:
    counts = holder_counts.count(positions, before, inputs.reporting, inputs.split_ratios)
    return ticker_map.with_kinds_among(counts, inputs.common.newest_pairs)


def _count_of(inputs: CountInputs, positions: PositionsFrame, touched: pl.DataFrame) -> HolderCountsFrame:
    """The counts of some securities, which are whole groups."""
    is_touched = SECURITY.is_in(touched["security"].unique().implode())
    now, before = positions.filter(is_touched), None
    if inputs.before is not None:
        cusips = touched["cusip"].unique()
        before = inputs.store.positions(inputs.quarter.previous, cusip=cusips).filter(is_touched)
    if now.is_empty() and (before is None or before.is_empty()):
        return HOLDER_COUNTS.frame()
    return _count(inputs, now, before)


def _changed_before(inputs: CountInputs, parts: pl.DataFrame) -> pl.DataFrame | None:
    """The securities whose positions of the quarter before are others than those that the counts in force were compared
    with; None if that is not known."""
    compared = counted_parts.keys_of(parts, Part.BEFORE).to_list()
    if compared == ([] if inputs.before is None else [inputs.before.positions_digest]):
        return security_groups.securities(POSITIONS.frame())
    return inputs.before.changed if inputs.before is not None and compared == [inputs.before.digest_before] else None


def _positions(
    inputs: CountInputs, restated: pl.Series, differing: pl.DataFrame
) -> tuple[PositionsFrame, PositionsFrame, PositionsFrame]:
    """The positions; those of before that may differ; and what these are now."""
    before = inputs.store.positions(inputs.quarter)
    renamed = counted_parts.keys_of(differing, Part.FUND).cast(pl.Int64)
    ciks, cusips = pl.concat([renamed, restated]).unique(), counted_parts.keys_of(differing, Part.TICKER)
    is_theirs = pl.col("cik").is_in(ciks.implode())
    goes = before.select(is_theirs | pl.col("cusip").is_in(cusips.implode())).to_series()
    gone, made = before.filter(goes), POSITIONS.frame()
    if ciks.len():
        held = inputs.holdings.filter(is_theirs)
        made = holder_counts.positions(held, inputs.common.funds, inputs.tickers)
    others = gone.filter(~is_theirs)
    if others.height:  # with other tickers
        others = others.drop("ticker").join(inputs.tickers, on="cusip", how="left", validate="m:1")
        made = pl.concat([made, others.select(list(POSITIONS.columns))])
    return merge_rows(before, goes, made, "cusip", POSITIONS.key), gone, made


def _touched(
    inputs: CountInputs, positions: PositionsFrame, differing: pl.DataFrame, changed: pl.DataFrame
) -> pl.DataFrame:
    """Columns security, cusip: whole groups of the securities whose counts may differ, by positions that have `changed`
    or by what else differs."""
    frames = [positions.select(_GROUPED_BY)]
    if inputs.before is not None:
        frames.append(inputs.store.position_columns(inputs.quarter.previous, _GROUPED_BY))
    pairs = pl.concat([changed, *map(security_groups.securities, frames)])
    splits, kinds = (counted_parts.keys_of(differing, name) for name in (Part.SPLIT, Part.KIND))
    families = counted_parts.keys_of(differing, Part.COMPARED)
    awaited = counted_parts.keys_of(differing, Part.AWAITED).cast(pl.Int64)
    touched = [changed["security"], splits, pairs.filter(pl.col("cusip").is_in(kinds.implode()))["security"]]
    if families.len() or awaited.len():
        is_theirs = pl.col("family").is_in(families.implode()) | pl.col("cik").is_in(awaited.implode())
        touched += [frame.filter(IS_SHARES & is_theirs).select(SECURITY).to_series() for frame in frames]
    group = security_groups.whole_groups(pl.concat(touched), pairs)
    return pairs.filter(pl.col("security").is_in(group.implode()))
