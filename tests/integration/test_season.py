"""A season's first refresh of real filings: what counts is fetched, though not everybody is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from tests.standin import Standin
from tracker.pipeline import refresh
from tracker.pipeline.candidates import AskReason
from tracker.pipeline.refresh_run import Summary
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources.http import Client, Patience
from tracker.sources.rate_limit import Limiter
from tracker.store import Store

pytestmark = pytest.mark.integration

Q2, Q3 = Quarter(2025, 2), Quarter(2025, 3)
SEASON = date(2025, 11, 20)
DATA_SET = "01jun2025-31aug2025_form13f.zip"
LEAST = 0.99  # of what counts with every filer asked for


@dataclass(frozen=True)
class Fetched:
    """A refresh of single filings: its summary, the filers fetched, and the hedge funds with positions in `Q3`."""

    summary: Summary
    filers: frozenset[int]
    counted: frozenset[int]


def fetch(home: Path, *, everyone: bool = False) -> Fetched:
    """Refresh `Q3` as on a day of its season, single filings only."""
    settings = Settings(home, "Ann Example ann@example.org")
    client = Client(settings, patience=Patience(pause=0.02), limiter=Limiter(1000))
    managers = "all" if everyone else "hedge-funds"
    summary = refresh.refresh(settings, Q3, source="filings", managers=managers, client=client, today=SEASON)
    with Store(settings) as store:
        counted = store.positions(Q3)["cik"]
    filers = {int(path.name) for path in (home / "filings" / "sec-edgar-filings").iterdir()}
    return Fetched(summary, frozenset(filers), frozenset(counted))


@pytest.fixture(scope="module")
def real(shared: Path) -> Iterator[None]:
    with Standin(shared / "edgar") as standin, pytest.MonkeyPatch.context() as patch:
        for name, value in standin.environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def everyone(real: None, tmp_path_factory: pytest.TempPathFactory) -> Fetched:
    fetched = fetch(tmp_path_factory.mktemp("everyone"), everyone=True)
    assert len(fetched.filers) == 103 and len(fetched.counted) > 40
    assert fetched.summary.candidates is None
    return fetched


def assert_nobody_forgotten(fetched: Fetched, everyone: Fetched) -> None:
    assert not fetched.summary.missing
    assert len(fetched.counted & everyone.counted) >= LEAST * len(everyone.counted)
    candidates = fetched.summary.candidates
    assert candidates is not None
    assert candidates.filers == len(everyone.filers)
    assert fetched.filers == candidates.ciks, "whom the summary states as asked for is who was fetched"
    assert candidates.not_asked == len(everyone.filers - fetched.filers) > 0


def test_in_an_empty_home_everyone_is_asked_for_but_who_is_listed_as_none(everyone: Fetched, tmp_path: Path) -> None:
    fetched = fetch(tmp_path)
    assert_nobody_forgotten(fetched, everyone)
    candidates = fetched.summary.candidates
    assert candidates and candidates.reasons.keys() <= {
        AskReason.LISTED, AskReason.LISTED_OUT, AskReason.RULE, AskReason.NEVER_SEEN,
    }  # fmt: skip
    assert fetched.summary.season is None, "who has yet to file is not known"


def test_with_the_quarter_before_loaded_who_counts_is_fetched_and_fewer_are_asked_for(
    everyone: Fetched, shared: Path, tmp_path: Path
) -> None:
    settings = Settings(tmp_path)
    site = shared / "edgar" / "www.sec.gov" / "files"
    for source, files in (
        ("data-sets", site.rglob(DATA_SET)),
        ("reference/advisers", (site / "investment").rglob("ia*.zip")),
    ):
        (settings.filings / source).mkdir(parents=True)
        for path in files:
            shutil.copy(path, settings.filings / source)
    refresh.refresh(settings, Q2, offline=True)
    fetched = fetch(tmp_path)
    assert_nobody_forgotten(fetched, everyone)
    candidates, season = fetched.summary.candidates, fetched.summary.season
    assert candidates and candidates.reasons[AskReason.NOT_COUNTED] > 0 and candidates.reasons[AskReason.COUNTED] > 0
    assert season and season.complete_quarter == Q2 and season.filed > 40
