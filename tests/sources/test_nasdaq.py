"""Nasdaq's screener: its real form in small, and what it answers when it does not answer."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.sources.helpers import answered
from tracker.errors import IncompleteError, SourceError
from tracker.sources import nasdaq
from tracker.sources.http import Answer
from tracker.tables import PRICES

ROW = {
    "symbol": "BRK/B ",
    "name": "Berkshire Hathaway Inc. ",
    "lastsale": "$1,498.52",
    "netchange": "1.67",
    "pctchange": "-3.079%",
    "volume": "5142807",
    "marketCap": "50295538.00",
    "country": "United States",
    "ipoyear": "",
    "industry": "",
    "sector": "Finance",
    "url": "/market-activity/stocks/brk/b",
}


def answer(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"data": {"rows": list(rows)}, "message": None, "status": {"rCode": 200}}).encode()


def save(folder: Path, body: bytes, name: str = "nyse", day: str = "2025-01-03") -> Path:
    path = folder / day / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


def test_a_row_is_read_from_its_text(tmp_path: Path) -> None:
    frame = PRICES.check(nasdaq.read([save(tmp_path, answer(ROW))]))
    assert frame.row(0, named=True) == {
        "date": date(2025, 1, 3),
        "ticker": "BRK.B",
        "close": 1498.52,
        "market_cap_usd": 50295538.0,
        "volume": 5142807.0,
        "pct_change": -3.079,
        "exchange": "NYSE",
        "name": "Berkshire Hathaway Inc.",
        "sector": "Finance",
        "industry": None,
        "country": "United States",
        "is_adjusted": False,
        "source": "nasdaq",
    }


@pytest.mark.parametrize("cap", ["0.00", "", "NA", "0"])
def test_no_market_cap_is_null(tmp_path: Path, cap: str) -> None:
    assert nasdaq.read([save(tmp_path, answer(ROW | {"marketCap": cap}))])["market_cap_usd"].to_list() == [None]


def test_rows_without_a_price_are_left_out_and_counted(tmp_path: Path) -> None:
    rows = [ROW] + [ROW | {"symbol": f"X{place}", "lastsale": price} for place, price in enumerate(["NA", "", "$0.00"])]
    screen = nasdaq.read_screen([save(tmp_path, answer(*rows))])
    assert (screen.prices.height, screen.without_price) == (1, 3)


def test_a_ticker_on_two_exchanges_is_taken_once(tmp_path: Path) -> None:
    paths = [save(tmp_path, answer(ROW), name) for name in ("nasdaq", "amex")]
    assert nasdaq.read(paths)["exchange"].to_list() == ["NASDAQ"]


def test_no_answers_give_an_empty_frame() -> None:
    assert PRICES.check(nasdaq.read([])).is_empty()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE html><html>Access denied</html>", "HTML page"),
        (b"", "empty"),
        (b"  \n", "empty"),
        (answer(ROW)[:-20], "cut off or not JSON"),
        (answer(), "no rows"),
        (b'{"data": null, "message": "rate limited", "status": {"rCode": 400}}', "no data.rows: rate limited"),
        (b"[]", "no data.rows"),
        (answer({name: value for name, value in ROW.items() if name != "marketCap"}), "has no marketCap"),
        (answer(ROW | {"lastsale": "five"}), "1 value of close is not a number .*'five'"),
        (answer(ROW | {"volume": 5}), "not text"),
    ],
)
def test_answers_of_another_form(tmp_path: Path, body: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        nasdaq.read([save(tmp_path, body)])


def test_a_folder_without_a_day(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not named after a day"):
        nasdaq.read([save(tmp_path, answer(ROW), day="today")])


class Client:
    """Answers as `http.Client` does, without a network."""

    def __init__(self, body: bytes) -> None:
        self.body, self.asked = body, []

    def ask(self, url: str, *, headers: dict[str, str], check: Any) -> Answer:
        self.asked.append((url, headers["User-Agent"]))
        check(self.body)
        return answered(self.body)


def test_fetch_saves_three_unedited_answers(tmp_path: Path) -> None:
    client = Client(answer(ROW))
    paths = nasdaq.fetch(client, tmp_path, date(2025, 1, 3))  # type: ignore[arg-type]
    folder = tmp_path / "2025-01-03"
    assert paths == [folder / f"{name}.json" for name in ("nasdaq", "nyse", "amex")]
    assert all(path.read_bytes() == client.body for path in paths)
    assert all(agent.startswith("Mozilla/5.0") for _, agent in client.asked)
    assert "exchange=amex" in client.asked[2][0]
    assert nasdaq.read(paths).height == 1


def test_an_html_page_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(IncompleteError, match="HTML page"):
        nasdaq.fetch(Client(b"<html>"), tmp_path, date(2025, 1, 3))  # type: ignore[arg-type]
    assert not list(tmp_path.rglob("*.json"))


def test_recorded_answers(shared: Path) -> None:
    folder = shared / "edgar" / "api.nasdaq.com" / "screener"
    if not folder.is_dir():
        pytest.skip("no recorded answers of the screener")
    screen = nasdaq.read_screen(sorted((folder / "2026-01-05").glob("*.json")))
    prices = PRICES.check(screen.prices)
    assert prices.height > 7000
    caps = dict(prices.select("ticker", "market_cap_usd").iter_rows())
    assert round(caps["DUOT"] / 1e6, 2) == 205.17
    assert round(caps["DERM"] / 1e6, 2) == 193.21
    assert nasdaq.read(sorted(folder.rglob("*.json")))["date"].n_unique() == len(list(folder.iterdir()))
