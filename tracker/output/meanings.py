"""What each column of an answer means: its heading, unit and description."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from .answer import Answer

_UNITS = {"usd": "USD", "usd_change": "USD", "change": "%", "share": "%", "date": "date", "integer": "count"}
_SUFFIXES = (
    (("_usd", "close", "_price"), "USD"),
    (("_pct",), "%"),
    (("shares", "shares_before", "volume"), "shares"),
    (("_date", "_on", "period_of_report"), "date"),
    (("_ratio", "_factor"), "ratio"),
    (("days", "days_late"), "days"),
)


@dataclass(frozen=True)
class Meaning:
    """A column: its name in the rows, its heading if people see it, its unit and its description where known."""

    name: str
    heading: str | None
    unit: str | None
    description: str | None

    def as_dict(self) -> dict[str, str | None]:
        """As JSON has it."""
        return asdict(self)


def meanings(answer: Answer) -> list[Meaning]:
    """Of every column that the rows have, shown to people or not, in the order of the rows."""
    from ..tables import descriptions

    shown = {column.key: column for column in answer.columns}
    described = descriptions()
    return [
        Meaning(
            name,
            shown[name].heading if name in shown else None,
            _unit(name, shown[name].kind if name in shown else None),
            (shown[name].about if name in shown else None) or described.get(name),
        )
        for name in _names(answer)
    ]


def _names(answer: Answer) -> Iterator[str]:
    """The rows' keys, of all rows; without rows those of the columns."""
    if answer.rows:
        yield from dict.fromkeys(key for row in answer.rows for key in row)
    else:
        yield from (column.key for column in answer.columns)


def _unit(name: str, kind: str | None) -> str | None:
    if kind in _UNITS:
        return _UNITS[kind]
    return next((unit for endings, unit in _SUFFIXES if name.endswith(endings)), None)
