"""Lines that are plainly sound, typed without a query: for a small table a query costs more than its XML does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from . import rules

# Lists of texts, by the columns of LINES.
Texts = Mapping[str, Sequence[str | None]]

_END = "\x01"  # of a cell: no character of XML, so that no text holds it
_AMOUNTS = re.compile(f"(?:[0-9]{{1,{rules.MOST_DIGITS}}}+{_END})++")


def convert(texts: Texts) -> dict[str, list[str | None] | list[float]] | None:
    """The columns as `rules.strip` and `rules.convert_lines` make them; None unless all amounts are digits alone and
    no line can fail any of LINE_CHECKS. The caller knows that no text is longer than rules.MOST_CHARACTERS.

    None says nothing about whether the lines are sound.
    """
    amounts: dict[str, list[float]] = {}
    for name in rules.NUMBERS:
        column = texts[name]
        if None in column or not _AMOUNTS.fullmatch(_END.join([*column, ""])):  # type: ignore[list-item]
            return None
        amounts[name] = list(map(float, column))  # type: ignore[arg-type]
    stripped = {
        name: [(text.strip() if text else None) or None for text in column]
        for name, column in texts.items()
        if name not in amounts
    }
    if any(None in stripped[name] for name in rules.REQUIRED if name in stripped):
        return None
    for name, choices in rules.CHOICES.items():
        written = {text: (text or "").upper() for text in set(stripped[name])}
        if not choices.issuperset(written.values()):
            return None
        stripped[name] = [written[text] for text in stripped[name]]
    return {name: amounts[name] if name in amounts else stripped[name] for name in texts}
