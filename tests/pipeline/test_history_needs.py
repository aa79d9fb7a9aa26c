"""What a history takes is told in bytes, requests, time and room, and what cannot fit is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tracker.errors import SettingError
from tracker.pipeline.history_needs import HistoryNeeds, measure_needs
from tracker.quarters import parse_range
from tracker.settings import Settings
from tracker.sources import datasets

QUARTERS = parse_range("2013Q2..2025Q3")
NEEDS = HistoryNeeds(QUARTERS, 50, 48, 0, 3_400_000_000, 3_500_000_000, 60_000_000_000)


def test_it_says_what_there_is_to_download_how_long_it_takes_and_what_it_fills() -> None:
    said = NEEDS.sentence()
    assert said.startswith("50 quarters, 2013Q2 to 2025Q3: 48 of 50 data sets to download, 3.4 GB in as many requests")
    assert "about 20 minutes of reading and counting" in said
    assert said.endswith("about 16.6 GB more on disk, where 60.0 GB are free")


def test_sizes_that_are_not_stated_are_named() -> None:
    assert "2 of them of a size that SEC does not state" in replace(NEEDS, unlisted=2).sentence()


def test_nothing_to_download_is_said_so() -> None:
    assert "all of 50 data sets are on disk" in replace(NEEDS, downloads=0, download_bytes=0).sentence()


def test_a_disk_that_is_too_small_is_refused_with_a_cure(tmp_path: Path) -> None:
    NEEDS.require_room(tmp_path)
    with pytest.raises(SettingError, match=r"takes about 16.6 GB, .* has 10.0 GB left: .* name fewer quarters"):
        replace(NEEDS, free_bytes=10_000_000_000).require_room(tmp_path)


def test_quarters_that_are_loaded_take_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, quarters = Settings(tmp_path), parse_range("2023Q3..2023Q4")
    folder = settings.filings / "data-sets"
    folder.mkdir(parents=True)
    (folder / "2023q4_form13f.zip").write_bytes(bytes(1000))
    absent = {folder / "01jan2024-29feb2024_form13f.zip": 2000, folder / "01mar2024-31may2024_form13f.zip": None}
    monkeypatch.setattr(datasets, "find_absent", lambda *_: absent)
    needs = measure_needs(settings, quarters, [], object())  # type: ignore[arg-type]
    assert (needs.data_sets, needs.downloads, needs.unlisted) == (3, 2, 1)
    assert needs.data_set_bytes == 3000  # the third has late reports only
    assert measure_needs(settings, quarters, quarters, None).data_set_bytes == 0
