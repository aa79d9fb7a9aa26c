"""`tracker prices fetch --source massive`, against the stand-in."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.helpers import World, run
from tests.standin import Standin
from tracker.prices import calendar
from tracker.settings import Settings
from tracker.store import Store

pytestmark = pytest.mark.integration
KEY = "key-that-nobody-sees"
PATH = "api.massive.com/v2/aggs/grouped/locale/us/market/stocks"


@pytest.fixture
def day(world: World, edgar: Standin, monkeypatch: pytest.MonkeyPatch) -> date:
    """The last session that is over, for which the stand-in has an answer."""
    monkeypatch.setenv("MASSIVE_API_KEY", KEY)
    now = datetime.now(UTC)
    day = calendar.trading_day(now)
    if calendar.is_under_way(now):
        day = calendar.trading_day(now - timedelta(days=1))
    closed = int(datetime(day.year, day.month, day.day, 21, tzinfo=UTC).timestamp() * 1000)
    bars = [{"T": "DUOT", "c": 5.98, "v": 1200, "t": closed}, {"T": "VSATpA", "c": 25, "v": 10, "t": closed}]
    answer = {"status": "OK", "adjusted": False, "resultsCount": 2, "results": bars}
    file = edgar.folder / PATH / day.isoformat()
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(answer))
    return day


def test_a_day_is_stored_and_the_key_is_nowhere(day: date, edgar: Standin, tmp_path: Path) -> None:
    home = tmp_path / "home"
    result = run(home, "prices", "fetch", "--source", "massive")
    assert result.exit_code == 0
    assert f"2 prices of 2 tickers, {day} to {day}: 2 new or corrected" in result.stdout
    with Store(Settings(home)) as store:
        prices = store.prices().select("ticker", "close", "market_cap_usd", "source").collect()
    assert sorted(prices.rows()) == [("DUOT", 5.98, None, "massive"), ("VSAT^A", 25.0, None, "massive")]
    assert [request.path for request in edgar.asked("massive")] == [f"/{PATH.partition('/')[2]}/{day}"]
    kept = [file.read_bytes() for file in home.rglob("*") if file.is_file()]
    assert kept and not any(KEY.encode() in body for body in kept) and KEY not in result.output


def test_a_refusal_is_one_line_with_the_cure_and_without_the_key(day: date, edgar: Standin, tmp_path: Path) -> None:
    edgar.misbehave("massive", 403, always=True)
    result = run(tmp_path / "home", "prices", "fetch", "--source", "massive")
    said = f"{result.output}{result.exception}"
    assert result.exit_code != 0 and f"a key whose plan reaches back to {day}" in said and KEY not in said
    assert len(edgar.asked("massive")) == 1
