"""What candidates made, as it was kept: it holds as long as what it rests on is the same, and no longer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.strategies import hand_market
from tests.strategies.hand_market import CUSIPS, QUARTERS
from tracker.settings import Settings
from tracker.store import Store
from tracker.strategies import band_growth
from tracker.strategies.band_growth import BandGrowth
from tracker.strategies.kept_growth import Stretch
from tracker.strategies.strategy_plan import Plan
from tracker.strategies.strategy_rules import RULES
from tracker.strategies.strategy_run import Trials
from tracker.tables import DELISTED_STOCKS, PRICES, SECURITIES, SPLITS, DelistedStocksFrame, SplitStatus

Change = Callable[[Store], object]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return hand_market.build(tmp_path / "home")


@pytest.fixture
def grown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The quarters whose growth was found out anew."""
    asked: list[str] = []
    find = band_growth._grow

    def grow(prices: object, moves: pl.DataFrame, stretch: Stretch) -> pl.DataFrame:
        asked.append(str(stretch.quarter))
        return find(prices, moves, stretch)  # type: ignore[arg-type]

    monkeypatch.setattr(band_growth, "_grow", grow)
    return asked


def band(settings: Settings, forms: DelistedStocksFrame | None = None) -> BandGrowth:
    with Store(settings) as store:
        trials = Trials(store, forms)
        run = trials.run("consensus", RULES["consensus"], Plan())
        return BandGrowth(run.growth, run.band, run.cap_weighted_band)


def same(one: BandGrowth, other: BandGrowth) -> bool:
    pairs = ((one.equal, other.equal), (one.by_cap, other.by_cap))
    order = ["quarter", "ticker", "date"]
    return one.growth.sort(order).equals(other.growth.sort(order)) and all(a.daily.equals(b.daily) for a, b in pairs)


def change_a_close(store: Store) -> None:
    rows = hand_market.prices().filter(pl.col("ticker") == "B", pl.col("date") == date(2024, 7, 10))
    store.add_prices(rows.with_columns(pl.col("close") * 2))


def find_a_split(store: Store) -> None:
    split = {"ticker": "B", "date": date(2024, 7, 10), "ratio": 3.0, "status": SplitStatus.USED, "source": "file:hand"}
    store.replace(SPLITS, pl.concat([store.read(SPLITS), SPLITS.frame([split])]))


def rename_a_stock(store: Store) -> None:
    """J was S until the day, whose prices are loaded now."""
    day = date(2024, 7, 10)
    pairs = store.read(SECURITIES)
    is_its = pl.col("cusip") == CUSIPS["J"]
    seen = pl.when(is_its).then(pl.lit(day)).otherwise("first_seen").alias("first_seen")
    former = pairs.filter(is_its).with_columns(ticker=pl.lit("S"), last_seen=pl.lit(date(2024, 7, 9)))
    store.replace(SECURITIES, pl.concat([pairs.with_columns(seen), former]))


@pytest.mark.parametrize("change", [change_a_close, find_a_split, rename_a_stock])
def test_growth_is_found_again_when_something_that_it_rests_on_has_changed(
    settings: Settings, grown: list[str], change: Change
) -> None:
    first = band(settings)
    grown.clear()
    with Store(settings) as store:
        change(store)
    then = band(settings)
    assert "2024Q1" in grown
    shutil.rmtree(settings.db / "prepared")
    anew = band(settings)
    assert same(then, anew)
    assert change is rename_a_stock or not same(first, anew)


def test_growth_is_found_again_when_a_form_shows_an_end_sooner(settings: Settings, grown: list[str]) -> None:
    first = band(settings)
    grown.clear()
    form = {"ticker": "E", "cik": 1, "filing_date": date(2025, 4, 11), "form_type": "25", "accession_number": "1"}
    told = band(settings, DELISTED_STOCKS.frame([form]))
    # E ends within the quarter that 2024Q4's reports are traded in, and no other one
    assert grown == ["2024Q4"]
    shutil.rmtree(settings.db / "prepared")
    assert same(told, band(settings, DELISTED_STOCKS.frame([form]))) and not same(first, told)


def test_nothing_is_found_again_for_the_same_question(settings: Settings, grown: list[str]) -> None:
    first = band(settings)
    assert grown == [str(quarter) for quarter in QUARTERS]
    grown.clear()
    assert same(first, band(settings)) and grown == []


def test_later_prices_leave_all_but_the_last_quarter_as_they_were(settings: Settings, grown: list[str]) -> None:
    band(settings)
    grown.clear()
    newest = hand_market.prices().filter(pl.col("date") == hand_market.LAST)
    with Store(settings) as store:
        store.add_prices(PRICES.fit(newest.with_columns(pl.col("date").dt.offset_by("130d"))))
        later = newest.with_columns(pl.lit(date(2026, 1, 6)).alias("date"))
        store.add_prices(PRICES.fit(later))
    then = band(settings)
    assert "2024Q1" not in grown and "2025Q2" in grown
    shutil.rmtree(settings.db / "prepared")
    assert same(then, band(settings))


def test_questions_of_other_stocks_take_turns_in_few_files(settings: Settings) -> None:
    with Store(settings) as store:
        trials = Trials(store)
        for quarters in range(1, 7):
            trials.run("consensus", RULES["consensus"], Plan(min_quarters=quarters))
    assert 1 <= len(list((settings.db / "prepared").glob("growth-2024Q1-*.parquet"))) <= 2
