"""What is known of the filers before anything is asked; what it downloads is in `integration/test_refresh.py`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from tests.data_sets import Report, write
from tests.filings.helpers import A
from tests.pipeline.helpers import Q2, Q3, put, report
from tests.sources.helpers import Notes
from tracker.pipeline import refresh
from tracker.pipeline.candidates import AskReason
from tracker.pipeline.known_filers import choose_candidates
from tracker.pipeline.refresh_run import Refresh, Summary
from tracker.settings import Settings
from tracker.sources.expected_submissions import FILERS
from tracker.sources.http import Client
from tracker.store import Store

LOADED, IN_DATA_SET, NEW = 9_000_000_001, 9_000_000_002, 9_000_000_003
STRANGERS = pl.DataFrame([(cik, f"FILER {cik}", True) for cik in (LOADED, IN_DATA_SET, NEW)], FILERS, orient="row")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """One stranger is loaded, the cover page of another is in a data set that was never loaded."""
    settings = put(tmp_path, report(1, LOADED, {A: 1}, Q2))
    refresh.refresh(settings, Q2, offline=True)
    name = "01jun2025-31aug2025_form13f.zip"
    write(settings.filings / "data-sets" / name, [Report(2, cik=IN_DATA_SET, period=Q2.end)])
    return settings


@contextmanager
def refresh_of(settings: Settings, notes: Notes) -> Iterator[Refresh]:
    with Store(settings) as store:
        summary = Summary(Q3, "hedge-funds")
        yield Refresh(store, Q3, Client(settings), date(2025, 11, 20), notes, summary, "filings")


def test_who_is_loaded_or_has_a_cover_page_on_disk_is_known(settings: Settings) -> None:
    notes = Notes()
    with refresh_of(settings, notes) as run:
        candidates = choose_candidates(run, STRANGERS)
    assert candidates.ciks == {NEW}
    assert candidates.reasons == {AskReason.NEVER_SEEN: 1, AskReason.NOT_COUNTED: 2}
    assert notes.told == []


def test_a_users_choice_is_asked_for(settings: Settings) -> None:
    (settings.home / "funds.csv").write_text(f"cik,name\n{LOADED},Loaded\n")
    with refresh_of(settings, Notes()) as run:
        assert choose_candidates(run, STRANGERS).ciks == {LOADED, NEW}


def test_a_damaged_data_set_is_noted_and_who_is_in_it_is_asked_for(settings: Settings) -> None:
    (path,) = (settings.filings / "data-sets").iterdir()
    path.write_bytes(path.read_bytes()[:-40])
    notes = Notes()
    with refresh_of(settings, notes) as run:
        assert choose_candidates(run, STRANGERS).ciks == {IN_DATA_SET, NEW}
    assert any(note.startswith(f"note: the cover pages of {path.name} are left out: ") for note in notes.told)
