"""Long tables in pages of 50 rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

PAGE_ROWS = 50
PARAMETER = "_page"  # Datasette takes what begins with an underscore for its own, and leaves it out of a query


@dataclass(frozen=True)
class Paging:
    """Which of `total` rows are shown: page `number`, counted from 1. `path` and `parameters` make the other pages."""

    number: int
    total: int
    path: str = ""
    parameters: Sequence[tuple[str, str]] = ()

    @classmethod
    def of(cls, asked: str | None, total: int, path: str, parameters: Sequence[tuple[str, str]]) -> Paging:
        """The page that the address asks for: the first if that makes no sense, the last if there are fewer."""
        kept = [(name, value) for name, value in parameters if name != PARAMETER]
        return cls(min(page_number(asked), max(-(-total // PAGE_ROWS), 1)), total, path, kept)

    @property
    def start(self) -> int:
        """The place of the first row, from 0."""
        return (self.number - 1) * PAGE_ROWS

    @property
    def stop(self) -> int:
        """The place after the last row."""
        return min(self.start + PAGE_ROWS, self.total)

    @property
    def label(self) -> str:
        """`51 to 100 of 3,184 rows`."""
        if self.total <= PAGE_ROWS:
            return f"{self.total:,} row{'' if self.total == 1 else 's'}"
        return f"{self.start + 1:,} to {self.stop:,} of {self.total:,} rows"

    @property
    def previous(self) -> str | None:
        """The address of the page before."""
        return self._address(self.number - 1) if self.number > 1 else None

    @property
    def next(self) -> str | None:
        """The address of the page after."""
        return self._address(self.number + 1) if self.stop < self.total else None

    def _address(self, number: int) -> str:
        return f"{self.path}?{urlencode([*self.parameters, (PARAMETER, str(number))])}"


def page_number(asked: str | None) -> int:
    """The number of a page as an address has it; 1 if it is none."""
    text = (asked or "").strip()
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 9 else 1
