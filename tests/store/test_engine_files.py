"""What SQLite knows as Parquet: as it is there, written when it has changed, whole or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.store.helpers import Q3, keep, positions
from tracker.errors import StoreError
from tracker.settings import Settings
from tracker.store import Store
from tracker.store import engine_files as files
from tracker.tables import CUSIP_SPELLINGS, CUSIP_TICKERS, JUDGED_FILINGS, LINES, MANAGERS

FILING = {
    "accession_number": "1",
    "cik": 1,
    "period_of_report": Q3.end,
    "role": "base",
    "filing_date": date(2025, 11, 1),
}
LINE = {"accession_number": "1", "line_number": 1, "cusip": " 990101107", "value": 1.0, "shares": 1.0}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path)
    with Store(settings) as store:
        store.replace(MANAGERS, MANAGERS.frame([{"cik": 1, "family": "ONE", "is_hedge_fund": True}]))
        store.replace(JUDGED_FILINGS, JUDGED_FILINGS.frame([FILING]))
        store.add_lines(Q3.end, LINES.frame([LINE]))
        held = positions({"990101107": 1.0, "990102105": 2.0})
        keep(store, "a", held.with_columns(ticker=pl.Series(["TICK", None], dtype=pl.String)))
    return settings


def read(settings: Settings, table: files.Table) -> pl.DataFrame:
    return pl.read_parquet(files.table_path(settings.db, table))


def test_tables_are_as_they_are_in_the_database(settings: Settings) -> None:
    with Store(settings) as store:
        written = files.write_table_files(store)
        assert {path.stem for path in written} == {table.name for table in files.TABLES}
        assert read(settings, MANAGERS).equals(store.read(MANAGERS))
        assert read(settings, files.COUNTED_FILINGS).equals(files.COUNTED_FILINGS.fit(store.read(JUDGED_FILINGS)))
    assert read(settings, CUSIP_SPELLINGS).rows() == [(" 990101107", "990101107")]
    assert read(settings, CUSIP_TICKERS).rows() == [(Q3.end, "990101107", "TICK")]


def test_what_has_not_changed_is_not_written_again(settings: Settings) -> None:
    with Store(settings) as store:
        files.write_table_files(store)
        assert files.write_table_files(store) == []
        store.replace(MANAGERS, MANAGERS.frame([{"cik": 1, "family": "TWO", "is_hedge_fund": True}]))
        names = {path.stem for path in files.write_table_files(store)}
        assert "managers" in names and names.isdisjoint({"cusip_spellings", "cusip_tickers"})
        assert read(settings, MANAGERS)["family"].to_list() == ["TWO"]
        store.add_lines(Q3.end, LINES.frame([{**LINE, "cusip": "g7997r103"}]))
        assert {path.stem for path in files.write_table_files(store)} == {"cusip_spellings"}
    assert ("g7997r103", "G7997R103") in read(settings, CUSIP_SPELLINGS).rows()


def test_a_damaged_file_is_written_again(settings: Settings) -> None:
    with Store(settings) as store:
        files.write_table_files(store)
        path = files.table_path(settings.db, MANAGERS)
        path.write_bytes(b"PAR1 but no more")
        assert files.write_table_files(store) == [path]


def test_tickers_come_from_the_database_if_what_was_counted_is_gone(settings: Settings) -> None:
    for path in (settings.db / "positions").rglob("*.parquet"):
        path.unlink()
    with Store(settings) as store:
        files.write_table_files(store)
    assert read(settings, CUSIP_TICKERS).rows() == [(Q3.end, "990101107", "TICK")]


def test_a_folder_that_cannot_be_written_is_named(settings: Settings) -> None:
    (settings.db / "tables").write_text("a file")
    with Store(settings) as store, pytest.raises(StoreError, match="cannot be written"):
        files.write_table_files(store)
