"""The cache is shared and bounded, and nothing that a process answers from is taken away."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from tracker.cloud.bucket import Bucket
from tracker.cloud.manifest import ManifestFile
from tracker.cloud.object_cache import COMPLETE, have_object, hold_version, is_cached, link_object, trim


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    return Bucket(f"file://{tmp_path / 'bucket'}")


def stored(bucket: Bucket, data: bytes) -> ManifestFile:
    file = ManifestFile("db/x", len(data), hashlib.sha256(data).hexdigest(), 10**18, 1)
    bucket.write(file.object_name, data)
    return file


def test_the_longest_unused_objects_go_first_and_none_that_a_home_has(bucket: Bucket, tmp_path: Path) -> None:
    files = [stored(bucket, bytes([number]) * 100) for number in range(4)]
    paths = [have_object(bucket, file) for file in files]
    versions = tmp_path / "cache" / "homes" / "a"
    link_object(paths[0], versions / "v" / "db" / "x")
    for path in paths[:3]:
        os.utime(path, ns=(10**18, 10**18))
    have_object(bucket, files[1])  # used again
    trim(versions, versions / "v", most_bytes=300)
    assert [is_cached(file) for file in files] == [True, True, False, True]
    trim(versions, versions / "v", most_bytes=0)
    assert [is_cached(file) for file in files] == [True, False, False, False]


def test_an_object_is_fetched_once(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    file = stored(bucket, b"bytes")
    path = have_object(bucket, file)
    monkeypatch.setattr(Bucket, "download", None)
    assert have_object(bucket, file) == path
    assert path.read_bytes() == b"bytes" and path.stat().st_mtime_ns == file.mtime_ns


def test_an_old_version_goes_unless_a_process_answers_from_it(tmp_path: Path) -> None:
    versions = tmp_path / "homes" / "a"
    long_ago = time.time() - 3 * 86_400
    for name in ("current", "held", "old", "young"):
        (versions / name).mkdir(parents=True)
        (versions / name / COMPLETE).touch()
    held = hold_version(versions / "held")
    for name in ("current", "held", "old"):
        os.utime(versions / name / COMPLETE, (long_ago, long_ago))
    trim(versions, versions / "current")
    assert sorted(path.name for path in versions.iterdir()) == ["current", "held", "young"]
    os.close(held)
    trim(versions, versions / "current")
    assert sorted(path.name for path in versions.iterdir()) == ["current", "young"]
