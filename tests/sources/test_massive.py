"""Massive's daily bars: a day at a time, as traded, in this package's notation, and the key kept to itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sources.helpers import answered
from tracker.errors import IncompleteError, NotFoundError, SettingError, SourceError
from tracker.progress import Silent
from tracker.settings import Settings
from tracker.sources import fetch_log, massive
from tracker.sources.http import Answer
from tracker.sources.price_request import PriceRequest
from tracker.tables import PRICES

FRIDAY, MONDAY = date(2025, 1, 3), date(2025, 1, 6)
KEY = "secret-key_1"


def bar(ticker: str, close: object = 5.0, day: date = FRIDAY, **more: object) -> dict[str, object]:
    closed = datetime(day.year, day.month, day.day, 21, tzinfo=UTC)  # 16:00 in New York
    return {"T": ticker, "o": 1, "h": 9, "l": 1, "c": close, "v": 1200.5, "t": int(closed.timestamp() * 1000), **more}


def answer(*bars: dict[str, object], **more: object) -> bytes:
    content = {"status": "OK", "adjusted": False, "queryCount": len(bars), "resultsCount": len(bars), "results": bars}
    return json.dumps({**content, **more}).encode()


class Client:
    """Gives the answers one by one, as `http.Client` does."""

    def __init__(self, *answers: bytes | SourceError) -> None:
        self.answers, self.urls, self.headers, self.limiters = list(answers), [], [], []  # type: ignore[var-annotated]

    def ask(self, url: str, *, headers: Any, check: Any, limiter: Any, **more: Any) -> Answer:
        self.urls.append(url)
        self.headers.append(headers)
        self.limiters.append(limiter)
        body = self.answers.pop(0)
        if isinstance(body, SourceError):
            raise body
        check(body)
        return answered(body)


def fetch(folder: Path, client: Client, since: date = FRIDAY, until: date = MONDAY) -> list[Path]:
    return massive.fetch(client, Settings(folder, massive_key=KEY), folder, since, until)  # type: ignore[arg-type]


def read(folder: Path, body: bytes) -> tuple[list[tuple[object, ...]], int]:
    path = folder / f"{FRIDAY}.json"
    path.write_bytes(body)
    prices, left_out = massive.read([path])
    return PRICES.check(prices).select("ticker", "date", "close").rows(), left_out


def test_an_answer_is_read_as_traded_without_market_caps(tmp_path: Path) -> None:
    path = tmp_path / f"{FRIDAY}.json"
    path.write_bytes(answer(bar("DUOT", 5.98), bar("BRK.B", 453.2, vw=1.0)))
    prices, left_out = massive.read([path])
    assert prices.row(0, named=True) == {
        "date": FRIDAY, "ticker": "DUOT", "close": 5.98, "market_cap_usd": None, "volume": 1200.5,
        "pct_change": None, "exchange": None, "name": None, "sector": None, "industry": None, "country": None,
        "is_adjusted": False, "source": "massive",
    }  # fmt: skip
    assert prices["ticker"].to_list() == ["DUOT", "BRK.B"] and left_out == 0


def test_the_vendors_notation_becomes_ours_and_what_is_no_share_is_left_out(tmp_path: Path) -> None:
    """VSATPA is somebody else's ticker: case decides."""
    rows, left_out = read(
        tmp_path,
        answer(*map(bar, ("VSATpA", "ABCp", "VSATPA", "XYZ.WS", "QRSr", "TUVw", "", "  "))),
    )
    assert [row[0] for row in rows] == ["VSAT^A", "ABC^", "VSATPA", "XYZ.WS"]
    assert left_out == 4


def test_bars_without_a_close_and_two_of_one_ticker_are_left_out_and_counted(tmp_path: Path) -> None:
    bars = [bar("GOOD"), bar("ZERO", 0), bar("NONE", None), bar("BOTH", 1), bar("BOTH", 2), bar("LOSS", -1)]
    rows, left_out = read(tmp_path, answer(*bars))
    assert rows == [("GOOD", FRIDAY, 5.0)] and left_out == 5


def test_a_holiday_has_no_bars(tmp_path: Path) -> None:
    body = json.dumps({"status": "OK", "adjusted": False, "queryCount": 0, "resultsCount": 0}).encode()
    assert read(tmp_path, body) == ([], 0)
    assert massive.read([])[0].equals(PRICES.frame())


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty"),
        (b"<html>", "not Massive's answer"),
        (b"[]", "not Massive's answer"),
        (b'{"status": "OK", "resultsCount": 1, "results": [7]}', "not Massive's answer"),
        (answer(bar("A", t=10**30)), "not Massive's answer"),
        (answer(bar("A"), status="NOT_AUTHORIZED"), "status 'NOT_AUTHORIZED'"),
        (answer(bar("A"), adjusted=True), "adjusted for splits"),
        (answer(bar("A"), resultsCount=2), "announces 2 bars and sends 1"),
        (answer(bar("A", day=MONDAY)), "are of 2025-01-06, though 2025-01-03"),
    ],
)
def test_what_is_no_answer_of_the_day_is_refused(tmp_path: Path, body: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read(tmp_path, body)
    with pytest.raises(IncompleteError, match=told):
        fetch(tmp_path / "home", Client(body), until=FRIDAY)
    assert not list((tmp_path / "home").rglob("*.json"))


@pytest.mark.parametrize("change", [{"T": 7}, {"c": "5"}, {"v": []}])
def test_a_bar_of_another_form_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    with pytest.raises(SourceError, match=r"2025-01-03\.json: a bar is not of the documented form"):
        read(tmp_path, answer(bar("A") | change))


def test_each_weekday_is_asked_for_once_with_the_key_in_a_header_alone(tmp_path: Path) -> None:
    client = Client(answer(bar("A")), answer(bar("A", day=MONDAY)))
    paths = fetch(tmp_path, client)
    assert [path.name for path in paths] == ["2025-01-03.json", "2025-01-06.json"]
    assert client.urls == [massive.URL.format(day=day) for day in (FRIDAY, MONDAY)]
    assert client.headers[0] == {"Authorization": f"Bearer {KEY}"}
    assert client.limiters == [massive._LIMITER] * 2
    assert not any(KEY in file.read_text() for file in tmp_path.rglob("*") if file.is_file())
    assert not any(KEY in url for url in client.urls) and KEY not in repr(Settings(tmp_path, massive_key=KEY))
    assert fetch(tmp_path, Client()) == paths  # both days were over when they were fetched


def test_a_day_that_was_not_over_is_asked_for_again(tmp_path: Path) -> None:
    (path,) = fetch(tmp_path, Client(answer(bar("A"))), until=FRIDAY)
    fetch_log.keep(path, path.read_bytes(), source="massive", url="x", fetched_at=datetime(2025, 1, 3, 22))
    client = Client(answer(bar("B")))
    fetch(tmp_path, client, until=FRIDAY)
    assert len(client.urls) == 1 and b'"B"' in path.read_bytes()


def test_a_refusal_names_the_cure_but_not_the_key_and_keeps_what_arrived(tmp_path: Path) -> None:
    refused = SourceError(f"https://api.massive.com/...: {KEY} refused (403)")
    with pytest.raises(SourceError, match="plan reaches back to 2025-01-06; what arrived is kept") as raised:
        fetch(tmp_path, Client(answer(bar("A")), refused))
    assert KEY not in str(raised.value) and (tmp_path / "2025-01-03.json").is_file()


def test_a_key_is_needed_and_a_day_that_is_over(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="set MASSIVE_API_KEY"):
        massive.fetch(Client(), Settings(tmp_path), tmp_path, FRIDAY, FRIDAY)  # type: ignore[arg-type]
    with pytest.raises(SettingError, match="characters that no key has") as raised:
        massive.fetch(Client(), Settings(tmp_path, massive_key="a\nb"), tmp_path, FRIDAY, FRIDAY)  # type: ignore[arg-type]
    assert "a\nb" not in str(raised.value)
    with pytest.raises(NotFoundError, match="no session from 2025-01-04 to 2025-01-05 is over"):
        fetch(tmp_path, Client(), date(2025, 1, 4), date(2025, 1, 5))


def test_a_session_under_way_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(answer(bar("A")))
    monkeypatch.setattr(massive, "Client", lambda *_, **__: client)
    settings, now = Settings(tmp_path, massive_key=KEY), datetime.now(UTC)
    request = PriceRequest(settings, tmp_path, now, MONDAY, True, (), Silent(), until=FRIDAY)
    fetched = massive.fetch_prices(request)
    assert fetched.prices["date"].to_list() == [FRIDAY] and fetched.remark == ""


def test_the_limit_is_that_of_a_free_key() -> None:
    assert massive.REQUESTS_PER_MINUTE == len(massive._LIMITER._slots._slots) == 5
    assert massive._LIMITER._pause >= 60
