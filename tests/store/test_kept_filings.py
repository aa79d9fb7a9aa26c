"""The table filings as Parquet: what a question for all of them reads is what SQLite has, whoever wrote to it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import polars as pl
import pytest

from tests.filings.helpers import A
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, put, report
from tracker.pipeline import refresh
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import JUDGED_FILINGS


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = put(
        tmp_path, report(1, RENAISSANCE, {A: 100}, Q2), report(2, RENAISSANCE, {A: 1}), report(3, CITADEL, {A: 2})
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


def kept(settings: Settings) -> list[str]:
    return sorted(path.stem for path in (settings.db / "prepared" / "filings").glob("*.parquet"))


def names(settings: Settings) -> list[str]:
    with Store(settings) as store:
        return store.read(JUDGED_FILINGS)["manager_name"].to_list()


def rename(settings: Settings) -> None:
    """As another program does."""
    with sqlite3.connect(settings.database) as connection:
        connection.execute("update filings set manager_name = 'RENAMED'")
    connection.close()


def test_a_refresh_leaves_a_file_a_period_with_what_sqlite_has(home: Settings) -> None:
    assert kept(home) == [str(Q2.end), str(Q3.end)]
    with Store(home) as store:
        filings = store.read(JUDGED_FILINGS)
        by_period = [store.read(JUDGED_FILINGS, period_of_report=quarter.end) for quarter in (Q2, Q3)]
    assert filings.equals(pl.concat(by_period).sort("accession_number"))


def test_they_are_read_in_place_of_the_rows(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "_read", None)
    with Store(home) as store:
        assert store.read(JUDGED_FILINGS).height == 3


def test_what_another_program_wrote_is_seen(home: Settings) -> None:
    rename(home)
    assert names(home) == ["RENAMED"] * 3
    with Store(home) as store, store.writing():  # who writes next begins anew
        assert store.read(JUDGED_FILINGS)["manager_name"].unique().to_list() == ["RENAMED"]
    assert names(home) == ["RENAMED"] * 3


def test_a_database_put_back_is_not_taken_for_the_newer_one(home: Settings, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    rename(home)
    shutil.copy(home.database, copy)
    with Store(home) as store, store.writing():
        store.replace(JUDGED_FILINGS, store.read(JUDGED_FILINGS).with_columns(manager_name=pl.lit("LATER")))
    assert names(home) == ["LATER"] * 3
    shutil.copy(copy, home.database)
    assert names(home) == ["RENAMED"] * 3
    with Store(home) as store, store.writing():
        assert store.read(JUDGED_FILINGS)["manager_name"].unique().to_list() == ["RENAMED"]


def test_rows_that_are_rolled_back_are_not_kept(home: Settings) -> None:
    with Store(home) as store, store.writing():
        changed = store.read(JUDGED_FILINGS).with_columns(manager_name=pl.lit("GONE"))
        with pytest.raises(ZeroDivisionError), store._transaction():
            store.replace(JUDGED_FILINGS, changed)
            assert store.read(JUDGED_FILINGS)["manager_name"].unique().to_list() == ["GONE"]
            raise ZeroDivisionError
        assert "GONE" not in store.read(JUDGED_FILINGS)["manager_name"]
    assert "GONE" not in names(home)


def test_a_kill_while_writing_leaves_nothing_that_is_believed(home: Settings) -> None:
    store = Store(home)
    writing = store.writing()
    writing.__enter__()
    store.replace(JUDGED_FILINGS, store.read(JUDGED_FILINGS).with_columns(manager_name=pl.lit("WRITTEN")))
    assert names(home) == ["WRITTEN"] * 3  # another process meanwhile
    store.connection.close()
    assert names(home) == ["WRITTEN"] * 3


def test_a_damaged_note_states_nothing(home: Settings) -> None:
    for note in (b"", b"{", b"null", b"[" * 100_000):
        (home.db / "prepared" / "filings" / "state.json").write_bytes(note)
        assert len(names(home)) == 3


def test_a_damaged_file_is_made_again(home: Settings) -> None:
    path = home.db / "prepared" / "filings" / f"{Q3.end}.parquet"
    path.write_bytes(path.read_bytes()[:100])
    assert len(names(home)) == 3
