"""The answer to a command, before anything decides how to write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "integer", "number", "usd", "usd_change", "change", "share", "date"]


@dataclass(frozen=True)
class Column:
    """A column of the answer: its key in the rows, its heading for people, and how its values are written.

    `about` describes it where its name alone does not (see `tables.descriptions`).
    """

    key: str
    heading: str
    kind: Kind = "text"
    about: str | None = None

    @property
    def is_text(self) -> bool:
        """Whether it is aligned to the left; numbers are aligned to the right."""
        return self.kind in ("text", "date")


@dataclass(frozen=True)
class Answer:
    """What a command answers.

    `rows` hold every fact under its full name and in full precision; `columns` are those that people see. `methodology`
    has the parameters and rules that led to them, `facts` what was found beside them; `notes` follow the table.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    footer: str = ""
    """the methodology in one sentence; only a terminal shows it"""
    methodology: Mapping[str, Any] = field(default_factory=dict)
