"""A home is pulled whole and checked: what a kill leaves is what was there, or is finished by the next pull."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.helpers import ask
from tests.cloud.homes_alike import LINES, Killed, change, contents
from tracker.cloud import pull as pulls
from tracker.cloud.bucket import Bucket
from tracker.cloud.pull import pull
from tracker.cloud.push import push
from tracker.errors import SettingError, StoreError
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import RUNS


@pytest.fixture
def bucket(tmp_path: Path) -> Path:
    return tmp_path / "bucket"


@pytest.fixture
def url(bucket: Path) -> str:
    return f"file://{bucket}"


@pytest.fixture
def copy(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "copy")


def held(settings: Settings) -> dict[str, bytes]:
    return {path: data for path, data in contents(settings.home).items() if path.startswith("db/")}


def object_of(bucket: Path, path: str) -> Path:
    files = json.loads((bucket / "manifest.json").read_text())["files"]
    return bucket / "objects" / next(file["sha256"] for file in files if file["path"] == path)


def test_only_what_differs_is_fetched(own_market: Settings, url: str, copy: Settings) -> None:
    push(own_market, url)
    assert pull(copy, url).fetched > 10
    assert pull(copy, url).fetched == 0
    change(own_market)
    push(own_market, url)
    assert pull(copy, url).fetched == 2
    assert held(copy) == held(own_market)


def test_a_copy_is_not_made_at_an_address(
    own_market: Settings, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(own_market, url)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for address in ("file:///copy", "gs://bucket/copy", "s3:/bucket/copy"):
        code, _, error = ask(Path("home"), f"pull {url} {address}")
        assert code == 1 and "is an address; name a folder of this machine" in error
    assert not any(Path.cwd().iterdir())


def test_what_is_no_longer_published_is_removed_from_db_alone(own_market: Settings, url: str, copy: Settings) -> None:
    push(own_market, url)
    pull(copy, url)
    (copy.editions / "mine").mkdir(parents=True)
    (copy.editions / "mine" / "index.html").write_text("mine")
    (own_market.home / LINES).unlink()
    push(own_market, url)
    assert pull(copy, url).removed == 1
    assert not (copy.home / LINES).exists()
    assert (copy.editions / "mine" / "index.html").read_text() == "mine"


@pytest.mark.parametrize("wrong", [b"", b"longer than it was", None])
def test_an_object_that_was_tampered_with_is_not_put_in_place(
    own_market: Settings, url: str, bucket: Path, copy: Settings, wrong: bytes | None
) -> None:
    push(own_market, url)
    pull(copy, url)
    before = held(copy)
    change(own_market)
    push(own_market, url)
    tampered = object_of(bucket, LINES)
    tampered.write_bytes(wrong if wrong is not None else bytes(len(tampered.read_bytes())))
    with pytest.raises(StoreError, match=f"objects/{tampered.name}.*push"):
        pull(copy, url)
    assert held(copy) == before
    tampered.unlink()
    with pytest.raises(StoreError, match="is not there"):
        pull(copy, url)
    assert push(own_market, url).sent == 1
    pull(copy, url)
    assert held(copy) == held(own_market)


def test_a_kill_while_fetching_leaves_the_old_home_and_fetches_nothing_twice(
    own_market: Settings, url: str, copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulls, "_AT_ONCE", 1)
    push(own_market, url)
    pull(copy, url)
    before = held(copy)
    change(own_market)
    push(own_market, url)
    real, fetched = Bucket.download, 0

    def download(bucket: Bucket, name: str, path: Path) -> None:
        nonlocal fetched
        fetched += 1
        if fetched == 2:
            path.write_bytes(b"a part")
            raise Killed
        real(bucket, name, path)

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "download", download)
        with pytest.raises(Killed):
            pull(copy, url)
    assert held(copy) == before
    with Store(copy) as store:
        assert store.read(RUNS).height
    with monkeypatch.context() as patch:
        fetched = 10
        patch.setattr(Bucket, "download", download)
        pull(copy, url)
    assert fetched == 11  # one of the two was there
    assert held(copy) == held(own_market)


def test_a_kill_between_two_files_is_told_to_readers_and_mended_by_the_next_pull(
    own_market: Settings, url: str, copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(own_market, url)
    pull(copy, url)
    change(own_market)
    push(own_market, url)
    real, moved = pulls.move_durably, 0

    def move(source: Path, target: Path) -> None:
        nonlocal moved
        if target.is_relative_to(copy.home) and ".fetched" not in target.parts:
            moved += 1
            if moved == 2:
                raise Killed
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(pulls, "move_durably", move)
        with pytest.raises(Killed):
            pull(copy, url)
    code, out, error = ask(copy.home, "status")
    assert (code, out) == (1, "")
    assert f"`tracker pull {url} {copy.home}`" in error
    pull(copy, url)
    assert held(copy) == held(own_market)
    assert ask(copy.home, "status")[0] == 0


@pytest.mark.parametrize("step", ["_mark_filings", "note_standing"])
def test_a_kill_after_the_last_file_leaves_no_home_that_settles_without_filings(
    own_market: Settings, url: str, copy: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    push(own_market, url)
    with monkeypatch.context() as patch:
        patch.setattr(pulls, step, killed)
        with pytest.raises(Killed):
            pull(copy, url)
    for words in ("funds add 1423053", "status"):
        code, _, error = ask(copy.home, words)
        assert code == 1 and f"`tracker pull {url} {copy.home}" in error, words
    pull(copy, url)
    assert held(copy) == held(own_market)
    assert "without filings/" in ask(copy.home, "funds add 1423053")[2]
    assert ask(copy.home, "status")[0] == 0


def test_what_sqlite_left_beside_the_old_database_is_not_taken_for_the_new_one_s(
    own_market: Settings, url: str, copy: Settings
) -> None:
    push(own_market, url)
    pull(copy, url)
    (copy.db / "tracker.db-journal").write_bytes(b"old pages")
    change(own_market)
    push(own_market, url)
    pull(copy, url)
    assert not (copy.db / "tracker.db-journal").exists()


def test_a_home_of_ones_own_is_not_replaced_unasked(own_market: Settings, url: str, copy: Settings) -> None:
    push(own_market, url)
    shutil.copytree(own_market.home, copy.home)
    (copy.db / "published.json").unlink()
    with pytest.raises(StoreError, match="has a home of its own"):
        pull(copy, url)
    pull(copy, url, may_replace=True)
    (copy.home / "funds.csv").write_text("cik,name\n5,Mine\n")
    change(own_market)
    push(own_market, url)
    with pytest.raises(StoreError, match="was changed since it was pulled"):
        pull(copy, url)
    assert (copy.home / "funds.csv").read_text() == "cik,name\n5,Mine\n"
    pull(copy, url, may_replace=True)
    assert not (copy.home / "funds.csv").exists()


def test_numbers_are_not_settled_without_the_filings_they_come_from(
    own_market: Settings, url: str, copy: Settings
) -> None:
    push(own_market, url)
    pull(copy, url)
    for words in ("funds add 1423053", "refresh 2025Q3 --offline"):
        code, _, error = ask(copy.home, words)
        assert code == 1 and "without filings/" in error and "--with-filings" in error, words
    with pytest.raises(SettingError, match="was pushed without filings"):
        pull(copy, url, with_filings=True)
    push(own_market, url, with_filings=True)
    pull(copy, url, with_filings=True)
    assert ask(copy.home, "refresh 2025Q3 --offline")[0] == 0


def test_who_pulled_without_filings_publishes_with_those_that_were_published(
    own_market: Settings, url: str, copy: Settings, tmp_path: Path
) -> None:
    push(own_market, url, with_filings=True)
    pull(copy, url)
    (copy.editions / "mine").mkdir(parents=True)
    (copy.editions / "mine" / "index.html").write_text("mine")
    push(copy, url)
    third = Settings(tmp_path / "third")
    pull(third, url, with_filings=True)
    assert contents(third.home) == {**contents(own_market.home), "editions/mine/index.html": b"mine"}


def test_times_are_those_of_the_files_that_were_pushed(own_market: Settings, url: str, copy: Settings) -> None:
    push(own_market, url)
    pull(copy, url)
    assert (copy.home / LINES).stat().st_mtime_ns == (own_market.home / LINES).stat().st_mtime_ns


def test_a_home_of_another_version_says_so(own_market: Settings, url: str, bucket: Path, copy: Settings) -> None:
    push(own_market, url)
    manifest: dict[str, Any] = json.loads((bucket / "manifest.json").read_text())
    for schema, cure in ((manifest["schema"] + 1, "update tracker"), (1, "refresh and push it with this version")):
        (bucket / "manifest.json").write_text(json.dumps({**manifest, "schema": schema}))
        with pytest.raises(StoreError, match=cure):
            pull(copy, url)


def test_an_address_without_a_home_says_so(url: str, copy: Settings) -> None:
    with pytest.raises(StoreError, match="has no home: `tracker push"):
        pull(copy, url)
