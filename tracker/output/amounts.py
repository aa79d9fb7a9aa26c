"""Money, percentages and counts as text: one scale, one rounding rule."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .answer import Answer, Kind
from .targets import plain

UNKNOWN = "n/a"
NOTE_WIDTH = 110  # longer lines are hard to read
_SCALES = ((1e12, "T", " Trillion"), (1e9, "B", " Billion"), (1e6, "M", " Million"), (1e3, "K", None))
_LEAST_MILLION = 1e5


def money(value: float | None) -> str:
    """Dollars as a list prints them: `$205.17M`, `$1.32B`; `n/a` if unknown."""
    return _scaled(value, is_word=False)


def signed_money(value: float | None) -> str:
    """A change in dollars: `+$205.17M`, `-$1.32B`, `$0`; `n/a` if unknown."""
    if not value:
        return money(value)
    return f"{'+' if value > 0 else '-'}{money(abs(value))}"


def dollars(value: float | None) -> str:
    """Dollars as an article prints them: `$205.17 Million`, `$0.47 Million`, `$47,000`; `n/a` if unknown."""
    if value is not None and _LEAST_MILLION <= abs(value) < 1e6:
        return f"${value / 1e6:,.2f} Million"
    return _scaled(value, is_word=True)


def _scaled(value: float | None, is_word: bool) -> str:
    if value is None:
        return UNKNOWN
    for size, letter, word in _SCALES:
        if is_word and word is None:
            continue
        if round(abs(value) / size * 1000, 2) >= 1000:  # $999,999.99 is $1.00M, not $1,000.00K
            return f"${value / size:,.2f}{word if is_word else letter}"
    return f"${value:,.0f}"


def percent(value: float | None, sign: str = "") -> str:
    """A percentage with two decimals: `49.20%`, with the sign `+` `+49.20%`; `n/a` if unknown."""
    if value is None:
        return UNKNOWN
    return f"{value:+,.2f}%" if sign else f"{value:,.2f}%"


def part(value: float | None) -> str:
    """A percentage of a whole, rounded down: 99.996% must not read as all; `n/a` if unknown."""
    if value is None:
        return percent(None)
    hundredths = round(value * 100, 6)  # of 0.29 the product is 28.999999999999996
    if value < 100 <= hundredths / 100:
        hundredths -= 1
    return percent(math.floor(hundredths) / 100)


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """`1 line`, `3,200 lines`: a count with its noun."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def in_a_line(what: str, members: Sequence[str]) -> str:
    """`what: A, B and 12 more (--format json)`: as many members as a line takes, at least one."""
    whole = f"{what}: {', '.join(members)}."
    if len(whole) <= NOTE_WIDTH:
        return whole
    for count in range(len(members) - 1, 0, -1):
        line = f"{what}: {', '.join(members[:count])} and {len(members) - count:,} more (`--format json`)."
        if len(line) <= NOTE_WIDTH or count == 1:
            return line
    return whole


def cells(answer: Answer) -> list[list[str]]:
    """The values that people see, row by row, as text in the order of the columns."""
    return [[_cell(row.get(column.key), column.kind) for column in answer.columns] for row in answer.rows]


def _cell(value: object, kind: Kind) -> str:
    if value is None:
        return "" if kind in ("text", "date") else UNKNOWN
    if isinstance(value, int | float):
        match kind:
            case "usd":
                return money(value)
            case "usd_change":
                return signed_money(value)
            case "change":
                return percent(value, "+")
            case "share":
                return percent(value) if value >= 0.01 or value == 0 else "<0.01%"
            case "number" | "integer":
                return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    return plain(str(value))
