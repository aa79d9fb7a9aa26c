"""Commands as a shell runs them: with their exit code, in this process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from tracker.cli import app, main

ROOT_COMMAND = typer.main.get_command(app)


def commands(group: Any = ROOT_COMMAND, name: str = "tracker") -> Iterator[tuple[str, Any]]:
    """Full name and command, of every one that does something."""
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


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
