"""What `status` shows of a quarter agrees with what is loaded now, whatever was loaded when it was refreshed."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from datetime import date
from pathlib import Path

import pytest

from tests.filings.helpers import A, B
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, put, report
from tracker.output import render
from tracker.pipeline import refresh
from tracker.reports import loaded_quarters
from tracker.reports.status import status
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import RUNS


def rows(settings: Settings) -> dict[str, tuple[int | None, str]]:
    answer = status(settings, date(2026, 1, 1))
    return {row["what"]: (row["value"], row["detail"]) for row in answer.rows}


def test_tickers_that_came_with_a_later_refresh_are_counted(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 1, B: 2}, Q2), report(2, RENAISSANCE, {A: 1}))
    refresh.refresh(settings, Q2, offline=True)
    assert "2 securities, 0 with a ticker" in rows(settings)["quarter 2025Q2"][1]
    folder = settings.filings / "reference" / "fails-to-deliver"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "cnsfails202509a.zip", "w") as archive:
        head = "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n"
        lines = "".join(f"20250910|{cusip}|{symbol}|1|A|.\n" for cusip, symbol in ((A, "AAAA"), (B, "BBBB")))
        archive.writestr("cnsfails202509a.txt", head + lines + "Trailer record count 2\n")
    refresh.refresh(settings, Q3, offline=True)
    shown = rows(settings)
    with Store(settings) as store:
        assert store.read(RUNS).filter(period_of_report=Q2.end)["mapped"].to_list() == [0], "as it was then"
    assert "1 hedge fund with 2 securities, 2 with a ticker" in shown["quarter 2025Q2"][1]
    assert shown["coverage 2025Q2"][0] == 2


def test_who_has_not_filed_is_in_a_line_and_by_name_in_json(tmp_path: Path) -> None:
    settings = put(
        tmp_path, report(1, RENAISSANCE, {A: 1}, Q2), report(2, CITADEL, {A: 2}, Q2), report(3, CITADEL, {A: 1})
    )
    refresh.refresh(settings, Q2, offline=True)
    assert rows(settings)["season 2025Q2"] == (
        None, "who has yet to file is not known: no complete quarter before 2025Q2 is loaded"
    )  # fmt: skip
    summary = refresh.refresh(settings, Q3, offline=True)
    value, detail = rows(settings)["season 2025Q3"]
    assert value == 1
    assert detail.startswith("2 hedge-fund families known from 2025Q2: 1 filed for 2025Q3, 1 not yet; 0 new.")
    assert summary.season is not None and summary.season.sentence() == detail
    season = json.loads(render(status(settings, date(2026, 1, 1)), "json"))["season"]
    assert (season["known"], season["filed"], season["not_yet_filed"]) == (2, 1, 1)
    assert [row["value_usd"] for row in season["awaited"]] == [10]


def test_figures_are_kept_until_something_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 1, B: 2}, Q2), report(2, RENAISSANCE, {A: 1}))
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    first = status(settings, date(2026, 1, 1))
    with monkeypatch.context() as patched:
        patched.setattr(loaded_quarters, "count_loaded", None)  # nothing is counted again
        again = status(settings, date(2026, 1, 1))
    assert (again.rows, again.facts) == (first.rows, first.facts)
    with sqlite3.connect(settings.database) as connection:  # another program
        connection.execute("update filings set line_count = 7 where period_of_report = ?", [str(Q2.end)])
    connection.close()
    assert "1 manager, 7 lines" in rows(settings)["quarter 2025Q2"][1]


def test_figures_are_not_kept_where_the_database_does_not_say_that_it_was_written_to(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 1}))
    refresh.refresh(settings, Q3, offline=True)
    connection = sqlite3.connect(settings.database)
    connection.execute("PRAGMA journal_mode = wal")
    assert "1 manager, 1 line;" in rows(settings)["quarter 2025Q3"][1]
    with connection:
        connection.execute("update filings set line_count = 7")
    assert "1 manager, 7 lines" in rows(settings)["quarter 2025Q3"][1]
    connection.close()


def test_filings_of_a_quarter_that_was_not_refreshed_are_told_apart(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 1}, Q2), report(2, RENAISSANCE, {A: 1}))
    refresh.refresh(settings, Q3, offline=True)
    shown = rows(settings)
    assert shown["filings of other periods"][0] == 1 and "quarter 2025Q2" not in shown
