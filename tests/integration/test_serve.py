"""`tracker serve` as a process: its address, its end, a port in use, and a refresh at the same time."""

from __future__ import annotations

import signal
import sqlite3
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.integration.serving import address_of, serving, start
from tracker.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def home(market: Settings) -> Path:
    return market.home


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310
        return str(answer.read().decode())


def test_it_prints_its_address_and_stops_with_ctrl_c(home: Path) -> None:
    process = start(home, "--port", "0")
    address = address_of(process)
    assert "the newest is 2025Q3" in read(address + "/")
    assert "BRACKWATER" in read(address + "/tracker/who_holds?security=QNLR")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_port_in_use_is_an_error_with_its_cure(home: Path) -> None:
    with serving(home) as address:
        process = start(home, "--port", str(urlsplit(address).port))
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert err.startswith(f"error: port {urlsplit(address).port} is in use: ") and err.endswith("--port 0\n")


def test_without_a_database_the_error_names_the_command_to_run(tmp_path: Path) -> None:
    process = start(tmp_path)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "") and err.count("\n") == 1
    assert err.startswith("error: ") and "run `tracker refresh 2025Q3` first" in err
    assert list(tmp_path.iterdir()) == []


def test_a_refresh_at_the_same_time_is_seen_at_once(own_market: Settings) -> None:
    with serving(own_market.home) as address:
        database = sqlite3.connect(own_market.home / "db" / "tracker.db", timeout=5)
        (count,) = database.execute("select count(*) from managers").fetchone()
        assert f"{count} rows in <code>managers" in read(address + "/")
        with database:
            database.execute("delete from managers where cik = (select min(cik) from managers)")
            assert f"{count} rows in <code>managers" in read(
                address + "/"
            )  # a page in the middle of it shows what was before
        assert f"{count - 1} rows in <code>managers" in read(address + "/")
        database.close()
