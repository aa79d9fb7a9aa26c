"""SEC's list of tickers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker import tables
from tracker.errors import IncompleteError, SourceError
from tracker.sources import company_tickers


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
