"""Fixtures of the integration tests."""

from __future__ import annotations

import pytest

from tests.filings.helpers import A, B
from tests.integration.helpers import CITADEL, RENAISSANCE, STRANGER, VANGUARD, World
from tests.standin import Standin
from tracker.sources import http


@pytest.fixture
def world(edgar: Standin, monkeypatch: pytest.MonkeyPatch) -> World:
    """Four filers; requests are retried without long pauses."""
    world = World(edgar.folder)
    for cik, holdings in (
        (RENAISSANCE, {A: 100, B: 50}),
        (CITADEL, {A: 200}),
        (VANGUARD, {A: 900}),
        (STRANGER, {B: 70}),
    ):
        world.report(cik, holdings)
    world.publish()
    original = http.Client.__init__

    def impatient(self: http.Client, *given: object, **named: object) -> None:
        patience = http.Patience(attempts=3, pause=0.01, timeout=(2.0, 2.0))
        original(self, *given, **{"patience": patience, **named})  # type: ignore[arg-type]

    monkeypatch.setattr(http.Client, "__init__", impatient)
    monkeypatch.setenv("TRACKER_IDENTITY", "Ann Example ann@example.org")
    return world
