"""What the suite tries: areas of numbered cases. A seed and a number give the same case again."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Protocol

from tests.hostile.children import Children
from tests.hostile.templates import Templates


class Bench:
    """What every area works with: templates, children, and folders that are emptied after each case."""

    def __init__(self, folder: Path, children: Children, seed: int) -> None:
        self.folder = folder
        self.children = children
        self.seed = seed
        self.templates = Templates(folder, children)

    def random(self, area: str, case: int) -> random.Random:
        """The dice of a case."""
        return random.Random(f"{area} {self.seed} {case}")  # noqa: S311 - to be repeated, not to be secret


class Area(Protocol):
    """One kind of hostility."""

    name: str

    def why_skipped(self) -> str | None:
        """Why nothing can be tried here; None if it can."""

    def tries_in(self, case: int) -> int:
        """How many inputs or faults a case tries."""

    def try_case(self, case: int, folder: Path) -> str | None:
        """Try it in an empty folder; what went wrong, None if nothing did."""
