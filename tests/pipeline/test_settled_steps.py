"""A step is left out only if what it is made from, and the database that has what it made, are still the same."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.filings.helpers import A
from tests.pipeline.helpers import CITADEL, Q3, RENAISSANCE, put, report, state
from tracker.managers import fund_lists
from tracker.pipeline import refresh, settled_steps
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.layout import line_paths
from tracker.tables import MANAGERS


def load(home: Path) -> Settings:
    settings = put(home, report(1, RENAISSANCE, {A: 100}), report(2, CITADEL, {A: 50}))
    refresh.refresh(settings, Q3, offline=True)
    return settings


def is_refreshed(settings: Settings) -> bool:
    with Store(settings) as store:
        return settled_steps.is_refreshed(store, settled_steps.refresh_inputs(store, [Q3], "auto", None))


def test_a_step_is_done_with_its_inputs_only(tmp_path: Path) -> None:
    settings = load(tmp_path)
    with Store(settings) as store:
        assert not settled_steps.is_done(store, "step", "a")
        settled_steps.note(store, "step", "a")
        assert settled_steps.is_done(store, "step", "a")
        assert not settled_steps.is_done(store, "step", "b") and not settled_steps.is_done(store, "other", "a")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"[" * 100_000, b'{"made": 1, "written": "x", "steps": []}'])
def test_notes_that_cannot_be_read_are_none(tmp_path: Path, content: bytes) -> None:
    settings = load(tmp_path)
    (settings.db / "settled.json").write_bytes(content)
    assert not is_refreshed(settings)
    assert not refresh.refresh(settings, Q3, offline=True).changed
    assert is_refreshed(settings)


def test_nothing_is_noted_of_a_database_that_was_rebuilt_or_put_back(tmp_path: Path) -> None:
    settings = load(tmp_path)
    old = settings.database.with_name("old.db")
    shutil.copy(settings.database, old)
    with Store(settings) as store:
        store.replace(MANAGERS, MANAGERS.frame())
        settled_steps.note(store, "step", "a")
        assert settled_steps.is_done(store, "step", "a")
    shutil.copy(old, settings.database)
    with Store(settings) as store:
        assert not settled_steps.is_done(store, "step", "a")
    settings.database.unlink()
    refresh.refresh(settings, Q3, offline=True)
    with Store(settings) as store:
        assert not settled_steps.is_done(store, "step", "a")
        assert store.positions(Q3).height == 2


def test_whatever_a_refresh_reads_makes_it_due_again(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert is_refreshed(settings)
    (lines,) = line_paths(settings.db)
    reference = settings.filings / "reference" / "tickers"
    reference.mkdir(parents=True)
    changes = [
        lambda: os.utime(lines, ns=(1, 1)),
        lambda: (settings.home / fund_lists.CHOICES).write_text("cik,name,is_hedge_fund\n1,X,true\n"),
        lambda: (reference / "company_tickers_exchange.json").write_text('{"fields": [], "data": []}'),
        lambda: put(settings.home, report(3, CITADEL, {A: 60}, amendment=("RESTATEMENT", 1))),
    ]
    for change in changes[:2] + changes[3:]:
        change()
        assert not is_refreshed(settings)
        refresh.refresh(settings, Q3, offline=True)
        assert is_refreshed(settings)
    changes[2]()
    assert not is_refreshed(settings)


def test_what_was_written_to_the_database_makes_a_refresh_due_again(tmp_path: Path) -> None:
    settings = load(tmp_path)
    whole = state(settings)
    with Store(settings) as store:
        store.replace(MANAGERS, MANAGERS.frame())
    assert not is_refreshed(settings)
    refresh.refresh(settings, Q3, offline=True)
    assert state(settings) == whole


def test_in_write_ahead_mode_the_file_does_not_say_what_was_written(tmp_path: Path) -> None:
    settings = load(tmp_path)
    with Store(settings) as store:
        store.connection.execute("PRAGMA journal_mode = wal")
    for _ in range(2):
        assert not refresh.refresh(settings, Q3, offline=True).changed
        assert not is_refreshed(settings)
