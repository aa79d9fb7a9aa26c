"""What tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker.settings import Settings
from tracker.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The store of an empty home."""
    with Store(Settings(tmp_path)) as store:
        yield store
