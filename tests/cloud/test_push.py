"""A home is published whole: what a kill, a second push or a change meanwhile leaves is the old one or the new one."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cloud.homes_alike import LINES, Killed, change, contents
from tracker import bounds
from tracker.bounds import Bound
from tracker.cloud import push as pushes
from tracker.cloud.bucket import Bucket
from tracker.cloud.manifest import NAME
from tracker.cloud.pull import pull
from tracker.cloud.push import push
from tracker.errors import NotFoundError, SettingError, StoreError
from tracker.settings import Settings
from tracker.store import Store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path / 'bucket'}"


def published(url: str, folder: Path) -> dict[str, bytes]:
    """What a reader has who comes now."""
    pull(Settings(folder), url, may_replace=True)
    found = contents(folder)
    return {path: data for path, data in found.items() if not path.startswith("filings/")}


def plain(url: str) -> dict[str, bytes]:
    """The copies for engines."""
    root = Path(url.removeprefix("file://"))
    below = [path for folder in ("db", "editions") for path in (root / folder).rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in below}


def own(settings: Settings) -> dict[str, bytes]:
    return {path: data for path, data in contents(settings.home).items() if not path.startswith("filings/")}


def test_what_is_pulled_is_what_was_pushed(own_market: Settings, url: str, tmp_path: Path) -> None:
    (own_market.home / "funds.csv").write_text("cik,name\n1,A\n")
    edition = own_market.editions / "first" / "index.html"
    edition.parent.mkdir(parents=True)
    edition.write_text("<p>")
    pushed = push(own_market, url)
    advisers = [path for path in contents(own_market.home) if path.startswith("filings/reference/adv")]
    assert pushed.sent and pushed.files == len(own(own_market)) + len(advisers)
    assert published(url, tmp_path / "copy") == own(own_market)
    tables = {path: data for path, data in own(own_market).items() if path.endswith("index.html") or "=" in path}
    assert plain(url) == tables


def test_a_second_push_sends_nothing(own_market: Settings, url: str) -> None:
    push(own_market, url)
    before = Path(url.removeprefix("file://"), "manifest.json").read_bytes()
    again = push(own_market, url)
    assert (again.sent, again.sent_bytes) == (0, 0)
    assert Path(url.removeprefix("file://"), "manifest.json").read_bytes() == before


def test_only_what_changed_is_sent(own_market: Settings, url: str, tmp_path: Path) -> None:
    push(own_market, url)
    change(own_market)
    assert push(own_market, url).sent == 2  # the quarter's lines, and the database
    assert published(url, tmp_path / "copy") == own(own_market)
    assert plain(url)[LINES] == (own_market.home / LINES).read_bytes()


def test_filings_are_sent_if_asked_for_and_stay(own_market: Settings, url: str, tmp_path: Path) -> None:
    push(own_market, url, with_filings=True)
    pull(Settings(tmp_path / "copy"), url, with_filings=True)
    assert contents(tmp_path / "copy") == contents(own_market.home)
    assert push(own_market, url).sent == 0
    pull(Settings(tmp_path / "copy"), url, with_filings=True)
    assert contents(tmp_path / "copy") == contents(own_market.home)


STEPS = ("read", "swap", "write", "upload", "copy", "delete", "below")


def die_at(step: int, patch: pytest.MonkeyPatch, *, after: bool) -> Callable[[], bool]:
    """Let the process die before or after the so manieth request to the storage; tells whether it did."""
    count, died = 0, False

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def request(*args: Any) -> Any:
            nonlocal count, died
            count += 1
            if count == step and not after:
                died = True
            if died:
                raise Killed
            answer = real(*args)
            if count >= step:
                died = True
                raise Killed
            return answer

        return request

    for name in STEPS:
        patch.setattr(Bucket, name, dying(getattr(Bucket, name)))
    return lambda: died


@pytest.mark.parametrize("after", [False, True])
def test_a_push_that_is_killed_leaves_the_old_home_or_the_new_and_the_next_goes_on(
    own_market: Settings, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    monkeypatch.setattr(pushes, "_AT_ONCE", 1)
    push(own_market, url)
    old = own(own_market)
    pristine = tmp_path / "pristine"
    shutil.copytree(tmp_path / "bucket", pristine)
    (own_market.home / "db" / "published.json").rename(tmp_path / "published.json")
    change(own_market)
    new, has_died, step = own(own_market), True, 0
    while has_died:
        step += 1
        shutil.rmtree(tmp_path / "bucket")
        shutil.copytree(pristine, tmp_path / "bucket")
        shutil.copy(tmp_path / "published.json", own_market.home / "db" / "published.json")
        with monkeypatch.context() as patch:
            died = die_at(step, patch, after=after)
            with contextlib.suppress(Killed):
                push(own_market, url)
            has_died = died()
        assert published(url, tmp_path / "copy") in (old, new)
        push(own_market, url)
        push(own_market, url)
        assert published(url, tmp_path / "copy") == new
        assert plain(url)[LINES] == new[LINES]
    assert step > 8


def test_of_two_pushes_at_once_the_first_to_end_counts(
    own_market: Settings, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(own_market, url)
    other = Settings(tmp_path / "other")
    pull(other, url)
    (other.home / "db" / "without_filings").unlink()
    change(own_market)
    change(other, "other")
    real = pushes._publish

    def overtaken(*args: Any) -> None:
        monkeypatch.setattr(pushes, "_publish", real)
        push(other, url)
        real(*args)

    monkeypatch.setattr(pushes, "_publish", overtaken)
    with pytest.raises(StoreError, match="has ended meanwhile, and this one is not published"):
        push(own_market, url)
    assert published(url, tmp_path / "copy") == own(other)
    with pytest.raises(StoreError, match="another version than this home was pulled from"):
        push(own_market, url)
    push(own_market, url, may_replace=True)
    assert published(url, tmp_path / "copy") == own(own_market)


def test_another_home_is_not_published_over_this_one(own_market: Settings, url: str, tmp_path: Path) -> None:
    push(own_market, url)
    other = Settings(Path(shutil.copytree(own_market.home, tmp_path / "other")))
    (other.home / "db" / "published.json").unlink()
    assert push(other, url).sent == 0  # it has the same
    (other.home / "db" / "published.json").unlink()
    change(other)
    with pytest.raises(StoreError, match="publish this one in its place with --replace"):
        push(other, url)


def test_a_reader_keeps_the_files_of_its_version_until_another_push_has_ended(own_market: Settings, url: str) -> None:
    objects = Path(url.removeprefix("file://"), "objects")
    push(own_market, url)
    first = {path.name for path in objects.iterdir()}
    long_ago = time.time() - 30 * 3600
    for text in ("1", "2"):
        for path in objects.iterdir():
            os.utime(path, (long_ago, long_ago))
        change(own_market, text)
        removed = push(own_market, url).removed
        assert removed == (0 if text == "1" else 2)
        assert (first <= {path.name for path in objects.iterdir()}) == (text == "1")


def test_a_damaged_object_is_sent_again(own_market: Settings, url: str, tmp_path: Path) -> None:
    push(own_market, url)
    damaged = max(Path(url.removeprefix("file://"), "objects").iterdir())
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-1])
    assert push(own_market, url).sent == 1
    assert damaged.read_bytes() == whole


def test_a_file_that_is_replaced_while_it_is_sent_has_the_digest_of_its_bytes(
    own_market: Settings, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = own_market.db / "prepared" / "made_up.parquet"
    prepared.parent.mkdir(exist_ok=True)
    prepared.write_bytes(b"before")
    real, times = Bucket.upload, 0

    def upload(bucket: Bucket, path: Path, name: str) -> None:
        nonlocal times
        if path == prepared and times == 0:
            times += 1
            path.unlink()
            path.write_bytes(b"after!")
        real(bucket, path, name)

    monkeypatch.setattr(Bucket, "upload", upload)
    push(own_market, url)
    assert published(url, tmp_path / "copy")["db/prepared/made_up.parquet"] == b"after!"


def test_links_and_what_is_being_written_are_not_published(own_market: Settings, url: str, tmp_path: Path) -> None:
    (own_market.db / "prepared").mkdir(exist_ok=True)
    (own_market.db / "prepared" / ".incoming-1-2-x").write_text("part")
    (own_market.editions).mkdir(exist_ok=True)
    (own_market.editions / "secret").symlink_to("/etc/hostname")
    (own_market.home / "tracker.toml").write_text("")
    push(own_market, url)
    paths = set(published(url, tmp_path / "copy"))
    assert not paths & {"db/prepared/.incoming-1-2-x", "editions/secret", "tracker.toml", "db/refresh.lock"}


def test_a_manifest_that_nobody_could_read_is_not_written(
    own_market: Settings, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MANIFEST", Bound(1000))
    with pytest.raises(StoreError, match=r"has \d+ files, which no manifest holds: push it without filings"):
        push(own_market, url)
    assert not Path(url.removeprefix("file://"), NAME).exists()


@pytest.mark.parametrize("place", ["", "db/pub", "editions/pub", "filings/pub", "editions/../db"])
def test_a_home_is_not_published_into_itself(own_market: Settings, place: str) -> None:
    before = contents(own_market.home)
    with pytest.raises(SettingError, match="itself: name another folder"):
        push(own_market, f"file://{own_market.home}/{place}".rstrip("/"))
    assert contents(own_market.home) == before and not (own_market.home / "objects").exists()


def test_a_home_is_not_pulled_into_the_folder_where_it_is_published(
    own_market: Settings, url: str, tmp_path: Path
) -> None:
    push(own_market, url)
    with pytest.raises(SettingError, match="itself: name another folder"):
        pull(Settings(tmp_path / "bucket"), url)
    assert not (tmp_path / "bucket" / "db" / "tracker.db").exists()


def test_nothing_loaded_is_nothing_to_push(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotFoundError, match="nothing to push"):
        push(Settings(tmp_path), url)


def test_a_home_that_another_run_is_writing_to_is_not_pushed(own_market: Settings, url: str) -> None:
    with Store(own_market) as store, store.writing(), pytest.raises(StoreError, match="another run"):
        push(own_market, url)


def test_what_sqlite_keeps_beside_the_database_is_published_too(own_market: Settings, url: str, tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(own_market.database)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("update runs set universe = 'only in the write-ahead log'")
        other.commit()
        assert b"only in the write-ahead log" not in own_market.database.read_bytes()
        push(own_market, url)
        assert b"only in the write-ahead log" in published(url, tmp_path / "copy")["db/tracker.db"]
