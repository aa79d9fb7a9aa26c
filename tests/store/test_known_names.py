"""Names for a shell to complete: bounded, read-only, and none on any error."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tracker.settings import Settings
from tracker.store import known_names


def test_tickers_begin_as_typed_whatever_the_case(market: Settings) -> None:
    expected = [("QNLR", "Quenchlight Robotics Inc"), ("QNLRW", "Quenchlight Robotics Inc Warrant")]
    assert known_names.tickers(market.database, "qn") == known_names.tickers(market.database, "QN") == expected
    assert known_names.tickers(market.database, "NO-SUCH") == known_names.tickers(market.database, "%") == []
    every = [ticker for ticker, _ in known_names.tickers(market.database, "")]
    assert every == sorted(every) and 10 < len(every) <= known_names.MOST


def test_managers_begin_as_typed_by_name_or_cik(market: Settings) -> None:
    named = known_names.managers(market.database, "900000000")
    assert named and all(cik.startswith("900000000") for cik, _ in named)
    cik, name = named[0]
    assert (cik, name) in known_names.managers(market.database, name[:5].lower())
    assert known_names.managers(market.database, "'; DROP TABLE managers; --") == []


def test_quarters_are_the_loaded_ones_the_newest_first(market: Settings) -> None:
    assert known_names.period_ends(market.database) == ["2025-09-30", "2025-06-30"]


def test_sectors_are_those_prepared(market: Settings, tmp_path: Path) -> None:
    assert known_names.sectors(tmp_path) == []
    (tmp_path / "prepared").mkdir()
    (tmp_path / "prepared" / "price_spans.parquet").write_bytes(b"not parquet")
    assert known_names.sectors(tmp_path) == []


@pytest.mark.parametrize("content", [None, b"", b"not a database" * 500])
def test_what_is_no_database_has_no_names_and_stays_as_it_is(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a %?# name" / "tracker.db"
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    assert known_names.tickers(path, "A") == known_names.managers(path, "A") == known_names.period_ends(path) == []
    assert path.exists() == (content is not None) and path.parent.exists() == (content is not None)


def test_a_database_without_the_tables_or_in_use_has_no_names(tmp_path: Path) -> None:
    path = tmp_path / "tracker.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE securities (ticker BLOB)")
        assert known_names.tickers(path, "A") == []
        connection.execute("BEGIN EXCLUSIVE")
        assert known_names.tickers(path, "A") == []
    connection.close()


def test_a_query_that_takes_too_long_ends(tmp_path: Path) -> None:
    path = tmp_path / "tracker.db"
    with sqlite3.connect(path) as connection:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        endless = f"{numbers} SELECT i AS ticker, '' AS name, i AS last_seen FROM n"
        connection.execute(f"CREATE VIEW securities AS {endless}")
    connection.close()
    started = time.monotonic()
    assert known_names.tickers(path, "A") == []
    assert time.monotonic() - started < 60  # it would never end


def test_polars_is_not_loaded() -> None:
    script = "import sys, tracker.store.known_names; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
