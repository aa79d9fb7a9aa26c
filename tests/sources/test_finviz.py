"""Finviz exports: columns by name, millions, empty cells, and what is no export."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.homes import Closes
from tests.prices.helpers import detect_splits, returns
from tests.sources.helpers import answered
from tracker.errors import IncompleteError, InputError, SettingError, SourceError
from tracker.settings import Settings
from tracker.sources import finviz, price_files
from tracker.sources.http import Answer
from tracker.tables import PRICES

DAY = date(2025, 8, 20)
EXPORT = (
    '"No.","Ticker","Company","Sector","Industry","Country","Market Cap","Performance (YTD)",'
    '"Volume","Price","Change"\n'
    '1,"DUOT","Duos Technologies Group Inc","Technology","Software","USA",116.49,-2.83%,5355,6.00,-0.24%\n'
    '2,"BRK-B","Berkshire, Inc","Financial","Insurance","USA",1034567.89,,0,480.10,0.00%\n'
    '3,"AAA","An ETF","Financial","Exchange Traded Fund","USA",,1.2%,,25.01,\n'
    '4,"ZZZ","No price Inc","Energy","Oil","USA",12.0,,,,\n'
)


class Client:
    """Gives one answer, as `http.Client` does."""

    def __init__(self, body: bytes | SourceError) -> None:
        self.body, self.urls = body, []  # type: ignore[var-annotated]

    def ask(self, url: str, *, check: Any) -> Answer:
        self.urls.append(url)
        if isinstance(self.body, SourceError):
            raise self.body
        check(self.body)
        return answered(self.body)


def write(folder: Path, text: str) -> Path:
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_export_is_read_by_name_in_dollars(tmp_path: Path) -> None:
    frame = PRICES.check(finviz.read(write(tmp_path, EXPORT), DAY))
    assert frame.filter(ticker="DUOT").row(0, named=True) == {
        "date": DAY, "ticker": "DUOT", "close": 6.0, "market_cap_usd": pytest.approx(116.49e6), "volume": 5355.0,
        "pct_change": -0.24, "exchange": None, "name": "Duos Technologies Group Inc", "sector": "Technology",
        "industry": "Software", "country": "USA", "is_adjusted": False, "source": "finviz",
    }  # fmt: skip
    assert frame["ticker"].to_list() == ["DUOT", "BRK.B", "AAA"]
    assert frame.filter(ticker="AAA").select("market_cap_usd", "volume", "pct_change").row(0) == (None, None, None)


def test_the_order_of_columns_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeffPrice,Market Cap,Ticker\n6.00,116.49,DUOT\n")
    assert finviz.read(path, DAY).select("ticker", "close", "market_cap_usd").rows() == [
        ("DUOT", 6.0, pytest.approx(116.49e6))
    ]


@pytest.mark.parametrize("column", ["Ticker", "Price", "Market Cap"])
def test_a_missing_column_is_named_with_the_cure(tmp_path: Path, column: str) -> None:
    with pytest.raises(InputError, match=f"no column '{column}'|has no Ticker"):
        finviz.read(write(tmp_path, EXPORT.replace(f'"{column}"', '"Other"')), DAY)


@pytest.mark.parametrize(("text", "told"), [("<!DOCTYPE html><html>", "HTML page"), ("", "empty"), ("a,b\n", "Ticker")])
def test_what_is_no_export_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        finviz.read(write(tmp_path, text), DAY)


def test_a_value_that_is_no_number_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"1 value of market_cap_usd is not a number .DUOT: '116.49M'."):
        finviz.read(write(tmp_path, EXPORT.replace("116.49", "116.49M")), DAY)


def test_an_export_is_told_from_other_price_files(tmp_path: Path) -> None:
    assert finviz.is_export(write(tmp_path, EXPORT))
    assert not finviz.is_export(write(tmp_path, "Date,Ticker,Price,Market Cap\n"))
    assert not finviz.is_export(write(tmp_path, "date,symbol,close\n"))
    assert not finviz.is_export(tmp_path / "none.csv")


def test_fetching_needs_a_token_and_keeps_it_to_itself(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="FINVIZ_TOKEN"):
        finviz.fetch(Client(b""), Settings(tmp_path), tmp_path, DAY)  # type: ignore[arg-type]
    client = Client(EXPORT.encode())
    settings = Settings(tmp_path, finviz_token="secret/1")
    path = finviz.fetch(client, settings, tmp_path, DAY)  # type: ignore[arg-type]
    assert client.urls[0].endswith("&auth=secret%2F1") and "c=1%2C2" in client.urls[0]
    kept = [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    assert path.read_text() == EXPORT and not any("secret" in text for text in kept)
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"<html>Log in</html>", "HTML page"),
        (b"", "empty"),
        (SourceError("https://x/?auth=secret%2F1: the server answers 429 (6 attempts)"), "429 .*limits exports"),
    ],
)
def test_what_finviz_answers_instead_is_named_without_the_token(
    tmp_path: Path, answer: bytes | SourceError, told: str
) -> None:
    with pytest.raises((SourceError, IncompleteError), match=told) as raised:
        finviz.fetch(Client(answer), Settings(tmp_path, finviz_token="secret/1"), tmp_path, DAY)  # type: ignore[arg-type]
    assert "secret" not in str(raised.value)


def test_our_returns_against_finvizs_own_column(shared: Path, closes: Closes) -> None:
    """Its month is from the close of 2025-07-22: 21 sessions before the export's prices."""
    folder = shared / "market"
    if not (folder / "finviz_export_2025-08-20.csv").is_file():
        pytest.skip("no export")
    prices = price_files.read(closes.path).filter(pl.col("date").is_between(date(2025, 7, 1), date(2025, 9, 5)))
    theirs = finviz.read_performance(folder / "finviz_export_2025-08-20.csv", "month")
    ours = returns(prices, date(2025, 7, 22), DAY).join(theirs, on="ticker", validate="1:1")
    both = ours.filter(pl.col("return_pct").is_not_null(), pl.col("finviz_pct").is_not_null())
    off = (both["return_pct"] - both["finviz_pct"]).abs()
    median = off.median()
    assert isinstance(median, float) and detect_splits(prices).height > 10
    print(f"month to 2025-08-20: {both.height:,} names, median difference to Finviz {median:.4f} points")
    assert both.height > (5000 if closes.is_whole else 500) and median < 0.05
