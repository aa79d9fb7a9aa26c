"""Fixtures of the whole suite. No test reaches the network; integration tests reach the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.standin import Standin

# No test asserts a time: how long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("tracker", deadline=None)
hypothesis.settings.load_profile("tracker")

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("integration") is None:
            item.add_marker(pytest.mark.disable_socket)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared material beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"the shared material is not here: {folder.name}/ beside the repository")
    return folder


@pytest.fixture
def edgar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    """A stand-in for EDGAR that serves `tmp_path/"edgar"`; only for tests marked `integration`."""
    folder = tmp_path / "edgar"
    folder.mkdir()
    with Standin(folder) as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        yield standin
