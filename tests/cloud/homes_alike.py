"""What a home has, to be compared."""

from __future__ import annotations

from pathlib import Path

from tracker.cloud.home_files import published_paths
from tracker.progress import Silent


def contents(home: Path) -> dict[str, bytes]:
    """What is published of a home, by path."""
    return {path: (home / path).read_bytes() for path in published_paths(home, True, Silent())}
