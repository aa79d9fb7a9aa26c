"""A home that is read where it is published answers as the one that it was pushed from."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

import tracker
from tests.cli.helpers import ask
from tests.cloud.conftest import SECRET, Storage
from tests.cloud.homes_alike import LINES, change
from tracker.cloud import published_home
from tracker.cloud.bucket import Bucket
from tracker.cloud.published_home import open_published
from tracker.cloud.push import push
from tracker.settings import Settings
from tracker.store import Store, prepared

QUESTIONS = [
    "status",
    "rank 2025Q3 --from 2025-01-03 --to 2025-12-31 --cap-on 2026-01-05",
    "rank --changes 2025Q2",
    "market --from 2025-01-03 --to 2025-12-31",
    "holders QNLR",
    "holders QNLR VMQC 2025Q3 --format csv",
    "holders QNLR --history",
    "holders QNLR --known-on 2025-11-10",
    "explain QNLR",
    "fund Alder",
    "fund 900000001",
    "fund nobody-of-this-name",
    "funds",
    "funds why 900000001",
    "funds score",
    "funds overlap",
    "compare 900000001 900000002",
    "consensus",
    "boards",
    "filings",
    "filings --amendments",
    "filings --late",
    "season",
    "strategy picks consensus",
]
WRITING = [
    "refresh 2025Q3 --offline",
    "prices import x.csv",
    "prices fetch",
    "funds add 900000001",
    "funds remove 900000001",
    "funds family 900000001 X",
    "funds forget 900000001",
    "filings decide 0001-25-000001 replace",
    "filings forget 0001-25-000001",
    "publish 2025Q3",
    "strategy run consensus --publish",
    "watch",
    "export iceberg tables",
    "push s3://other/13f",
    "pull s3://other/13f",
]


@pytest.fixture
def in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """No table is small enough to be fetched whole."""
    monkeypatch.setattr(published_home, "FETCHED_WHOLE", {"db/": 0})


@contextmanager
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The objects that are asked for through fsspec meanwhile."""
    asked: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("read", "download", "below"):
            real = getattr(Bucket, name)

            def noting(self: Bucket, what: str, *args: object, real: object = real) -> object:
                asked.append(what)
                return real(self, what, *args)  # type: ignore[operator]

            patch.setattr(Bucket, name, noting)
        yield asked


def alike(home: Path | str, words: str) -> tuple[int, str, str]:
    code, out, error = ask(home, words)  # type: ignore[arg-type]
    return code, out.replace(str(home), "HOME"), error.replace(str(home), "HOME")


def test_an_engine_counts_a_published_home(own_market: Settings, url: str, in_place: None) -> None:
    push(own_market, url)
    words = "count --all --format csv"
    assert alike(url, words) == alike(own_market.home, words) and alike(url, words)[0] == 0


@pytest.mark.integration
def test_every_question_is_answered_from_s3_as_from_the_folder(
    own_market: Settings, storage: Storage, in_place: None, capfd: pytest.CaptureFixture[str]
) -> None:
    for words in QUESTIONS:  # what they prepare is pushed
        alike(own_market.home, words)
    push(own_market, storage.url)
    different = [words for words in QUESTIONS if alike(own_market.home, words) != alike(storage.url, words)]
    assert different == []
    assert SECRET not in "".join(capfd.readouterr())
    (version,) = (Settings.from_environment(storage.url).home).glob("[!.]*")
    assert (version / LINES).stat().st_size == 0  # read in place


@pytest.mark.integration
def test_engines_find_the_tables_under_their_own_names(own_market: Settings, storage: Storage) -> None:
    push(own_market, storage.url)
    for table, column in (("lines", "period"), ("positions", "period"), ("prices", "year")):
        pattern = f"db/{table}/{column}=*/part-*.parquet"
        there, here = (
            pl.scan_parquet(f"{home}/{pattern}", hive_partitioning=True).group_by(column).len().sort(column).collect()
            for home in (storage.url, own_market.home)
        )
        assert there.equals(here) and there.height > 1


@pytest.mark.integration
def test_nothing_is_fetched_or_prepared_twice(
    own_market: Settings, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(own_market.home, "holders QNLR")
    ask(own_market.home, "rank --to 2025-12-31")
    push(own_market, storage.url)
    made = []
    real = prepared.digest_of
    monkeypatch.setattr(prepared, "digest_of", lambda *parts: made.append(real(*parts)) or real(*parts))
    ask(own_market.home, "rank --to 2025-12-31")
    there, made[:] = list(made), []
    with requests(monkeypatch) as asked:
        ask(storage.url, "rank --to 2025-12-31")  # type: ignore[arg-type]
    assert made == there  # the sources have the states that they have there
    assert len(asked) > 3
    with requests(monkeypatch) as asked:
        ask(storage.url, "rank --to 2025-12-31")  # type: ignore[arg-type]
    assert asked == ["manifest.json"]
    change(own_market)
    push(own_market, storage.url)
    with requests(monkeypatch) as asked:
        open_published(Settings.from_environment(storage.url))
    assert len(asked) == 3  # the manifest, the list, and the database: what it has already is linked


@pytest.mark.parametrize("words", WRITING)
def test_what_writes_names_the_way_to_do_it(words: str) -> None:
    code, out, error = ask("s3://bucket/13f", words)  # type: ignore[arg-type]
    assert (code, out) == (1, "")
    assert error.strip().startswith("s3://bucket/13f is read, not written: `tracker pull s3://bucket/13f DIR`")
    assert "\n" not in error.strip()


def test_help_needs_no_storage() -> None:
    code, out, _ = ask("s3://bucket/13f", "holders --help")  # type: ignore[arg-type]
    assert code == 0 and "Usage" in out


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"file://{tmp_path / 'bucket'}"


def test_python_asks_it_alike(own_market: Settings, url: str) -> None:
    push(own_market, url)
    home = tracker.open(url)
    assert home.holders("QNLR").equals(tracker.open(own_market.home).holders("QNLR"))
    assert repr(home) == f"tracker.open({url!r})"
    assert [str(quarter) for quarter in home.quarters] == ["2025Q2", "2025Q3"]


def test_a_reader_answers_from_one_version_to_the_end(own_market: Settings, url: str) -> None:
    push(own_market, url)
    settings = open_published(Settings.from_environment(url))
    before = tracker.open(own_market.home).holders("QNLR")
    with Store(own_market) as store, store.writing():
        store.connection.execute("delete from positions")
        store.connection.commit()
    for path in (own_market.db / "positions").rglob("*.parquet"):
        path.unlink()
    push(own_market, url)
    assert tracker.api.Home(settings).holders("QNLR").equals(before)
    assert not tracker.open(url).holders("QNLR").equals(before)


def test_a_tampered_object_is_noticed_when_it_is_fetched(own_market: Settings, url: str) -> None:
    push(own_market, url)
    root = Path(url.removeprefix("file://"))
    files = json.loads((root / "manifest.json").read_text())["files"]
    database = root / "objects" / next(file["sha256"] for file in files if file["path"] == "db/tracker.db")
    data = bytearray(database.read_bytes())
    data[-1] ^= 1
    database.write_bytes(data)
    code, out, error = ask(url, "status")  # type: ignore[arg-type]
    assert (code, out) == (1, "") and re.search(r"objects/[0-9a-f]{64} \(db/tracker.db\) is not what was pushed", error)


def test_a_cache_that_was_emptied_is_filled_again(own_market: Settings, url: str, own_cache: Path) -> None:
    push(own_market, url)
    first = ask(url, "holders QNLR")  # type: ignore[arg-type]
    shutil.rmtree(own_cache)
    assert ask(url, "holders QNLR") == first  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("s3://bucket/a/b/", "s3://bucket/a/b"),
        (Path("s3://bucket/a"), "s3://bucket/a"),
        ("gs://bucket", "gs://bucket"),
        (Path("az://box/a"), "az://box/a"),
        (Path("file:///mnt/a"), "file:///mnt/a"),
        ("s3", None), ("/s3:/a", None), ("ftp://host/a", None), ("s3://", None),
    ],
)  # fmt: skip
def test_an_address_is_told_from_a_folder(given: str | Path, url: str | None) -> None:
    from tracker.remote import to_url

    assert to_url(given) == url
