"""A prepared frame is true as long as its sources are the same, and no longer."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tracker.store import prepared

SCHEMA = {"count": pl.Int64()}


def read(path: Path, digest: str, count: int) -> int:
    made = prepared.frame(path, digest, SCHEMA, lambda: pl.DataFrame({"count": [count]}, schema=SCHEMA))
    return int(made["count"][0])


def test_it_is_made_once_for_each_state_of_its_sources(tmp_path: Path) -> None:
    path = tmp_path / "prepared" / "counts.parquet"
    assert [read(path, "one", 1), read(path, "one", 2), read(path, "two", 3), read(path, "two", 4)] == [1, 1, 3, 3]


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"no parquet at all"])
def test_a_damaged_one_is_made_again(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "counts.parquet"
    path.write_bytes(damage)
    assert (read(path, "one", 1), read(path, "one", 2)) == (1, 1)


def test_one_of_another_shape_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "counts.parquet"
    prepared.frame(path, "one", {"a": pl.String()}, lambda: pl.DataFrame({"a": ["x"]}))
    assert read(path, "one", 5) == 5


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "prepared").write_text("a file where the folder would be")
    assert (read(tmp_path / "prepared" / "counts.parquet", "one", 1)) == 1


def test_nothing_is_kept_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "prepared" / "counts.parquet"
    prepared.frame(path, "one", SCHEMA, lambda: pl.DataFrame(schema=SCHEMA))
    assert not path.parent.exists()


def test_a_file_of_the_same_size_and_time_in_another_place_is_another(tmp_path: Path) -> None:
    path, other = tmp_path / "a.parquet", tmp_path / "b.parquet"
    path.write_bytes(b"one")
    before = prepared.states_of([path])
    other.write_bytes(b"two")
    other.replace(path)
    assert prepared.states_of([path]) != before
    path.unlink()
    assert prepared.states_of([path]) == [("a.parquet",)]
