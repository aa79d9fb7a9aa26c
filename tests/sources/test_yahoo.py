"""Yahoo through a thin seam: answers as yfinance writes them, adjusted for splits up to today."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import pytest

from tests.sources.helpers import HEADER, HISTORY
from tracker.errors import SettingError, SourceError
from tracker.sources import yahoo
from tracker.tables import DIVIDENDS, PRICES, SPLITS

SINCE = date(2025, 1, 1)


class Answer:
    def __init__(self, text: str) -> None:
        self.text = text

    def to_csv(self) -> str:
        return self.text


def fetched(folder: Path, text: str, ticker: str = "ABC") -> list[Path]:
    return yahoo.fetch(folder, [ticker], SINCE, lambda symbol, since: Answer(text))


def test_closes_and_volumes_are_as_traded(tmp_path: Path) -> None:
    frame = PRICES.check(yahoo.read(fetched(tmp_path, HISTORY)))
    assert frame.select("date", "close", "volume").rows() == [
        (date(2025, 1, 2), 100.0, 1000.0),
        (date(2025, 1, 3), 102.0, 1200.0),
        (date(2025, 1, 6), 52.0, 2800.0),
        (date(2025, 1, 7), 212.0, 800.0),
    ]
    assert set(frame["source"]) == {"yahoo"} and not frame["is_adjusted"].any()


def test_splits_and_dividends_are_told(tmp_path: Path) -> None:
    actions = yahoo.read_actions(fetched(tmp_path, HISTORY))
    splits, dividends = SPLITS.fit(actions.splits), DIVIDENDS.check(actions.dividends)
    assert splits.select("ticker", "date", "ratio").rows() == [
        ("ABC", date(2025, 1, 6), 2.0),
        ("ABC", date(2025, 1, 7), 0.25),
    ]
    assert dividends.select("ticker", "date", "amount_usd").rows() == [("ABC", date(2025, 1, 3), 0.5)]


def test_what_came_is_saved_as_it_came_under_yahoos_name(tmp_path: Path) -> None:
    asked = []

    def ask(symbol: str, since: date) -> Answer:
        asked.append((symbol, since))
        return Answer(HISTORY)

    (path,) = yahoo.fetch(tmp_path, ["BRK.B"], SINCE, ask)
    assert asked == [("BRK-B", SINCE)]
    assert path.read_text() == HISTORY and yahoo.on_disk(tmp_path) == [path]
    assert set(yahoo.read([path])["ticker"]) == {"BRK.B"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<html><body>Will be right back</body></html>", "HTML page"),
        (HEADER, "limited"),
        ("", "unknown or delisted"),
        ("Date,Close,Volume\n2025-01-02,1,1\n", "no Dividends, Stock Splits"),
    ],
)
def test_an_answer_that_is_none_is_named_and_not_kept(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        fetched(tmp_path, text)
    assert yahoo.on_disk(tmp_path) == []


class YFRateLimitError(Exception):
    """Named as yfinance names it."""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (YFRateLimitError("Too Many Requests. Rate limited. Try after a while."), "limits requests .* try again"),
        (OSError("HTTP Error 429: "), "limits requests .* try again"),
        (ValueError("ABC: possibly delisted\nno data"), "did not answer .ValueError: ABC: possibly delisted"),
    ],
)
def test_a_rate_limit_is_named_as_such(tmp_path: Path, error: Exception, told: str) -> None:
    def ask(symbol: str, since: date) -> Answer:
        raise error

    with pytest.raises(SourceError, match=told):
        yahoo.fetch(tmp_path, ["ABC"], SINCE, ask)


def test_without_yfinance_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(SettingError, match=r"pip install '\.\[yahoo\]'"):
        yahoo.fetch(tmp_path, ["ABC"], SINCE)


def test_a_saved_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ABC.csv"
    path.write_text(HISTORY.replace("204.0", "two"))
    with pytest.raises(SourceError, match="fetch it again"):
        yahoo.read([path])
