"""A site over the fictional market, shared by the tests of a module."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.site_client import EDITION, Get, client
from tracker.settings import Settings


@pytest.fixture(scope="module")
def home(market: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Path(shutil.copytree(market.home, tmp_path_factory.mktemp("site") / "home"))
    for name in ("first-list", "second-list"):
        (home / "editions" / name).mkdir(parents=True)
        (home / "editions" / name / "index.html").write_text(EDITION)
        (home / "editions" / name / "list.csv").write_text("rank\n1\n")
    return home


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def get(runner: asyncio.Runner, home: Path) -> Get:
    return client(runner, home)
