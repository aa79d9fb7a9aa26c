"""What a list in JSON must have to be compared with what is known now: `rank --format json`, or an edition of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from ..errors import InputError
from ..rankings.measures import By, Order
from ..tables import RANKED, Table
from .json_shape import Maybe, day, find_flaw, flag, number, quarter, read_json, text, whole

_WHAT = "a list of `tracker rank --format json`"
_CRITERIA = {
    "cap_min_usd": Maybe(number),
    "cap_max_usd": Maybe(number),
    "min_holders": Maybe(whole),
    "min_price": Maybe(number),
    "min_volume": Maybe(number),
    "min_age": Maybe(whole),
    **dict.fromkeys(("exchange", "sector", "country", "kind", "only", "exclude"), Maybe([text])),
    **dict.fromkeys(("from_low", "total_return", "by_filer", "with_market_makers", "rank_carried"), Maybe(flag)),
    "by": Maybe(lambda value: value in list(By)),
    "order": Maybe(lambda value: value in list(Order)),
    "top": Maybe(whole),
}
_REPORTING = {
    "is_open": Maybe(flag),
    "previous_quarter": Maybe(text),
    **dict.fromkeys(("families_reported", "families_previous"), Maybe(whole)),
}


def _kind(dtype: pl.DataType) -> Any:
    if dtype.is_integer():
        return whole
    if dtype.is_numeric():
        return number
    return day if dtype.is_temporal() else flag if dtype == pl.Boolean else text


def row_shape(table: Table) -> dict[str, Any]:
    """The members of a row that are columns of `table`: each of its type if it is there."""
    return {name: Maybe(_kind(dtype)) for name, dtype in table.schema.items()}


METHODOLOGY = {
    "quarter": quarter,
    **dict.fromkeys(("base_date", "end_date", "cap_date", "known_on"), day),
    **_CRITERIA,
    "reporting": Maybe(_REPORTING),
}
ROW = {**row_shape(RANKED), "ticker": text, **dict.fromkeys(("base_close", "end_close", "split_ratio"), Maybe(number))}
LIST = {"methodology": METHODOLOGY, "rows": [ROW]}


def read_list(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Methodology and rows of a list in JSON. Raises InputError."""
    document = read_json(path, _WHAT)
    if flaw := find_flaw(document, LIST):
        raise InputError(f"{path} is not {_WHAT} ({flaw})")
    return document["methodology"], document["rows"]
