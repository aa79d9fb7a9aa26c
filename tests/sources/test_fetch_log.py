"""What was fetched when."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.stopped_writes import full_disk_at, kill_at
from tracker import files, tables
from tracker.settings import Settings
from tracker.sources import fetch_log


def test_what_is_recorded_is_read_as_sources(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    path = settings.filings / "reference/tickers/list.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"12345")
    assert fetch_log.fetched_at(path) is None
    moment = datetime(2025, 1, 2, 3, 4, 5)
    fetch_log.keep(path, b"12345", source="tickers", url="https://www.sec.gov/x", fetched_at=moment)
    assert fetch_log.fetched_at(path) == datetime(2025, 1, 2, 3, 4, 5)
    assert fetch_log.read_sources(settings).rows() == [
        ("reference/tickers/list.json", "tickers", "https://www.sec.gov/x", datetime(2025, 1, 2, 3, 4, 5), 5)
    ]
    path.unlink()
    assert fetch_log.fetched_at(path) is None
    assert fetch_log.read_sources(settings).equals(tables.SOURCES.frame())


def test_fresh_is_younger_than_the_age_and_not_of_the_future(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"")
    day = timedelta(days=1)
    assert not fetch_log.is_fresh(path, day)
    for ago, fresh in ((timedelta(hours=23), True), (timedelta(hours=25), False), (-day, False)):
        fetch_log.keep(path, b"", source="x", url="x", fetched_at=fetch_log.now() - ago)
        assert fetch_log.is_fresh(path, day) is fresh
    fetch_log._beside(path).write_text("{torn")
    assert not fetch_log.is_fresh(path, day)


OLD, NEW = datetime(2025, 1, 2), datetime(2025, 3, 4)
KEEP = """
import sys
from datetime import datetime
from pathlib import Path
from tracker.sources import fetch_log
fetch_log.keep(Path(sys.argv[1]), b"new", source="x", url="x", fetched_at=datetime(2025, 3, 4))
"""


def _pairs(path: Path) -> tuple[bytes, datetime | None]:
    return path.read_bytes(), fetch_log.fetched_at(path)


@pytest.mark.parametrize("before", ["", "of one size"])
def test_a_note_is_never_of_other_bytes_wherever_its_writer_is_killed(tmp_path: Path, before: str) -> None:
    """Bytes of the same size as those before are not told from them by it."""
    for step in itertools.count():
        path = tmp_path / str(step) / "file"
        if before:
            fetch_log.keep(path, b"old", source="x", url="x", fetched_at=OLD)
        is_killed = kill_at(step, tmp_path, KEEP, str(path))
        if path.exists():
            assert _pairs(path) in [(b"old", OLD), (b"old", None), (b"new", None), (b"new", NEW)]
        else:
            assert not before and fetch_log.fetched_at(path) is None
        if not is_killed:
            assert _pairs(path) == (b"new", NEW)
            break
        files._swept.clear()
        fetch_log.keep(path, b"new", source="x", url="x", fetched_at=NEW)
        assert sorted(each.name for each in path.parent.iterdir()) == ["file", "file.meta.json"]
    assert step > 5


def test_a_full_disk_leaves_what_was_there_or_what_is_fetched_again(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for step in itertools.count():
        fetch_log.keep(path, b"old", source="x", url="x", fetched_at=OLD)
        try:
            with full_disk_at(step, tmp_path):
                fetch_log.keep(path, b"new", source="x", url="x", fetched_at=NEW)
        except OSError:
            assert _pairs(path) in [(b"old", OLD), (b"old", None), (b"new", None)]
            assert not list(tmp_path.glob(".incoming-*"))
        else:
            break
    assert step > 4
    assert _pairs(path) == (b"new", NEW)


def test_a_note_of_other_bytes_than_those_beside_it_states_nothing(tmp_path: Path) -> None:
    path = tmp_path / "filings" / "prices" / "file"
    fetch_log.keep(path, b"whole", source="x", url="x")
    path.write_bytes(b"who")
    assert fetch_log.fetched_at(path) is None
    assert fetch_log.read_sources(Settings(tmp_path)).is_empty()


@pytest.mark.parametrize("stated", ["", ', "bytes": 4'])
def test_notes_of_earlier_versions_are_accepted(tmp_path: Path, stated: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"body")
    note = f'{{"source": "x", "url": "y", "fetched_at": "2025-01-02T03:04:05"{stated}}}'
    path.with_name("file.meta.json").write_text(note)
    assert fetch_log.fetched_at(path) == datetime(2025, 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    "note",
    [
        "[" * 100_000,
        "[]",
        "null",
        '{"source": "x", "url": "y", "fetched_at": "99999-01-01"}',
        '{"source": "x", "url": "y", "fetched_at": "2025-01-02T03:04:05+00:00"}',
        '{"source": "x", "url": "y", "fetched_at": "2025-01-02T03:04:05", "bytes": "4"}',
        '{"source": "x", "url": "y", "fetched_at": 7}',
    ],
)
def test_a_note_of_another_form_states_nothing(tmp_path: Path, note: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"body")
    path.with_name("file.meta.json").write_text(note)
    assert fetch_log.fetched_at(path) is None


def test_what_was_fetched_in_a_time_to_come_is_not_final(tmp_path: Path) -> None:
    """The clock was a year ahead then, and nothing proves that the quarter was over."""
    path, over = tmp_path / "file", fetch_log.now() - timedelta(days=3)
    for fetched, is_final in ((timedelta(days=1), True), (timedelta(days=4), False), (-timedelta(days=365), False)):
        fetch_log.keep(path, b"", source="x", url="x", fetched_at=fetch_log.now() - fetched)
        assert fetch_log.is_final(path, over) is is_final


def test_what_is_discarded_loses_its_note_too(tmp_path: Path) -> None:
    path = tmp_path / "file"
    fetch_log.keep(path, b"", source="x", url="x")
    fetch_log.discard(path)
    fetch_log.discard(path)
    assert list(tmp_path.iterdir()) == []
