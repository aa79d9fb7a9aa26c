"""Data sets fetched from a stand-in for EDGAR that lists irregular names, is late, and misbehaves."""

from __future__ import annotations

import itertools
import re
from datetime import date
from pathlib import Path

import pytest

from tests.data_sets import Line, Report, read_data_set, write
from tests.standin import Standin
from tests.stopped_writes import kill_at
from tracker.errors import NotPublishedError, SourceError
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import datasets, fetch_log
from tracker.sources.datasets import Fetched
from tracker.sources.http import Client, Patience
from tracker.sources.rate_limit import Limiter

pytestmark = pytest.mark.integration

QUARTER, TODAY = Quarter(2025, 3), date(2026, 4, 10)
BEFORE, DEADLINE, AFTER = (f"{name}_form13f.zip" for name in (
    "01jun2025-31aug2025", "01sep2025-30nov2025", "01dec2025-28feb2026"
))  # fmt: skip
OLD = "2023q4_form13f.zip"
PAGE = "www.sec.gov/data-research/sec-markets-data/form-13f-data-sets"
ZIPS = "www.sec.gov/files/structureddata/data/form-13f-data-sets"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", "Ann Example ann@example.org")


@pytest.fixture
def client(settings: Settings, edgar: Standin) -> Client:
    return Client(settings, patience=Patience(3, 2, 0.02, timeout=(2.0, 0.5)), limiter=Limiter(1000))


def publish(edgar: Standin, *names: str, listed: tuple[str, ...] = ()) -> None:
    """Zips of one report each, and the page that names them and `listed`."""
    for number, name in enumerate(names, 1):
        write(edgar.folder / ZIPS / name, [Report(number, [Line("990101107", 100, 10)])])
    page = edgar.folder / PAGE
    page.parent.mkdir(parents=True, exist_ok=True)
    links = "".join(f'<a href="/{ZIPS.partition("/")[2]}/{name}">{name}</a>' for name in (*names, *listed))
    page.write_text(f'<html><body><a href="/other.zip">other</a>{links}</body></html>')


def fetch(client: Client, settings: Settings, quarter: Quarter = QUARTER, today: date = TODAY) -> Fetched:
    return datasets.fetch(client, settings, quarter, today=today)


def test_every_window_that_can_hold_the_period_comes_once(client: Client, settings: Settings, edgar: Standin) -> None:
    publish(edgar, AFTER, OLD, DEADLINE, BEFORE)
    fetched = fetch(client, settings)
    assert [path.name for path in fetched.paths] == [DEADLINE, AFTER]
    assert (fetched.downloaded, fetched.unpublished, fetched.covers_until) == (2, [], date(2026, 2, 28))
    for path in fetched.paths:
        assert path.read_bytes() == (edgar.folder / ZIPS / path.name).read_bytes()
        assert read_data_set(path, QUARTER.end).filings.height == 1
    assert fetched.paths == datasets.on_disk(settings, QUARTER)
    noted = fetch_log.read_sources(settings).filter(source=datasets.SOURCE)
    assert {Path(path).name for path in noted["path"]} == {DEADLINE, AFTER, "listing.html"}

    edgar.behave()
    again = fetch(client, settings)
    assert (again.paths, again.downloaded, again.covers_until) == (fetched.paths, 0, date(2026, 2, 28))
    assert not edgar.requests


def test_older_quarters_take_older_names_and_all_that_was_filed_since(
    client: Client, settings: Settings, edgar: Standin
) -> None:
    publish(edgar, AFTER, OLD, DEADLINE, BEFORE)
    fetched = fetch(client, settings, Quarter(2023, 3))
    assert [path.name for path in fetched.paths] == [OLD, BEFORE, DEADLINE, AFTER]
    assert fetched.covers_until == date(2023, 12, 31)
    assert len(fetched.unpublished) == 6  # 2024-01-01 to 2025-05-31, none of which is listed here


def test_a_window_that_is_not_listed_yet_is_told(client: Client, settings: Settings, edgar: Standin) -> None:
    publish(edgar, DEADLINE, BEFORE)
    fetched = fetch(client, settings)
    assert fetched.covers_until == date(2025, 11, 30)
    (told,) = fetched.unpublished
    assert "2025-12-01 to 2026-02-28" in told and "not published yet" in told
    assert fetch(client, settings, today=date(2026, 2, 28)).unpublished == []


@pytest.mark.parametrize(("today", "words"), [(date(2025, 11, 20), "not over"), (date(2025, 12, 10), "not published")])
def test_without_the_deadlines_window_nothing_is_covered(
    client: Client, settings: Settings, edgar: Standin, today: date, words: str
) -> None:
    publish(edgar, BEFORE)
    fetched = fetch(client, settings, today=today)
    assert (fetched.paths, fetched.downloaded, fetched.covers_until) == ([], 0, None)
    (told,) = fetched.unpublished
    assert "2025-09-01 to 2025-11-30" in told and words in told


def test_a_listed_zip_that_is_not_there_is_not_published_yet(
    client: Client, settings: Settings, edgar: Standin
) -> None:
    publish(edgar, DEADLINE, listed=(AFTER,))
    fetched = fetch(client, settings)
    assert [path.name for path in fetched.paths] == [DEADLINE]
    assert fetched.downloaded == 1 and fetched.covers_until == date(2025, 11, 30)
    assert len(fetched.unpublished) == 1 and "2025-12-01" in fetched.unpublished[0]
    write(edgar.folder / ZIPS / AFTER, [])
    assert fetch(client, settings).covers_until == date(2026, 2, 28)


@pytest.mark.parametrize("act", ["cut", "short", "html", "empty", "reset", "stall", 503, 429])
def test_a_zip_is_whole_or_absent_and_comes_with_the_next_attempt(
    client: Client, settings: Settings, edgar: Standin, act: int | str
) -> None:
    publish(edgar, DEADLINE)
    edgar.misbehave(r"\.zip", act)
    (path,) = fetch(client, settings).paths
    assert path.read_bytes() == (edgar.folder / ZIPS / DEADLINE).read_bytes()
    assert len(edgar.asked(r"\.zip")) == 2


@pytest.mark.parametrize("act", ["cut", "html", 403, 500])
def test_a_zip_that_never_comes_whole_is_an_error_and_the_next_run_fetches_it(
    client: Client, settings: Settings, edgar: Standin, act: int | str
) -> None:
    publish(edgar, DEADLINE)
    edgar.misbehave(r"\.zip", act, always=True)
    with pytest.raises(SourceError) as caught:
        fetch(client, settings)
    assert not isinstance(caught.value, NotPublishedError)
    assert datasets.on_disk(settings, QUARTER) == []
    assert not list(settings.filings.rglob("*.zip"))
    edgar.behave()
    assert fetch(client, settings).downloaded == 1


def test_a_damaged_zip_is_fetched_again_once_it_is_removed(client: Client, settings: Settings, edgar: Standin) -> None:
    publish(edgar, DEADLINE)
    (path,) = fetch(client, settings).paths
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(SourceError, match="remove it and refresh again"):
        read_data_set(path, QUARTER.end)
    path.unlink()
    assert fetch(client, settings).downloaded == 1
    assert read_data_set(path, QUARTER.end).filings.height == 1


def test_what_is_on_disk_counts_though_the_page_no_longer_lists_it(
    client: Client, settings: Settings, edgar: Standin
) -> None:
    publish(edgar, DEADLINE, AFTER)
    fetch(client, settings)
    (settings.filings / "reference" / datasets.SOURCE / "listing.html").unlink()
    publish(edgar, BEFORE)
    assert fetch(client, settings).covers_until == date(2026, 2, 28)


def test_a_window_listed_twice_is_taken_once(client: Client, settings: Settings, edgar: Standin) -> None:
    publish(edgar, DEADLINE, DEADLINE.replace(".zip", "_0.zip"))
    assert [path.name for path in fetch(client, settings).paths] == [DEADLINE]


@pytest.mark.parametrize("page", ["<html><body>moved</body></html>", ""])
def test_a_page_without_data_sets_is_an_error(client: Client, settings: Settings, edgar: Standin, page: str) -> None:
    publish(edgar, DEADLINE)
    (edgar.folder / PAGE).write_text(page)
    with pytest.raises(SourceError, match="no longer links to any form-13f-data-sets file"):
        fetch(client, settings)


FETCH = """
import sys
from datetime import date
from pathlib import Path
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import datasets
from tracker.sources.http import Client
from tracker.sources.rate_limit import Limiter
settings = Settings(Path(sys.argv[1]), "Ann Example ann@example.org")
datasets.fetch(Client(settings, limiter=Limiter(1000)), settings, Quarter(2025, 3), today=date(2026, 4, 10))
"""


def kept(settings: Settings) -> dict[str, bytes]:
    """Every file below `filings/`, without the times in notes."""
    files = {path.relative_to(settings.home).as_posix(): path for path in settings.filings.rglob("*") if path.is_file()}
    return {
        name: re.sub(rb'"fetched_at": "[^"]*"', b"", path.read_bytes())
        if name.endswith(".meta.json")
        else path.read_bytes()
        for name, path in files.items()
    }


@pytest.mark.parametrize("each_step", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_download_that_is_killed_anywhere_is_completed_by_the_next(
    edgar: Standin, tmp_path: Path, each_step: bool
) -> None:
    publish(edgar, DEADLINE)
    whole = Settings(tmp_path / "whole", "Ann Example ann@example.org")
    quick = Client(whole, limiter=Limiter(1000))
    fetch(quick, whole)
    for step in itertools.count():
        home = Settings(tmp_path / str(step), "Ann Example ann@example.org")
        is_killed = kill_at(step, home.filings, FETCH, str(home.home), each_step=each_step)
        assert fetch(quick, home).covers_until == date(2025, 11, 30)
        fetch_log.sweep(home)
        assert kept(home) == kept(whole), step
        if not is_killed:
            break
    assert step > (10 if each_step else 3)


def test_a_zip_without_its_note_is_fetched_again(client: Client, settings: Settings, edgar: Standin) -> None:
    """Earlier versions could be killed between the two."""
    publish(edgar, DEADLINE)
    (path,) = fetch(client, settings).paths
    path.with_name(f"{path.name}.meta.json").unlink()
    assert fetch(client, settings).downloaded == 1
    assert Path(DEADLINE).name in {Path(each).name for each in fetch_log.read_sources(settings)["path"]}
