"""What every engine answers, whatever it is: one SQL text for all, and the frame that is made of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import polars as pl

from ..tables import SECURITY_COUNTS, SecurityCountsFrame
from .engine_inputs import EngineInputs

MILLION = 1_000_000
_AMOUNTS = ("shares", "value_usd")


def positions_sql(inputs: EngineInputs) -> str:
    """The first query, over a view `lines` and one of each table in `engine_inputs.READ`.

    Its rows are to be kept as `positions`, as the second reads them more than once.
    """
    periods = ", ".join(f"date '{period.isoformat()}'" for period in inputs.lines)
    return _text("positions.sql").replace("{periods}", periods)


def counts_sql() -> str:
    """The second query, over `positions`."""
    return _text("counts.sql")


@cache
def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def to_counts(rows: Iterable[Sequence[object]]) -> SecurityCountsFrame:
    """SECURITY_COUNTS of the rows of `counts_sql`, whose two amounts are whole millionths; sorted by the key."""
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
