"""SEC's list of tickers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.sources.helpers import answered
from tracker import tables
from tracker.errors import IncompleteError, SourceError
from tracker.settings import Settings
from tracker.sources import company_tickers, fetch_log, sec_pages
from tracker.sources.http import Answer, Check


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "company_tickers_exchange.json"
    path.write_text(text)
    return path


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    text = """{"fields": ["ticker", "exchange", "cik", "name", "new"], "data": [
        ["DUOT", "Nasdaq", 1396536, "DUOS TECHNOLOGIES GROUP, INC.", 1], ["BRK-B", "NYSE", 1067983, "BERKSHIRE", 1],
        ["XXXX", null, 5, "Nobody", 1], [null, "NYSE", 6, "Without", 1], ["DUOT", "OTC", 7, "Second", 1]]}"""
    frame = company_tickers.read(write(tmp_path, text))
    assert frame.rows() == [
        ("DUOT", 1396536, "DUOS TECHNOLOGIES GROUP, INC.", "Nasdaq"),
        ("BRK-B", 1067983, "BERKSHIRE", "NYSE"),
        ("XXXX", 5, "Nobody", None),
    ]
    assert company_tickers.read([]).equals(tables.TICKERS.frame())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "<html>",
        '{"fields": ["cik"], "data": []}',
        '{"fields": ["cik", "name", "ticker", "exchange"], "data": [[1]]}',
        '{"fields": ["cik", "name", "ticker", "exchange"], "data": [["x", "y", "z", "w"]]}',
    ],
)
def test_a_file_of_another_form_is_an_error_that_names_it(text: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"company_tickers_exchange\.json"):
        company_tickers.read(write(tmp_path, text))


SOUND = b'{"fields": ["cik", "name", "ticker", "exchange"], "data": [[1396536, "DUOS", "DUOT", "Nasdaq"]]}'


class Client:
    """Gives one answer, as `http.Client` does."""

    def __init__(self, body: bytes) -> None:
        self.body, self.asked = body, 0

    def ask(self, url: str, *, check: Check, **_: object) -> Answer:
        self.asked += 1
        check(self.body)
        return answered(self.body)


UNREADABLE = [b"{}", b'{"fields": ["cik", "ticker"], "data": []}', b'{"fields": [], "data": 5}', b"[" * 100_000]
EMPTY = b'{"fields": ["cik", "name", "ticker", "exchange"], "data": []}'


@pytest.mark.parametrize("body", [*UNREADABLE, EMPTY])
def test_a_list_that_cannot_be_read_is_not_kept(tmp_path: Path, body: bytes) -> None:
    settings = Settings(tmp_path)
    with pytest.raises(IncompleteError):
        company_tickers.fetch(Client(body), settings)  # type: ignore[arg-type]
    assert company_tickers.on_disk(settings) == []
    path = sec_pages.folder(settings, company_tickers.SOURCE) / "company_tickers_exchange.json"
    fetch_log.keep(path, SOUND, source="x", url="x", fetched_at=fetch_log.now() - timedelta(days=2))
    with pytest.raises(IncompleteError):
        company_tickers.fetch(Client(body), settings)  # type: ignore[arg-type]
    assert company_tickers.read(path)["ticker"].to_list() == ["DUOT"], "the earlier one stays"


@pytest.mark.parametrize("body", UNREADABLE)
def test_an_unreadable_copy_is_fetched_again_however_young(tmp_path: Path, body: bytes) -> None:
    settings, client = Settings(tmp_path), Client(SOUND)
    path = sec_pages.folder(settings, company_tickers.SOURCE) / "company_tickers_exchange.json"
    fetch_log.keep(path, body, source="x", url="x")
    company_tickers.fetch(client, settings)  # type: ignore[arg-type]
    assert company_tickers.read(path)["ticker"].to_list() == ["DUOT"]
    company_tickers.fetch(client, settings)  # type: ignore[arg-type]
    assert client.asked == 1


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"fields": [], "data": []}', "{}", '{"fields": ["cik"], "data": [["\\ud800"]]}', "<html>"]
)
def test_a_list_that_cannot_be_read_is_neither_kept_nor_taken_for_one(tmp_path: Path, text: str) -> None:
    """Kept, it was refused for the whole day for which it counts as fresh."""
    path = write(tmp_path, text)
    with pytest.raises(SourceError, match="not SEC's list of tickers"):
        company_tickers.read(path)
    with pytest.raises(IncompleteError):
        company_tickers._check(text.encode())
    assert not company_tickers._is_list(path)
