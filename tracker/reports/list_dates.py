"""The quarter and dates of a list, completed from the prices that are loaded."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from ..errors import NotFoundError, SettingError
from ..prices import selection
from ..quarters import Quarter
from ..rankings.measures import By
from ..rankings.parameters import ListRequest, Parameters
from ..securities import types
from ..store import Store, price_spans


def complete(store: Store, quarter: Quarter, request: ListRequest) -> Parameters:
    """The request with its dates: by default from the end of the year before to the newest price.

    Raises NotFoundError if no prices are loaded, or none of these dates; SettingError if the request contradicts
    itself.
    """
    first, last = _span(store)
    end = request.end_date or last
    parameters = request.complete(
        quarter,
        base_date=request.base_date or date(end.year - 1, 12, 31),
        end_date=end,
        cap_date=request.cap_date or end,
    )
    if parameters.min_age is not None and (parameters.cap_date - first).days < parameters.min_age:
        raise SettingError(
            f"--min-age {parameters.min_age}: prices are loaded from {first}, so no stock is known to be that old; "
            "import older prices or choose fewer days"
        )
    unknown = sorted({*parameters.kind} - {*types.KINDS})
    if unknown:
        raise SettingError(f"--kind {unknown[0]!r} is not a kind; choose of {', '.join(sorted(types.KINDS))}")
    if parameters.rank_carried and parameters.by is not By.holders:
        raise SettingError(f"--rank-carried is an order by holders, not by {parameters.by}; use --by holders with it")
    # the end first: the other two depend on it by default
    for option, day in (
        ("--to", parameters.end_date),
        ("--from", min(parameters.base_date, parameters.end_date)),
        ("--cap-on", parameters.cap_date),
    ):
        if not first <= day <= last + timedelta(days=selection.MAX_AGE_DAYS):
            raise NotFoundError(
                f"{option} {day}: prices are loaded from {first} to {last}; import more or choose a day in between"
            )
    if parameters.base_date >= parameters.end_date:
        raise SettingError(f"--from {parameters.base_date} is not before --to {parameters.end_date}")
    return parameters


def _span(store: Store) -> tuple[date, date]:
    """The first and the last day with market caps, or with prices if there are no market caps."""
    # index funds have no market cap, and other days
    first, last = (
        price_spans(store)
        .select(
            first=pl.coalesce(pl.col("first_capped").min(), pl.col("first_date").min()),
            last=pl.coalesce(pl.col("last_capped").max(), pl.col("last_date").max()),
        )
        .row(0)
    )
    if last is None:
        raise NotFoundError("no prices are loaded: run `tracker prices import FILE` or `tracker prices fetch`")
    return first, last
