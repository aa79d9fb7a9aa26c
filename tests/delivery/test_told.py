"""What was told: kept by channel, in one step, and never lost."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tracker import files
from tracker.delivery.told import FILE, Told, channel_name
from tracker.errors import StoreError


def test_what_was_marked_is_not_new_for_that_channel_and_is_for_another(tmp_path: Path) -> None:
    Told.read(tmp_path).mark("print", {"2025Q3": ["a", "b"]})
    told = Told.read(tmp_path)
    assert told.unseen("print", "2025Q3", ["c", "b", "a", "d"]) == ["c", "d"]
    assert told.unseen("mail", "2025Q3", ["a"]) == ["a"]
    assert told.unseen("print", "2025Q4", ["a"]) == ["a"]


def test_a_quarter_without_events_is_remembered_as_watched(tmp_path: Path) -> None:
    assert not Told.read(tmp_path).is_watched("2025Q3")
    Told.read(tmp_path).mark("print", {"2025Q3": []})
    assert Told.read(tmp_path).is_watched("2025Q3") and not Told.read(tmp_path).is_watched("2025Q2")


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    Told.read(tmp_path).mark("print", {"2025Q3": ["a"]})
    written = (tmp_path / FILE).stat().st_mtime_ns
    Told.read(tmp_path).mark("print", {"2025Q3": ["a"]})
    assert (tmp_path / FILE).stat().st_mtime_ns == written


def test_a_write_that_is_cut_off_leaves_the_marks_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Told.read(tmp_path).mark("print", {"2025Q3": ["a"]})

    def fail(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(files, "move_durably", fail)
    with pytest.raises(OSError, match="space"):
        Told.read(tmp_path).mark("print", {"2025Q3": ["b"]})
    assert Told.read(tmp_path).unseen("print", "2025Q3", ["a", "b"]) == ["b"]
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"version": 2, "told": {}}', '{"version": 1}', '{"version": 1, "told": []}',
     '{"version": 1, "told": {"print": {"2025Q3": [1]}}}', '{"version": 1, "told": {"print": ["a"]}}', "[" * 100_000],
)  # fmt: skip
def test_a_damaged_file_is_an_error_that_says_the_cure(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(StoreError, match="move it away"):
        Told.read(tmp_path)


def test_the_file_has_no_address_in_it(tmp_path: Path) -> None:
    name = channel_name("webhook", "https://example.org/s3cret")
    Told.read(tmp_path).mark(name, {"2025Q3": ["a"]})
    text = (tmp_path / FILE).read_text()
    assert "s3cret" not in text and json.loads(text)["told"][name] == {"2025Q3": ["a"]}
    assert name != channel_name("webhook", "https://example.org/other") and channel_name("mail") == "mail"
