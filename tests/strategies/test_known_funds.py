"""Who was a hedge fund on a day, by the rosters and lists of that day."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.strategies import hand_market
from tests.strategies.hand_market import CIKS, FUND_5_KNOWN_ON, QUARTERS
from tracker.errors import SourceError
from tracker.settings import Settings
from tracker.sources import advisers
from tracker.store import Store
from tracker.strategies.known_funds import FundsArchive, KnownFunds
from tracker.strategies.known_reports import ReportsArchive


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return hand_market.build(tmp_path_factory.mktemp("hand") / "home")


def known(settings: Settings, day: date) -> KnownFunds:
    with Store(settings) as store:
        reports = ReportsArchive(store)
        filings = reports.reports(QUARTERS[2], day).filings
        return FundsArchive(store).known_by(day, filings)


def funds(settings: Settings, day: date) -> set[int]:
    return {*known(settings, day).managers.filter(pl.col("is_hedge_fund"))["cik"]}


def test_a_row_of_a_list_counts_from_the_day_on_which_it_was_checked(settings: Settings) -> None:
    assert funds(settings, date(2024, 11, 29)) == {CIKS[fund] for fund in (1, 2, 3, 4)}
    assert funds(settings, FUND_5_KNOWN_ON) == {*CIKS.values()}


def test_a_later_roster_alone_means_todays_funds_and_that_is_told(tmp_path: Path) -> None:
    settings = hand_market.build(tmp_path / "home")
    roster = settings.filings / "reference" / advisers.SOURCE / "ia120125.zip"
    roster.parent.mkdir(parents=True)
    roster.write_bytes(b"")
    told = known(settings, date(2024, 11, 29))
    assert told.looks_ahead == "funds classified with the roster of 2025-12: looks ahead"


def test_a_roster_of_the_day_that_cannot_be_read_stops_the_run(tmp_path: Path) -> None:
    """Without it there would be fewer funds, and the result would look right."""
    settings = hand_market.build(tmp_path / "home")
    for name in ("ia100124.zip", "ia120125.zip"):
        path = settings.filings / "reference" / advisers.SOURCE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    with pytest.raises(SourceError, match=r"delete ia100124\.zip and run `tracker refresh` again"):
        known(settings, date(2024, 11, 29))


def test_a_roster_of_the_day_looks_nowhere_ahead(tmp_path: Path) -> None:
    settings = hand_market.build(tmp_path / "home")
    path = settings.filings / "reference" / advisers.SOURCE / "ia100124.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("roster.csv", "Organization CRD#,Primary Business Name,Any Hedge Funds\n1,NOBODY LLC,Y\n")
    told = known(settings, date(2024, 11, 29))
    assert told.looks_ahead is None
    assert {*told.managers.filter(pl.col("is_hedge_fund"))["cik"]} == {CIKS[fund] for fund in (1, 2, 3, 4)}


def test_a_roster_is_dated_by_its_name() -> None:
    assert advisers.day_of(Path("ia120125-exempt.zip")) == date(2025, 12, 1)
    assert advisers.day_of(Path("ia999925.zip")) is None and advisers.day_of(Path("other.zip")) is None
