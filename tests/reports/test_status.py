"""What `status` shows of a quarter agrees with what is loaded now, whatever was loaded when it was refreshed."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path

from tests.filings.helpers import A, B
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, put, report
from tracker.output import render
from tracker.pipeline import refresh
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
