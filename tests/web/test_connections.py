"""The site goes on by itself: after a writer that was killed, a file that was replaced, a database that is locked."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.site_client import Get, client
from tracker.web import connections

WRITER = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("pragma cache_size = 1")
database.execute("begin immediate")
database.execute("update positions set name_of_issuer = 'half written'")
os.kill(os.getpid(), signal.SIGKILL)
"""
PAGES = ("/tracker/runs", "/tracker/positions.csv", "/tracker/who_holds?security=QNLR", "/", "/stocks/QNLR")


@pytest.fixture
def own(home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(home, tmp_path, dirs_exist_ok=True))


def kill_a_writer(home: Path) -> Path:
    """Leave the journal that a writer leaves who is killed within a commit."""
    database = home / "db" / "tracker.db"
    writer = subprocess.run([sys.executable, "-c", WRITER, str(database)], check=False)
    journal = Path(f"{database}-journal")
    assert writer.returncode == -signal.SIGKILL and journal.stat().st_size > 0
    assert b"half written" in database.read_bytes()
    return journal


@pytest.mark.parametrize("first", PAGES)
@pytest.mark.parametrize("is_open", [True, False], ids=["open before", "opened after"])
def test_the_site_undoes_what_a_killed_writer_left(
    runner: asyncio.Runner, own: Path, first: str, is_open: bool
) -> None:
    get: Get = client(runner, own)
    if is_open:
        assert get("/tracker/runs").status_code == 200
    journal = kill_a_writer(own)
    for path in (first, *PAGES):
        answer = get(path)
        assert answer.status_code == 200 and "half written" not in answer.text, path
    assert not journal.exists() and b"half written" not in (own / "db" / "tracker.db").read_bytes()


def test_a_living_writer_is_not_disturbed(runner: asyncio.Runner, own: Path) -> None:
    get: Get = client(runner, own)
    assert get("/tracker/runs").status_code == 200
    writer = sqlite3.connect(own / "db" / "tracker.db", isolation_level=None)
    writer.execute("begin immediate")
    writer.execute("update runs set seconds = 4321.5")
    assert get("/tracker/runs").status_code == 200 and "4,321.5" not in get("/tracker/runs").text
    writer.execute("commit")
    writer.close()
    assert "4321.5" in get("/tracker/runs.json").text


def test_a_locked_database_is_said_to_be_busy(
    runner: asyncio.Runner, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "_WAIT_SECONDS", 0.1)
    get: Get = client(runner, own)
    assert get("/tracker/runs").status_code == 200
    writer = sqlite3.connect(own / "db" / "tracker.db", isolation_level=None)
    writer.execute("begin exclusive")
    for path in ("/tracker/managers", "/tracker/managers.json", "/tracker/who_holds?security=QNLR"):
        answer = get(path)
        assert answer.status_code == 503 and "is being written to" in answer.text, path
        assert str(own) not in answer.text
    writer.close()
    assert get("/tracker/managers").status_code == 200


def test_a_database_that_was_replaced_is_the_one_that_is_shown(runner: asyncio.Runner, own: Path) -> None:
    get: Get = client(runner, own)
    assert "7777.5" not in get("/tracker/runs.json").text
    database = own / "db" / "tracker.db"
    shutil.copy(database, own / "copy.db")
    with sqlite3.connect(own / "copy.db") as other:
        other.execute("update runs set seconds = 7777.5")
    other.close()
    (own / "copy.db").replace(database)
    assert "7777.5" in get("/tracker/runs.json").text


def test_a_damaged_database_is_said_to_be_and_comes_back(runner: asyncio.Runner, own: Path) -> None:
    get: Get = client(runner, own)
    database = own / "db" / "tracker.db"
    sound = database.read_bytes()
    database.write_bytes(b"no database at all" * 1000)
    answer = get("/tracker/runs")
    assert answer.status_code == 503 and str(own) not in answer.text
    database.write_bytes(sound)
    assert get("/tracker/runs").status_code == 200
    database.unlink()
    assert get("/tracker/managers").status_code == 503
    database.write_bytes(sound)
    assert get("/tracker/managers").status_code == 200
