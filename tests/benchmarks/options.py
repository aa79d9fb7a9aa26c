"""How large and how often: what the command line chooses, and every subject is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """`folder` is where a subject may write. `home` is a real home to ask, or None for a made-up one."""

    folder: Path
    home: Path | None = None
    is_quick: bool = False

    @property
    def rounds(self) -> int:
        """How often each command is run."""
        return 1 if self.is_quick else 7

    @property
    def few_rounds(self) -> int:
        """How often is run what takes long."""
        return 1 if self.is_quick else 3

    @property
    def lines(self) -> int:
        """Lines of a data set; a real one has 3.4 million."""
        return 3_000 if self.is_quick else 3_400_000

    @property
    def history_lines(self) -> int:
        """Lines of each of the data sets of a history: all filers, and few lines each."""
        return 3_000 if self.is_quick else 120_000

    @property
    def filers(self) -> int:
        """Filers of a data set."""
        return 30 if self.is_quick else 8_500

    @property
    def funds(self) -> int:
        """How many of the filers count as hedge funds."""
        return 10 if self.is_quick else 1_000

    @property
    def names(self) -> int:
        """Securities with a year of prices."""
        return 40 if self.is_quick else 7_000

    @property
    def submissions(self) -> int:
        """Submissions of a season's download."""
        return 12 if self.is_quick else 300

    @property
    def quarters(self) -> int:
        """Quarters of a history that strategies are tried on; with fewer than eight nothing is compared."""
        return 9 if self.is_quick else 50
