"""Shares outstanding from SEC's frames and concepts, and market caps with them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.sources.helpers import answered
from tracker.errors import IncompleteError, SourceError
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import shares_outstanding
from tracker.sources.http import Answer, Client
from tracker.tables import PRICES, SHARES_OUTSTANDING, TICKERS


def entry(end: str, value: float, number: str = "0001-25-1", filed: str | None = None, **more: Any) -> dict[str, Any]:
    return {"end": end, "val": value, "accn": number, **({"filed": filed} if filed else {}), **more}


def concept(folder: Path, *entries: dict[str, Any], cik: int = 1396536) -> Path:
    path = folder / f"CIK{cik:010d}.json"
    path.write_text(json.dumps({"cik": cik, "taxonomy": "dei", "units": {"shares": list(entries)}}))
    return path


def frame(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "2025Q3.json"
    path.write_text(json.dumps({"taxonomy": "dei", "uom": "shares", "data": list(entries)}))
    return path


def test_a_number_is_known_from_its_filing_date_on(tmp_path: Path) -> None:
    path = concept(
        tmp_path,
        entry("2025-05-10", 100, "0001-25-1", "2025-05-14"),
        entry("2025-08-10", 120, "0001-25-2", "2025-08-13"),
    )
    told = SHARES_OUTSTANDING.check(shares_outstanding.read([path]))
    known = {day: shares_outstanding.known_on(told, day)["shares"].to_list() for day in (
        date(2025, 5, 13), date(2025, 5, 14), date(2025, 8, 12), date(2025, 8, 13)
    )}  # fmt: skip
    assert list(known.values()) == [[], [100], [100], [120]]


def test_a_frame_tells_no_filing_date_and_is_never_known_on_a_day(tmp_path: Path) -> None:
    told = shares_outstanding.read([frame(tmp_path, entry("2025-08-10", 120, cik=1, entityName="A", loc="US-FL"))])
    assert told["shares"].to_list() == [120] and told["filed"].to_list() == [None]
    assert shares_outstanding.known_on(told, date(2026, 1, 1)).is_empty()


def test_classes_of_one_report_are_added_up_and_the_same_fact_is_not(tmp_path: Path) -> None:
    paths = [
        concept(tmp_path, entry("2025-08-10", 100, filed="2025-08-13"), entry("2025-08-10", 20, filed="2025-08-13")),
        frame(tmp_path, entry("2025-08-10", 100, cik=1396536)),
    ]
    row = shares_outstanding.read(paths).row(0, named=True)
    assert (row["shares"], row["classes"], row["filed"]) == (120, 2, date(2025, 8, 13))


def test_a_cap_is_filled_in_only_where_one_ticker_has_all_the_shares(tmp_path: Path) -> None:
    told = shares_outstanding.read([frame(tmp_path, *(entry("2025-08-10", 100, cik=cik) for cik in (1, 2, 3)))])
    tickers = TICKERS.frame(
        {"ticker": ticker, "cik": cik} for ticker, cik in (("A", 1), ("A-WT", 1), ("B.A", 2), ("B.B", 2), ("C", 3))
    )
    prices = PRICES.frame(
        {"ticker": ticker, "close": 2.0, "market_cap_usd": cap}
        for ticker, cap in (("A", None), ("B.A", None), ("C", 7.0), ("D", None))
    )
    found = PRICES.check(PRICES.fit(shares_outstanding.market_caps(told, tickers, prices)))
    assert found["market_cap_usd"].to_list() == [200.0, None, 7.0, None]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<html>Request Rate Threshold Exceeded</html>", "HTML page"),
        ("", "empty"),
        ("{}", "neither a frame nor a concept"),
        ('{"data": [{"cik": 1}]}', "neither a frame nor a concept"),
        ('{"data": [', "neither a frame nor a concept"),
    ],
)
def test_what_is_no_answer_is_named(tmp_path: Path, body: str, told: str) -> None:
    path = tmp_path / "2025Q3.json"
    path.write_text(body)
    with pytest.raises(SourceError, match=told):
        shares_outstanding.read([path])


def test_what_is_no_answer_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def ask(self: Client, url: str, *, check: Any, **_: object) -> Answer:
        asked.append(url)
        check(b"<html>")
        return answered(b"")

    monkeypatch.setattr(Client, "ask", ask)
    settings = Settings(tmp_path, "Name name@example.org")
    with pytest.raises(IncompleteError, match="HTML page"):
        shares_outstanding.fetch_frame(Client(settings), tmp_path, Quarter(2025, 3))
    with pytest.raises(IncompleteError, match="HTML page"):
        shares_outstanding.fetch_concept(Client(settings), tmp_path, 1396536)
    assert [url.partition("EntityCommonStockSharesOutstanding")[2] for url in asked] == [
        "/shares/CY2025Q3I.json",
        ".json",
    ]
    assert "CIK0001396536" in asked[1] and not list(tmp_path.rglob("*.json"))
