"""Commands as a shell runs them: with their exit code, in this process."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tracker.cli import main


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Shell:
    """Runs commands in one home."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._patch, self._capture = patch, capture

    def __call__(self, *words: str) -> Said:
        self._patch.setattr(sys, "argv", ["tracker", "--home", str(self.home), *words])
        self._capture.readouterr()
        try:
            main()
            code: object = 0
        except SystemExit as end:
            code = end.code or 0
        said = self._capture.readouterr()
        assert isinstance(code, int)
        return Said(code, said.out, said.err)
