"""Known results on a year of real closes: see ../shared/README.md."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from tests.homes import Closes
from tests.prices.helpers import detect_splits, returns
from tracker.prices.selection import latest
from tracker.sources import price_files
from tracker.tables import PRICES, RETURNS, SPLITS

BASE, END, CAP_DAY = date(2025, 1, 3), date(2025, 12, 31), date(2026, 1, 5)


@pytest.fixture(scope="module")
def prices(closes: Closes) -> pl.DataFrame:
    return price_files.read(closes.path)


@pytest.fixture(scope="module")
def year(prices: pl.DataFrame) -> dict[str, dict[str, object]]:
    found = RETURNS.check(returns(prices, BASE, END))
    return {row["ticker"]: row for row in found.iter_rows(named=True)}


def test_the_file_is_read_whole(prices: pl.DataFrame, closes: Closes) -> None:
    rows = 2_157_704 if closes.is_whole else pl.read_parquet(closes.path).height
    assert PRICES.check(prices).height == rows
    assert set(prices["exchange"].unique()) == {"NASDAQ", "NYSE", "AMEX"}


def test_the_published_returns(prices: pl.DataFrame, year: dict[str, dict[str, object]]) -> None:
    assert year["DUOT"]["return_pct"] == pytest.approx(49.20, abs=0.005)
    assert year["DERM"]["return_pct"] == pytest.approx(80.99, abs=0.005)
    true_year = dict(returns(prices, date(2024, 12, 31), END).select("ticker", "return_pct").iter_rows())
    assert true_year["DUOT"] == pytest.approx(88.13, abs=0.005)
    assert true_year["DERM"] == pytest.approx(97.19, abs=0.005)


def test_the_market_caps(prices: pl.DataFrame) -> None:
    caps = dict(latest(prices, CAP_DAY).select("ticker", "market_cap_usd").iter_rows())
    assert (round(caps["DUOT"] / 1e6, 2), round(caps["DERM"] / 1e6, 2)) == (205.17, 193.21)


@pytest.mark.parametrize(
    ("ticker", "old_for_new"),
    [("TNXP", 100), ("XTIA", 250), ("AMRN", 20), ("SENS", 20), ("VOR", 20), ("ASRT", 15), ("MKTW", 20), ("SCLX", 35)],
)
def test_reverse_splits_are_no_gains(year: dict[str, dict[str, object]], ticker: str, old_for_new: int) -> None:
    assert year[ticker]["split_ratio"] == pytest.approx(1 / old_for_new)
    assert year[ticker]["return_pct"] < 33  # type: ignore[operator]


@pytest.mark.parametrize(
    ("ticker", "day", "ratio"),
    [
        ("NFLX", date(2025, 11, 17), 10.0),
        ("ORLY", date(2025, 6, 10), 15.0),
        ("NOW", date(2025, 12, 18), 5.0),
        ("IBKR", date(2025, 6, 18), 4.0),
        ("APG", date(2025, 7, 1), 1.5),
        ("SEZL", date(2025, 3, 31), 6.0),  # on a day whose previous session is missing
        ("RAPT", date(2025, 6, 17), 1 / 8),  # likewise
        ("WKHS", date(2025, 3, 18), 1 / 12.5),
        ("LSBK", date(2025, 7, 21), 1.3549),
        ("ACET", date(2025, 12, 30), 1 / 16),
    ],
)
def test_known_splits_are_found(prices: pl.DataFrame, ticker: str, day: date, ratio: float) -> None:
    found = detect_splits(prices.filter(pl.col("date").is_between(date(2025, 1, 1), date(2026, 1, 31))))
    row = SPLITS.check(found).filter(pl.col("ticker") == ticker, pl.col("date") == day)
    assert row["ratio"].to_list() == [pytest.approx(ratio, rel=1e-3)]


def test_few_rows_are_held_back(year: dict[str, dict[str, object]]) -> None:
    held = [ticker for ticker, row in year.items() if row["held_back"] and "no close" not in str(row["held_back"])]
    assert len(held) < 50
    assert {"RGC", "FAT", "WW", "WOLF", "SQNS"} <= set(held)
