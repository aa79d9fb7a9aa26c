"""Delistings of the form indexes on disk: each index is read once, and a ticker that was found stays."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tracker.pipeline.keep_delisted import keep_delisted
from tracker.progress import Silent
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import delistings, form_index, sec_pages
from tracker.store import Store
from tracker.store.kept_delistings import kept_delistings

QUARTER = Quarter(2025, 4)


def line(form: str, name: str, cik: int, day: str, number: int) -> str:
    return f"{form:<12}{name:<40}{cik:<12}{day}  edgar/data/{cik}/0001354457-25-{number:06}.txt"


OLD_MILL = line("25-NSE", "OLD MILL BRANDS INC", 1000045, "2025-11-13", 1)
BRIDGE = line("15-12G", "BRIDGE CO", 1000046, "2025-12-01", 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(Settings(tmp_path)) as opened:
        yield opened


def write_index(store: Store, *lines: str, quarter: Quarter = QUARTER) -> Path:
    path = form_index.index_path(store.settings, quarter)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["Form Type  Company Name", "-" * 60, *lines, ""]))
    return path


def write_tickers(store: Store, **ciks: int) -> None:
    folder = sec_pages.folder(store.settings, "tickers")
    folder.mkdir(parents=True, exist_ok=True)
    rows = [[cik, ticker, ticker, "Nasdaq"] for ticker, cik in ciks.items()]
    content = {"fields": ["cik", "name", "ticker", "exchange"], "data": rows}
    (folder / "company_tickers_exchange.json").write_text(json.dumps(content))


def kept(store: Store) -> list[tuple[object, ...]]:
    stocks, _ = kept_delistings(store.settings)
    return stocks.select("cik", "ticker", "form_type", "filing_date").rows()


def test_forms_are_kept_with_the_tickers_that_their_companies_have(store: Store) -> None:
    write_index(store, OLD_MILL, BRIDGE)
    write_tickers(store, OMB=1000045, **{"OMB-WT": 1000045})
    keep_delisted(store, Silent())
    assert kept(store) == [
        (1000045, "OMB", "25-NSE", date(2025, 11, 13)),
        (1000045, "OMB.WT", "25-NSE", date(2025, 11, 13)),
        (1000046, None, "15-12G", date(2025, 12, 1)),
    ]
    assert kept_delistings(store.settings)[1] == [QUARTER]


def test_a_ticker_stays_when_the_list_has_it_no_more(store: Store) -> None:
    """The index of the running quarter grows, and the company has left SEC's list of tickers by then."""
    write_index(store, OLD_MILL)
    write_tickers(store, OMB=1000045)
    keep_delisted(store, Silent())
    write_index(store, OLD_MILL, BRIDGE)
    write_tickers(store, BRG=1000046)
    keep_delisted(store, Silent())
    assert [row[:2] for row in kept(store)] == [(1000045, "OMB"), (1000046, "BRG")]


def test_an_index_is_read_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    path, reads = write_index(store, OLD_MILL), []
    read = delistings.read
    monkeypatch.setattr(delistings, "read", lambda paths, progress: reads.append(paths) or read(paths, progress))
    keep_delisted(store, Silent())
    keep_delisted(store, Silent())
    assert len(reads) == 1
    os.utime(path, (1, 1))
    keep_delisted(store, Silent())
    assert len(reads) == 2


def test_a_damaged_file_counts_as_not_read(store: Store) -> None:
    write_index(store, OLD_MILL)
    keep_delisted(store, Silent())
    (store.settings.db / "delistings" / f"{QUARTER}.parquet").write_bytes(b"PAR1 and then nothing")
    assert kept_delistings(store.settings)[1] == []
    keep_delisted(store, Silent())
    assert kept_delistings(store.settings)[1] == [QUARTER]


def test_an_unreadable_list_of_tickers_is_as_none(store: Store) -> None:
    write_index(store, OLD_MILL)
    write_tickers(store, OMB=1000045)
    next(sec_pages.folder(store.settings, "tickers").glob("*.json")).write_text("<html>")
    keep_delisted(store, Silent())
    assert kept(store) == [(1000045, None, "25-NSE", date(2025, 11, 13))]
