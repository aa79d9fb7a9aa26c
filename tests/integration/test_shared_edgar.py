"""The real sec-edgar-downloader and the real filings of the shared material, where that is there."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.standin import Standin, peak
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import advisers, company_tickers, fails_to_deliver
from tracker.sources.edgar import Expected, expected, fetch, on_disk
from tracker.sources.http import Client, Patience
from tracker.sources.rate_limit import Limiter

pytestmark = pytest.mark.integration

PERIOD, TODAY = Quarter(2025, 3), date(2026, 11, 20)
JPMORGAN, GOLDMAN_SACHS = 19617, 886982
# Renaissance, Citadel, Two Sigma, and JPMorgan, whose report is an amendment
FEW = {1037389, 1423053, 1179392, JPMORGAN}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", "Ann Example ann@example.org")


@pytest.fixture
def real(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    with Standin(shared / "edgar") as standin:
        for name, value in standin.environment.items():
            monkeypatch.setenv(name, value)
        yield standin


@pytest.fixture
def client(settings: Settings) -> Client:
    return Client(settings, patience=Patience(pause=0.02), limiter=Limiter(1000))


@pytest.fixture
def everyone(client: Client, settings: Settings, real: Standin) -> Expected:
    return expected(client, settings, PERIOD, None, today=TODAY)


def test_the_index_names_what_the_list_of_filings_has_for_the_period(everyone: Expected, shared: Path) -> None:
    with (shared / "edgar/filings.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["period"] == "2025-09-30"]
    assert everyone.filings.height == 103
    assert set(everyone.filings["accession_number"]) == {row["accession"] for row in rows}
    # indexes after 2026Q2 are not there; the refresh goes on and says so
    assert len(everyone.warnings) == 2


def test_an_amendment_of_another_period_is_told_apart(everyone: Expected, real: Standin) -> None:
    amendments = everyone.filings.filter(everyone.filings["form_type"] == "13F-HR/A")
    assert amendments["cik"].to_list() == [JPMORGAN]
    # Goldman Sachs amended its next report in 2026-03
    assert real.asked(f"submissions/CIK{GOLDMAN_SACHS:010d}")


def test_submissions_arrive_byte_for_byte(
    client: Client, settings: Settings, real: Standin, everyone: Expected, shared: Path
) -> None:
    few = everyone.filings.filter(everyone.filings["cik"].is_in(sorted(FEW)))
    fetched = fetch(client, settings, few)
    assert (fetched.downloaded, fetched.missing) == (4, [])
    for number, cik, path in on_disk(settings).iter_rows():
        source = shared / f"edgar/www.sec.gov/Archives/edgar/data/{cik}/{number.replace('-', '')}/{number}.txt"
        assert Path(path).read_bytes() == source.read_bytes()
    assert on_disk(settings).height == 4


def test_the_limit_holds_with_real_sizes(settings: Settings, real: Standin, everyone: Expected) -> None:
    real.behave()
    fetch(Client(settings), settings, everyone.filings.head(20))
    assert len(real.requests) == 20
    assert peak(one.time for one in real.requests) <= 10
    assert on_disk(settings).height == 20


def test_reference_data_can_be_read(client: Client, settings: Settings, real: Standin) -> None:
    assert company_tickers.read(company_tickers.fetch(client, settings)).height > 10_000
    pairs = fails_to_deliver.read(fails_to_deliver.fetch(client, settings, date(2025, 9, 1), date(2025, 10, 31)))
    duot = pairs.filter(pairs["symbol"] == "DUOT")
    assert duot["cusip"].to_list() == ["266042100", "266042209", "266042407"]
    roster = advisers.read(advisers.fetch(client, settings))
    renaissance = roster.filter(roster["ciks"].list.contains(1037389))
    assert renaissance["has_hedge_funds"].to_list() == [True]
