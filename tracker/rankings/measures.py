"""What a list can be ranked by, and in which order it can be printed."""

from __future__ import annotations

from enum import StrEnum


class By(StrEnum):
    """What rank 1 is best at."""

    performance = "performance"
    holders = "holders"
    change = "change"
    value = "value"
    ownership = "ownership"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of RANKED that decide, the measure itself first, then what breaks its ties; more is better."""
        return _COLUMNS[self]


class Order(StrEnum):
    """In which order the list is printed; rank 1 is the best either way."""

    descending = "descending"
    ascending = "ascending"


_COLUMNS = {
    By.performance: ("return_pct", "holders"),
    By.holders: ("holders", "return_pct"),
    By.change: ("change", "holders", "return_pct"),
    By.value: ("value_usd", "holders", "return_pct"),
    By.ownership: ("ownership_pct", "holders", "return_pct"),
}
