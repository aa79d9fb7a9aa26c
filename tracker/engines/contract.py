"""What every engine answers, whatever it is: the one SQL text, and the frame that is made of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

from ..tables import SECURITY_COUNTS, SecurityCountsFrame
from .engine_inputs import EngineInputs, dates_in_sql

MILLION = 1_000_000
_AMOUNTS = ("shares", "value_usd")


def sql(inputs: EngineInputs) -> str:
    """The query over views `lines`, `filings`, `managers`, `cusip_spellings`, `cusip_matches` and `cusip_tickers`."""
    return _text().replace("{periods}", dates_in_sql(list(inputs.lines)))


@cache
def _text() -> str:
    return Path(__file__).with_name("count.sql").read_text(encoding="utf-8")


def to_counts(rows: Iterable[Sequence[object]]) -> SecurityCountsFrame:
    """SECURITY_COUNTS of the rows of the query, whose two amounts are whole millionths; sorted by the key."""
    names = list(SECURITY_COUNTS.columns)
    columns: dict[str, list[object]] = dict(zip(names, map(list, zip(*rows, strict=True)), strict=False))
    for name in names if columns else ():
        if name in _AMOUNTS:
            columns[name] = [from_millionths(int(amount)) for amount in columns[name]]  # type: ignore[call-overload]
        elif SECURITY_COUNTS.schema[name] == pl.Int64():
            columns[name] = list(map(int, columns[name]))  # type: ignore[arg-type]
    return finish(SECURITY_COUNTS.frame(columns))


def from_millionths(amount: int) -> float:
    """The float nearest to so many millionths; of a whole number below 2**53 that number itself."""
    return amount / MILLION


def finish(counts: pl.DataFrame) -> SecurityCountsFrame:
    """The rows in the order of the key: by period, then by the bytes of the CUSIP."""
    return SECURITY_COUNTS.check(SECURITY_COUNTS.fit(counts).sort(SECURITY_COUNTS.key))


def periods_of(inputs: EngineInputs) -> list[date]:
    """The periods to count, oldest first."""
    return list(inputs.lines)
