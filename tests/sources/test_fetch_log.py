"""What was fetched when."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from tracker import tables
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
