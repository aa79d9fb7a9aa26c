"""Closes as a portfolio meets them: splits, jumps that may be splits, volumes, the end of a panel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tracker.settings import Settings
from tracker.store import Store
from tracker.strategies.known_prices import PriceArchive
from tracker.strategies.trading_market import Market, final_tickers, last_covered, open_market
from tracker.tables import PRICES, SECURITIES, SPLITS, SplitStatus

FIRST = date(2025, 11, 3)
DAYS = [day for day in (FIRST + timedelta(days=number) for number in range(40)) if day.weekday() < 5]


def panel(
    ticker: str, closes: list[float], changes: list[float | None] | None = None, volume: float = 1000
) -> pl.DataFrame:
    return PRICES.frame(
        {"ticker": ticker, "date": day, "close": close, "pct_change": change, "volume": volume, "source": "file:x"}
        for day, close, change in zip(DAYS, closes, changes or [None] * len(closes), strict=False)
    )


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Market]]:
    with Store(Settings(tmp_path)) as store:

        def opened(
            prices: pl.DataFrame,
            *splits: dict[str, object],
            securities: pl.DataFrame | None = None,
            tickers: list[str] | None = None,
            until: date | None = None,
        ) -> Market:
            store.add_prices(prices)
            rows = [{"source": "detected", "status": SplitStatus.USED.value, **row} for row in splits]
            store.replace(SPLITS, SPLITS.frame(rows))
            archive = PriceArchive(store)
            horizon = last_covered(archive.closes_by_day(FIRST), until)
            named = SECURITIES.frame() if securities is None else securities
            return open_market(archive, named, tickers or sorted(prices["ticker"].unique()), (FIRST, horizon))

        yield opened


def adjusted(market: Market) -> list[float]:
    return [round(value, 4) for value in market.closes.sort("date")["adjusted"]]


def test_a_split_changes_the_count_of_shares_and_not_the_value(opened: Callable[..., Market]) -> None:
    market = opened(panel("A", [10, 12, 6, 7]), {"ticker": "A", "date": DAYS[2], "ratio": 2.0})
    assert adjusted(market) == [5, 6, 6, 7]
    # 1,000 shares a day before the split are 2,000 after it; a day's own volume is not known at its close
    assert market.closes.sort("date")["typical_volume"].to_list() == [None, 2000, 2000, 2000]


@pytest.mark.parametrize(("change", "expected"), [(5.0, [5.7143, 6, 6.3, 7.0]), (None, [6, 6.3, 6.3, 7.0])])
def test_a_jump_that_may_be_a_split_is_the_change_that_is_reported_or_none(
    change: float | None, expected: list[float], opened: Callable[..., Market]
) -> None:
    closes = [120 / 1.05, 120, 6.3, 7] if change else [120, 126, 6.3, 7]
    unclear = {"ticker": "A", "date": DAYS[2], "ratio": None, "status": SplitStatus.UNCLEAR.value}
    market = opened(panel("A", closes, [None, None, change, None]), unclear)
    assert adjusted(market) == expected
    assert market.jumps.rows() == [("A", DAYS[2])]


def test_a_file_of_one_fund_does_not_make_the_panel_longer(opened: Callable[..., Market]) -> None:
    stocks = [panel(name, [10] * 10) for name in "ABC"]
    prices = pl.concat([*stocks, panel("SPY", [10] * 20)])
    assert opened(prices).horizon == DAYS[9]
    assert opened(prices, until=DAYS[4]).horizon == DAYS[4]


def test_a_renamed_stock_goes_on_under_its_last_ticker(opened: Callable[..., Market]) -> None:
    rows = [("OLD", DAYS[0], DAYS[4]), ("NEW", DAYS[5], DAYS[9])]
    securities = SECURITIES.frame(
        {"cusip": "990101107", "ticker": ticker, "first_seen": first, "last_seen": last} for ticker, first, last in rows
    )
    prices = pl.concat([panel("OLD", [10] * 5), panel("NEW", [0] * 5 + [11] * 5).filter(pl.col("close") > 0)])
    market = opened(prices, securities=securities, tickers=["NEW"])
    assert market.closes["ticker"].unique().to_list() == ["NEW"] and market.closes.height == 10
    picks = pl.DataFrame({"ticker": ["OLD", "X", "OLD"], "cusip": ["990101107", None, None]})
    named = final_tickers(picks, market.moves, DAYS[2]).select("ticker", "cusip", "traded_as", "renamed_on")
    moved = ("NEW", DAYS[5])
    assert named.rows() == [("OLD", "990101107", *moved), ("X", None, "X", None), ("OLD", None, *moved)]
    # after the change the old ticker is another company's
    assert final_tickers(picks[2:], market.moves, DAYS[6])["traded_as"].to_list() == ["OLD"]


def test_what_is_quoted_after_the_last_day_has_not_ended(opened: Callable[..., Market]) -> None:
    halted = panel("H", [10.0, 9.0, *[0.0] * 18, 8.0]).filter(pl.col("close") > 0)
    prices = pl.concat([panel("A", [10] * 25), panel("B", [10] * 25), halted])
    assert opened(prices, until=DAYS[15]).ends.is_empty()
