"""The site in a process of its own, over the fictional market."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.homes import ROOT


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    """`tracker serve` with its output to read."""
    return subprocess.Popen(
        [sys.executable, "-m", "tracker", "--home", str(home), "serve", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def address_of(process: subprocess.Popen[str]) -> str:
    """The address that it prints when it listens."""
    assert process.stdout
    match = re.fullmatch(r"Browse (http://127\.0\.0\.1:\d+)/ \(Ctrl-C stops it\)\n", process.stdout.readline())
    assert match, process.communicate()
    return match[1]


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """The address of a site over `home`, which ends as with Ctrl-C."""
    process = start(home, "--port", "0")
    try:
        yield address_of(process)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
