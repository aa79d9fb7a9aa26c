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
from tracker.store.sql_filings import SqlFilings
from tracker.store.sql_tables import SqlTables
from tracker.tables import JUDGED_FILINGS, OTHER_MANAGERS


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refreshed")
    settings = put(
        folder, report(1, RENAISSANCE, {A: 100}, Q2), report(2, RENAISSANCE, {A: 1}), report(3, CITADEL, {A: 2})
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings.home


@pytest.fixture
def home(refreshed: Path, tmp_path: Path) -> Settings:
    return Settings(shutil.copytree(refreshed, tmp_path / "home"))


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


STRANGERS = [*range(1, 40)]
EVERYBODY = [*STRANGERS, RENAISSANCE, CITADEL, None]
FROM_FILES: list[dict[str, object]] = [
    {},
    {"period_of_report": Q3.end},
    {"period_of_report": (Q3.end, Q2.end, Q3.end)},
    {"period_of_report": Q2.end, "cik": EVERYBODY},
    {"period_of_report": Q2.end, "cik": STRANGERS},
]
FROM_ROWS: list[dict[str, object]] = [
    {"period_of_report": Q3.end, "cik": CITADEL},
    {"period_of_report": [Q3.end, None]},
    {"period_of_report": Q3.end, "form_type": "13F-HR"},
    {"cik": EVERYBODY},
    {"period_of_report": Q2.previous.end},  # of which there is none
]


def test_a_refresh_leaves_a_file_a_period(home: Settings) -> None:
    assert kept(home) == [str(Q2.end), str(Q3.end)]


@pytest.mark.parametrize("where", [*FROM_FILES, *FROM_ROWS])
def test_what_is_kept_is_what_sqlite_has(
    home: Settings, monkeypatch: pytest.MonkeyPatch, where: dict[str, object]
) -> None:
    with Store(home) as store:
        found = store.read(JUDGED_FILINGS, **where)
    monkeypatch.setattr(SqlFilings, "_kept_rows", lambda *_: None)
    with Store(home) as store:
        assert found.equals(store.read(JUDGED_FILINGS, **where))
    assert found.height or STRANGERS in where.values() or Q2.previous.end in where.values()


@pytest.mark.parametrize("where", FROM_FILES)
def test_they_are_read_in_place_of_the_rows(
    home: Settings, monkeypatch: pytest.MonkeyPatch, where: dict[str, object]
) -> None:
    monkeypatch.setattr(SqlTables, "_read", None)
    with Store(home) as store:
        assert store.read(JUDGED_FILINGS, **where).schema == JUDGED_FILINGS.schema


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


def test_some_columns_are_those_of_the_whole_rows_by_period(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    columns = ["cik", "value_total", "period_of_report"]
    with Store(home) as store:
        filings = store.read(JUDGED_FILINGS).sort("period_of_report", "accession_number")
        from_rows = {period: store.read(JUDGED_FILINGS, period_of_report=period) for period in (Q2.end, Q3.end)}
        monkeypatch.setattr(Store, "_read", None)  # not a row of SQLite
        assert store.read_filings(columns).equals(filings.select(columns))
        for period, rows in from_rows.items():
            assert store.read_filings(columns, period).equals(rows.select(columns))
        assert store.read_filings(columns, Q3.end, Q2.end).equals(filings.select(columns))


def test_some_columns_come_from_sqlite_once_another_program_wrote(home: Settings) -> None:
    rename(home)
    with Store(home) as store:
        assert store.read_filings(["manager_name"])["manager_name"].to_list() == ["RENAMED"] * 3
        assert store.read_filings(["cik", "manager_name"], Q2.end).height == 1
        assert store.read_filings(["cik"], Q2.next.next.end).is_empty()


def test_a_period_without_filings_has_no_rows(tmp_path: Path) -> None:
    with Store(Settings(tmp_path)) as store:
        assert store.read_filings(["cik", "role"]).columns == ["cik", "role"]
        assert store.read_other_managers().is_empty()


def named(settings: Settings) -> list[str]:
    with Store(settings) as store:
        return store.read_other_managers()["name"].to_list()


def name_others(store: Store, *named_by: int) -> None:
    """Whom the filings with these numbers name."""
    numbers = store.read(JUDGED_FILINGS)["accession_number"]
    chosen = [numbers[number] for number in named_by]
    rows = [
        {"accession_number": number, "role": "included", "position": 1, "name": f"NAMED BY {number[-1]}"}
        for number in chosen
    ]
    store.replace(OTHER_MANAGERS, OTHER_MANAGERS.frame(rows), accession_number=chosen)


def test_other_managers_are_kept_by_period_until_they_change(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(home) as store, store.writing():
        name_others(store, 0, 1)
        both = store.read_other_managers()
        assert both.sort(OTHER_MANAGERS.key).equals(store.read(OTHER_MANAGERS)) and both.height == 2
        name_others(store, 2)
        assert store.read_other_managers().height == 3
        everybody = store.read_other_managers()
        monkeypatch.setattr(Store, "_select", None)  # not a row of SQLite
        assert store.read_other_managers().equals(everybody)
    assert named(home) == everybody["name"].to_list()


def test_other_managers_that_another_program_wrote_are_seen(home: Settings) -> None:
    with Store(home) as store, store.writing():
        name_others(store, 0, 1, 2)
        store.read_other_managers()
    with sqlite3.connect(home.database) as connection:
        connection.execute("update other_managers set name = 'RENAMED'")
    connection.close()
    assert named(home) == ["RENAMED"] * 3
    with Store(home) as store, store.writing():
        assert store.read_other_managers()["name"].to_list() == ["RENAMED"] * 3


def test_other_managers_go_with_their_filing(home: Settings) -> None:
    with Store(home) as store, store.writing():
        name_others(store, 0, 1, 2)
        before = store.read_other_managers()
        filings = store.read(JUDGED_FILINGS)
        store.replace(JUDGED_FILINGS, filings.slice(1))
        gone = filings["accession_number"][0]
        assert store.read_other_managers().equals(before.filter(pl.col("accession_number") != gone))


def test_other_managers_that_are_rolled_back_are_not_kept(home: Settings) -> None:
    with Store(home) as store, store.writing():
        with pytest.raises(ZeroDivisionError), store._transaction():
            name_others(store, 0)
            assert store.read_other_managers().height == 1
            raise ZeroDivisionError
        assert store.read_other_managers().is_empty()
    assert named(home) == []
