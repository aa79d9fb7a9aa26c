"""A manifest is read as if a stranger had written it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tracker.cloud.manifest import Manifest, ManifestFile, digest_of, is_path, read_manifest, write_manifest
from tracker.cloud.pull import pull
from tracker.errors import StoreError
from tracker.settings import Settings
from tracker.store import VERSION

DIGEST, OTHER = "0" * 64, "1" * 64
DATABASE = {"path": "db/tracker.db", "bytes": 1, "sha256": DIGEST, "mtime_ns": 1, "inode": 1}


def facts(**changed: Any) -> dict[str, Any]:
    whole = {"format": 1, "schema": VERSION, "made_by": "tracker", "pushed_at": "2026", "replaced": []}
    return {**whole, "files": [DATABASE], **changed}


def with_file(**changed: Any) -> dict[str, Any]:
    return facts(
        files=[DATABASE, {**DATABASE, "path": "db/lines/period=2025-09-30/part-0.parquet", "sha256": OTHER, **changed}]
    )


def test_it_is_read_as_it_was_written() -> None:
    path = "db/lines/period=2025-09-30/part-0.parquet"
    files = {file.path: file for file in (ManifestFile(path, 5, "a" * 64, 2, 3), ManifestFile(**DATABASE))}
    manifest = Manifest(files, VERSION, "tracker 0.1.0", "2026-11-22", ("b" * 64,))
    data = write_manifest(manifest)
    assert read_manifest(data, "s3://b/h") == manifest
    assert digest_of(data) == digest_of(write_manifest(manifest))
    assert data.count(b"\n") == 4  # a file a line: versions can be compared


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd", "../db/x", "db/../../x", "db/./x", "db//x", "db/", "db", "", "C:/x", "db/c:x", "db\\x",
        "db/a\\b",
        "db/.hidden", ".ssh/authorized_keys", "tracker.toml", "watch.toml", "db/refresh.lock", "db/published.json",
        "db/pulling", "db/tracker.db-journal", "db/a\nb", "db/a\x00", "filings/" + "a/" * 300 + "b", "db/" + "a" * 201,
    ],
)  # fmt: skip
def test_no_path_leaves_the_home_or_names_what_is_not_published(path: str) -> None:
    assert not is_path(path)
    with pytest.raises(StoreError, match="is no file of a home"):
        read_manifest(json.dumps(with_file(path=path)).encode(), "s3://b/h")


@pytest.mark.parametrize(
    "hostile",
    [
        b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"format":' + b"9" * 5000 + b"}",
        json.dumps(facts(format="1")).encode(), json.dumps(facts(format=True)).encode(),
        json.dumps(facts(files={})).encode(), json.dumps(facts(files=[])).encode(),
        json.dumps(facts(files=[DATABASE, DATABASE])).encode(), json.dumps(facts(files=[1])).encode(),
        json.dumps(facts(replaced="x")).encode(), json.dumps(facts(replaced=["../x"])).encode(),
        json.dumps(facts(schema=None)).encode(), json.dumps(facts(schema=1.5)).encode(),
        *(json.dumps(with_file(**wrong)).encode() for wrong in (
            {"bytes": -1}, {"bytes": 2**60}, {"bytes": "1"}, {"bytes": 1.0}, {"mtime_ns": None}, {"inode": True},
            {"sha256": "0" * 63}, {"sha256": "../" + "0" * 61}, {"sha256": 5}, {"path": None}, {"path": ["db/x"]},
            {"path": "db/tracker.db/x"}, {"more": 1},
        )),
    ],
)  # fmt: skip
def test_what_no_push_has_written_is_refused_in_one_line(hostile: bytes) -> None:
    with pytest.raises(StoreError) as refused:
        read_manifest(hostile, "s3://b/h")
    line = str(refused.value)
    assert "\n" not in line and len(line) < 400
    assert line.startswith("s3://b/h/manifest.json is damaged (") and line.endswith("push the home again")


def test_that_of_a_later_format_says_so() -> None:
    with pytest.raises(StoreError, match="written by a later version: update tracker"):
        read_manifest(json.dumps(facts(format=2)).encode(), "s3://b/h")


def test_what_the_disk_has_no_room_for_is_not_fetched(tmp_path: Path) -> None:
    where = tmp_path / "bucket"
    where.mkdir()
    (where / "manifest.json").write_text(json.dumps(with_file(bytes=2**39)))
    with pytest.raises(StoreError, match="bytes left for 549,755,813,889"):
        pull(Settings(tmp_path / "home"), f"file://{where}")
    assert not (tmp_path / "home" / "db" / "tracker.db").exists()
