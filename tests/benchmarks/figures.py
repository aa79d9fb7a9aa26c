"""The rows that are printed: a figure of ours, the peer's in the same run, and the ratio of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .runner import Spread

TITLES = ("Figure", "Ours", "Peer or limit in the same run", "Ratio: least, median", "To reach")


@dataclass(frozen=True)
class Row:
    """One line of the table. Without `ours` it was not measured, and `note` says why."""

    figure: str
    ours: Spread | None = None
    peer: str = ""
    theirs: Spread | None = None
    goal: str = ""
    unit: str = "s"
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        """The row as texts, one for each of TITLES."""
        if self.ours is None:
            return self.figure, self.note or "not measured", self.peer, "", self.goal
        ours = ", ".join(part for part in (_spread(self.ours, self.unit), self.note) if part)
        if self.theirs is None:
            return self.figure, ours, self.peer, "", self.goal
        least, middle = self.ours.least / self.theirs.least, self.ours.middle / self.theirs.middle
        peer = f"{self.peer} {_spread(self.theirs, self.unit)}"
        return self.figure, ours, peer, f"{least:.2f}x, {middle:.2f}x", self.goal


def to_text(rows: Iterable[Row]) -> str:
    """Aligned columns."""
    lines = [TITLES, *(row.cells() for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(TITLES))]
    return "\n".join("  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
                     for line in lines)  # fmt: skip


def to_markdown(rows: Iterable[Row]) -> str:
    """A table in Markdown."""
    lines = [TITLES, ("---",) * len(TITLES), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _spread(spread: Spread, unit: str) -> str:
    least, middle = _number(spread.least), _number(spread.middle)
    values = least if len(spread.values) == 1 else f"{least}, {middle}"
    return f"{values} {unit}".strip()


def _number(value: float) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 4
    return f"{value:,.{digits}f}"
