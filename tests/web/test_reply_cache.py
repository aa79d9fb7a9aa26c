"""What the site keeps of what it answered: until something is written, once for all who ask at once, within bounds."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.web.site_client import Get, client
from tracker.settings import Settings
from tracker.store import Store, layout
from tracker.web.home_state import ReadsByState, read_state
from tracker.web.reply import Reply, note_lack
from tracker.web.reply_cache import ReplyCache


class Counting:
    """An application that counts how often it is asked; `size` bytes in each answer."""

    def __init__(self, size: int = 10, status: int = 200) -> None:
        self.asked: list[str] = []
        self.size, self.status = size, status
        self.fails = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        await asyncio.sleep(0.01)
        if self.fails:
            raise RuntimeError
        await Reply(self.status, [(b"content-type", b"text/plain")], b"x" * self.size).send(send)


def ask(cache: ReplyCache, path: str, query: bytes = b"", **headers: str) -> Any:
    """The status, the headers and the body of an answer, once awaited."""

    async def answer() -> tuple[int, dict[bytes, bytes], bytes]:
        told: list[Any] = []

        async def send(message: Any) -> None:
            told.append(message)

        pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": pairs}
        await cache(scope, None, send)  # type: ignore[arg-type]  # nothing is received
        body = b"".join(message.get("body", b"") for message in told[1:])
        return told[0]["status"], dict(told[0]["headers"]), body

    return answer()


@pytest.fixture
def state() -> list[Hashable]:
    return [1]


def cached(app: Counting, state: list[Hashable], most: int = 10_000) -> ReplyCache:
    return ReplyCache(app, lambda: state[0], most)


def test_an_answer_is_made_once_until_something_is_written(runner: asyncio.Runner, state: list[Hashable]) -> None:
    app = Counting()
    cache = cached(app, state)
    for _ in range(3):
        status, _, body = runner.run(ask(cache, "/a"))
        assert (status, body) == (200, b"x" * 10)
    assert app.asked == ["/a"]
    state[0] = 2
    runner.run(ask(cache, "/a"))
    assert app.asked == ["/a", "/a"]


def test_addresses_are_told_apart(runner: asyncio.Runner, state: list[Hashable]) -> None:
    app = Counting()
    cache = cached(app, state)
    for path, query, host in (("/a", b"", "h"), ("/a", b"q=1", "h"), ("/b", b"", "h"), ("/a", b"", "other")):
        runner.run(ask(cache, path, query, host=host))
    assert len(app.asked) == 4


def test_who_asks_at_once_waits_for_one_answer(runner: asyncio.Runner, state: list[Hashable]) -> None:
    app = Counting()
    cache = cached(app, state)

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(ask(cache, "/a") for _ in range(50)))

    assert {body for _, _, body in runner.run(all_at_once())} == {b"x" * 10} and app.asked == ["/a"]


def test_one_failure_is_not_that_of_those_who_waited(runner: asyncio.Runner, state: list[Hashable]) -> None:
    app = Counting()
    app.fails = True
    cache = cached(app, state)

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(ask(cache, "/a") for _ in range(3)), return_exceptions=True)

    assert all(isinstance(answer, RuntimeError) for answer in runner.run(all_at_once()))
    app.fails = False
    assert runner.run(ask(cache, "/a"))[0] == 200


def test_what_was_written_meanwhile_is_not_kept(runner: asyncio.Runner, state: list[Hashable]) -> None:
    class Writing(Counting):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            state[0] = len(self.asked)
            await super().__call__(scope, receive, send)

    app = Writing()
    cache = cached(app, state)
    for _ in range(3):
        assert runner.run(ask(cache, "/a"))[0] == 200
    assert len(app.asked) == 3


def test_what_a_busy_moment_left_out_is_not_kept(runner: asyncio.Runner, state: list[Hashable]) -> None:
    class Hurried(Counting):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if not self.asked:
                await asyncio.gather(asyncio.create_task(self.leave_out()))
            await super().__call__(scope, receive, send)

        async def leave_out(self) -> None:
            note_lack("a facet")

    app = Hurried()
    cache = cached(app, state)
    for _ in range(3):
        assert runner.run(ask(cache, "/a"))[0] == 200
    assert len(app.asked) == 2


def test_what_is_kept_is_bounded(runner: asyncio.Runner, state: list[Hashable]) -> None:
    app = Counting(1000)
    cache = cached(app, state, 10_000)
    for number in range(50):
        runner.run(ask(cache, f"/{number}"))
        assert cache.size <= 10_000
    runner.run(ask(cache, "/49"))
    assert len(app.asked) == 50
    runner.run(ask(cache, "/0"))
    assert len(app.asked) == 51


def test_what_is_long_passes_through(runner: asyncio.Runner, state: list[Hashable]) -> None:
    app = Counting(5 * 2**20)
    cache = cached(app, state, 2**30)
    for _ in range(2):
        assert len(runner.run(ask(cache, "/long"))[2]) == 5 * 2**20
    assert len(app.asked) == 2 and cache.size == 0


@pytest.mark.parametrize(("path", "query"), [("/tracker", b"sql=select+random()"), ("/editions/a/", b""), ("/a", b"")])
def test_what_is_not_kept(runner: asyncio.Runner, state: list[Hashable], path: str, query: bytes) -> None:
    app = Counting(status=500 if path == "/a" else 200)
    cache = cached(app, state)
    for _ in range(2):
        runner.run(ask(cache, path, query))
    assert len(app.asked) == 2


def test_a_browser_that_has_the_page_is_not_sent_it_again(runner: asyncio.Runner, state: list[Hashable]) -> None:
    cache = cached(Counting(), state)
    _, headers, _ = runner.run(ask(cache, "/a"))
    tag = headers[b"etag"].decode()
    for given in (tag, f"W/{tag}", f'"other", {tag}'):
        status, again, body = runner.run(ask(cache, "/a", if_none_match=given))
        assert (status, body) == (304, b"") and again[b"etag"] == headers[b"etag"]
    assert runner.run(ask(cache, "/a", if_none_match='"other"'))[0] == 200


def test_pages_follow_what_is_written(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    get: Get = client(runner, tmp_path)
    for path in ("/stocks/QNLR", "/tracker/who_holds?security=QNLR", "/tracker/positions.json", "/"):
        assert get(path).content == get(path).content
        assert get(path).headers["etag"] == get(path).headers["etag"]
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        database.execute("update positions set manager_name = 'Another Name LP' where cik = 9000000002")
    database.close()
    assert "Another Name LP" in get("/tracker/who_holds?security=QNLR").text
    assert "Third Name LP" not in get("/funds/9000000002").text + get("/search?q=third").text
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        database.execute("update managers set manager_name = 'Third Name LP' where cik = 9000000002")
    database.close()
    assert "Third Name LP" in get("/funds/9000000002").text and "Third Name LP" in get("/search?q=third").text
    assert "$77.25" not in get("/stocks/QNLR").text
    with Store(Settings(tmp_path)) as store:
        newest = store.prices(tickers=["QNLR"]).collect().sort("date").tail(1)
        assert store.add_prices(newest.with_columns(close=pl.lit(77.25))) == 1
    assert "$77.25" in get("/stocks/QNLR").text
    (tmp_path / "editions" / "third").mkdir()
    (tmp_path / "editions" / "third" / "index.html").write_text("<title>The third</title>")
    assert "The third" in get("/").text
    (tmp_path / "editions" / "third" / "index.html").write_text("<title>The 3rd of all</title>")
    assert "The 3rd of all" in get("/").text


def test_what_is_shared_is_of_one_state_of_the_home() -> None:
    state: list[Hashable] = [1]
    reads_by_state = ReadsByState(lambda: state[0])
    first = reads_by_state()
    assert reads_by_state() is first
    state[0] = 2
    second = reads_by_state()
    assert second is not first
    first.get("late", lambda: "of an answer that began before")
    assert second.get("late", lambda: "new") == "new"
    state[0] = 1
    assert reads_by_state() is not first


def test_every_commit_is_another_state(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    settings, states = Settings(tmp_path), set()
    with sqlite3.connect(settings.database) as database:
        for number in range(20):
            states.add(read_state(settings))
            database.execute("pragma application_id")
            database.execute("update runs set seconds = ?", [number + 0.5])
            database.commit()
    database.close()
    assert len(states) == 20 and read_state(settings) == read_state(settings)
    assert read_state(Settings(tmp_path / "absent")) == read_state(Settings(tmp_path / "absent"))


@pytest.mark.parametrize("table", layout.TABLES)
def test_every_file_of_every_table_is_of_the_state(tmp_path: Path, table: str) -> None:
    path = tmp_path / "db" / table / "period=2025-09-30" / "part-0.parquet"
    path.parent.mkdir(parents=True)
    states = {read_state(Settings(tmp_path))}
    for data in (b"1", b"two"):
        path.write_bytes(data)
        states.add(read_state(Settings(tmp_path)))
    assert len(states) == 3
