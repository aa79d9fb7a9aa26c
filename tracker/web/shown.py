"""What a page of ours shows, before it is written as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Shown:
    """A template with its variables and the answer's status; or, with `location`, the address to go to instead."""

    template: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    location: str = ""


@dataclass(frozen=True)
class Asked:
    """An address as a page reads it: its path, and the parameters behind it in their order."""

    path: str
    parameters: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """The last value of a parameter without blanks around it; None if it is missing or blank."""
        values = [value.strip() for key, value in self.parameters if key == name]
        return (values[-1] if values else "") or None
