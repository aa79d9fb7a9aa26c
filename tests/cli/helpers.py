"""Commands as a person types them, on a home that is loaded, within this process."""

from __future__ import annotations

import shlex
from pathlib import Path

from typer.testing import CliRunner

from tracker.cli import app
from tracker.errors import TrackerError


def ask(home: Path, words: str) -> tuple[int, str, str]:
    """Exit code, what was printed, and the error; fails on an error that is not the user's to cure."""
    result = CliRunner().invoke(app, ["--home", str(home), *shlex.split(words)])
    error = result.exception
    if isinstance(error, TrackerError):
        return 1, result.stdout, str(error)
    if error is not None and not isinstance(error, SystemExit):
        raise error
    return result.exit_code, result.stdout, result.stderr
