"""What goes wrong with object storage is one line with its cure, soon."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.cli.commands import Shell
from tests.cli.helpers import ask
from tests.cloud.conftest import SECRET, Storage
from tracker.cloud import bucket as buckets
from tracker.cloud import published_home
from tracker.cloud.bucket import Bucket, Overtaken
from tracker.cloud.push import push
from tracker.errors import SettingError, SourceError, StoreError
from tracker.settings import Settings


def told(url: str, words: str = "status") -> str:
    code, out, error = ask(url, words)  # type: ignore[arg-type]
    assert (code, out) == (1, "") and "\n" not in error.strip() and SECRET not in error
    return error.strip()


@pytest.mark.integration
def test_a_bucket_that_is_not_there(storage: Storage) -> None:
    assert told("s3://no-bucket-of-this-name/13f").startswith("there is no bucket no-bucket-of-this-name: make it")


@pytest.mark.integration
def test_a_bucket_without_a_home(storage: Storage) -> None:
    assert told(storage.url) == (
        f"{storage.url} has no home: `tracker push {storage.url}` publishes one, or name another address"
    )


@pytest.mark.integration
def test_no_credentials(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert "cannot be opened without credentials" in told(storage.url)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "nobody" in told(storage.url)


@pytest.mark.integration
def test_a_server_that_does_not_answer(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    line = told(storage.url)
    assert "127.0.0.1:9" in line and "AWS_ENDPOINT_URL" in line


@pytest.mark.integration
def test_a_server_that_takes_the_question_and_says_nothing(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "_WHOLE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert "does not answer as it should" in told(storage.url)


@pytest.mark.integration
def test_storage_that_is_gone_while_a_table_is_read(
    own_market: Settings, storage: Storage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    push(own_market, storage.url)
    monkeypatch.setattr(published_home, "FETCHED_WHOLE", {"db/": 0})
    shell = Shell(Path(storage.url), monkeypatch, capsys)
    real = published_home.PublishedHome.prepare

    def prepare(home: published_home.PublishedHome) -> None:
        real(home)
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    monkeypatch.setattr(published_home.PublishedHome, "prepare", prepare)
    said = shell("explain", "QNLR")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"error: {storage.url} could not be read to the end (") and said.err.count("\n") == 1


@pytest.mark.integration
def test_a_damaged_manifest(storage: Storage) -> None:
    storage.client().put_object(Bucket=storage.bucket, Key="13f/manifest.json", Body=b"[" * 100_000)
    assert told(storage.url).startswith(f"{storage.url}/manifest.json is damaged")


@pytest.mark.integration
def test_s3_itself_refuses_what_is_no_longer_so(storage: Storage) -> None:
    bucket = Bucket(storage.url)
    bucket.swap("x", b"1", None)
    with pytest.raises(Overtaken):
        bucket.swap("x", b"2", None)
    found = bucket.read("x", 10)
    assert found
    bucket.write("x", b"3")
    with pytest.raises(Overtaken):
        bucket.swap("x", b"4", found[1])
    with pytest.raises(StoreError, match="more than any that was pushed"):
        bucket.read("x", 0)
    found = bucket.read("x", 10)
    assert found
    bucket.swap("x", b"5", found[1])
    assert bucket.read("x", 10) != found
    bucket.copy("x", "db/a=b/y")
    assert list(bucket.below("db")) == ["db/a=b/y"]
    bucket.delete(["db/a=b/y", "db/none"])
    assert bucket.below("db") == {} and bucket.read("db/a=b/y", 10) is None


class CodedError(Exception):
    """An error of S3 as botocore has it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.response = {"Error": {"Code": code, "Message": message}}


class NoCredentialsError(Exception):
    """As botocore's."""


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (CodedError("PreconditionFailed", "in other words"), Overtaken),
        (CodedError("ConditionalRequestConflict", "in other words"), Overtaken),
        (CodedError("SlowDown", "the pre-condition of patience, says Precondition-bucket"), SourceError),
        (NoCredentialsError("in other words"), SettingError),
        (CodedError("InternalError", "Unable to locate credentials"), SourceError),
    ],
)
def test_what_s3_means_is_its_code_not_its_words(cause: Exception, kind: type[Exception]) -> None:
    pytest.importorskip("s3fs")
    bucket = Bucket("s3://bucket/13f")

    def pipe_file(*_: object, **__: object) -> None:
        raise OSError(5, str(cause)) from cause

    bucket._fs.pipe_file = pipe_file
    with pytest.raises((StoreError, SourceError, SettingError)) as refused:
        bucket.swap("x", b"1", "tag")
    assert type(refused.value) is kind


@pytest.mark.parametrize("url", ["s3://bucket/a*", "s3://bucket/a?b", "s3://bucket/%41", "s3://bucket/a\nb"])
def test_an_address_that_engines_would_read_as_a_pattern(url: str) -> None:
    with pytest.raises(SettingError, match="in it: name it without"):
        Bucket(url)


@pytest.mark.parametrize(("url", "extra"), [("s3://b/a", "s3"), ("gs://b/a", "gs"), ("az://b/a", "az")])
def test_a_missing_extra_is_named(url: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("s3fs", "gcsfs", "adlfs"):
        monkeypatch.setitem(sys.modules, name, None)
    line = told(url)
    assert f"needs the extra `{extra}`" in line and f"pip install '.[{extra}]'" in line


def test_what_is_no_address() -> None:
    assert told(".", "push /mnt/x").startswith("'/mnt/x' is no address: write s3://bucket/13f")


def test_a_folder_that_may_not_be_written_says_so() -> None:
    with pytest.raises(SourceError, match="/proc"):
        Bucket("file:///proc/none").write("x", b"")
