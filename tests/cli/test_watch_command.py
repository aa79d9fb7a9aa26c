"""`tracker watch` as cron runs it: each event once, exit codes that a script can tell apart."""

from __future__ import annotations

import email
import email.policy
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import Shell
from tests.delivery.servers import Hook, Post, serve_hook, serve_mail
from tests.reports.season_home import load_season
from tracker.settings import Settings
from tracker.store.write_lock import hold

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = load_season(tmp_path_factory.mktemp("watch") / "home")
    (settings.home / "watch.toml").write_text('tickers = ["AAAA", "BBBB", "NOSUCH"]\n')
    return settings


@pytest.fixture
def shell(
    loaded: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    for name in [name for name in os.environ if name.startswith("TRACKER_")]:
        monkeypatch.delenv(name)
    return Shell(Path(shutil.copytree(loaded.home, tmp_path / "home")), monkeypatch, capsys)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serve_hook() as served:
        yield served


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch, shell: Shell) -> Iterator[Post]:
    with serve_mail() as served:
        for name, value in {
            "HOST": "127.0.0.1", "PORT": str(served.port), "SECURITY": "none", "FROM": "desk@example.org",
            "TO": "ann@example.org,bob@example.org",
        }.items():  # fmt: skip
            monkeypatch.setenv(f"TRACKER_MAIL_{name}", value)
        yield served


def ids(body: bytes | str) -> list[str]:
    return [event["id"] for event in json.loads(body)["rows"]]


def test_news_are_printed_once_and_exit_with_1(shell: Shell) -> None:
    first, second = shell("watch"), shell("watch")
    assert first.code == 1 and "4 new events" in first.out and "sold out" in first.out
    assert "NOSUCH: no hedge fund holds" in first.out
    assert (second.code, second.out, second.err) == (0, "", "")


def test_json_is_a_document_also_if_nothing_is_new(shell: Shell) -> None:
    first, second = (shell("watch", "--format", "json") for _ in range(2))
    assert (first.code, second.code) == (1, 0)
    assert len(set(ids(first.out))) == 4 and ids(second.out) == []


def test_peek_marks_nothing(shell: Shell) -> None:
    assert shell("watch", "--peek").out == shell("watch", "--peek").out
    assert not (shell.home / "watch_told.json").exists()
    assert shell("watch").code == 1 and shell("watch", "--peek").code == 0


def test_seen_tells_nothing_and_marks_everything(shell: Shell, hook: Hook) -> None:
    said = shell("watch", "--seen", "--webhook", hook.url)
    assert (said.code, said.out, hook.posts) == (0, "", [])
    assert shell("watch", "--webhook", hook.url).code == 0 and hook.posts == []


def test_a_webhook_is_sent_each_event_once(shell: Shell, hook: Hook) -> None:
    assert shell("watch").code == 1
    assert shell("watch", "--webhook", hook.url).code == 1  # printed before, but not posted
    assert shell("watch", "--webhook", hook.url).code == 0
    ((_, headers, body),) = hook.posts
    assert len(ids(body)) == 4 and len(headers["Idempotency-Key"]) == 64
    told = (shell.home / "watch_told.json").read_text()
    assert "s3cret" not in told and "t0ken" not in told


def test_a_webhook_that_fails_is_an_error_and_is_sent_the_same_again(shell: Shell, hook: Hook) -> None:
    hook.status = 500
    failed = shell("watch", "--webhook", hook.url)
    assert failed.code == 3 and "4 new events" in failed.out
    assert "error: the webhook at 127.0.0.1" in failed.err and "s3cret" not in failed.err + failed.out
    hook.status = 200
    again = shell("watch", "--webhook", hook.url)
    assert (again.code, again.out) == (1, "")
    assert ids(hook.posts[0][2]) == ids(hook.posts[1][2])
    assert hook.posts[0][1]["Idempotency-Key"] == hook.posts[1][1]["Idempotency-Key"]


def test_a_mail_is_sent_once_with_every_event(shell: Shell, post: Post) -> None:
    assert shell("watch", "--mail").code == 1 and shell("watch", "--mail").code == 0
    ((sender, recipients, data),) = post.messages
    assert (sender, recipients) == ("desk@example.org", ["ann@example.org", "bob@example.org"])
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert message["Subject"] == "4 new events on the watch-list: AAAA, BBBB"
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}


def test_a_webhook_that_fails_does_not_hold_up_the_mail(shell: Shell, hook: Hook, post: Post) -> None:
    hook.status = 404
    assert shell("watch", "--mail", "--webhook", hook.url).code == 3
    assert len(post.messages) == 1
    hook.status = 200
    assert shell("watch", "--mail", "--webhook", hook.url).code == 1
    assert len(post.messages) == 1 and len(hook.posts) == 2


def test_a_run_that_is_killed_after_the_delivery_repeats_it_and_loses_nothing(shell: Shell, hook: Hook) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TRACKER_HOME": str(shell.home),
        "TRACKER_WATCH_WEBHOOK": hook.url,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tracker", "watch"], env=environment, cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        hook.on_post = process.kill  # it has the events, and never hears that they arrived
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL and len(hook.posts) == 1
    hook.on_post = None
    assert shell("watch", "--webhook", hook.url).code == 1
    assert ids(hook.posts[0][2]) == ids(hook.posts[1][2]) and len(ids(hook.posts[0][2])) == 4
    assert shell("watch", "--webhook", hook.url).code == 0


def test_the_quarter_before_is_watched_while_the_next_one_begins(shell: Shell) -> None:
    """Its late filings are news, too; a new watch-list does not begin with the past."""
    assert {event["quarter"] for event in json.loads(shell("watch", "--format", "json").out)["rows"]} == {"2025Q3"}
    told = json.loads((shell.home / "watch_told.json").read_text())
    assert [*told["told"]["print"]] == ["2025Q3"]
    assert shell("watch", "--quarter", "2025Q2").code == 1
    assert shell("watch").code == 0  # both are told now


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("watch", "--webhook", "ftp://example.org/s3cret"), "--webhook is not an address"),
        (("watch", "--mail"), "no mail server is set: set TRACKER_MAIL_HOST"),
        (("watch", "--quarter", "1999Q1"), "1999Q1 cannot be loaded"),
    ],
)
def test_errors_exit_with_3(shell: Shell, words: tuple[str, ...], error: str) -> None:
    said = shell(*words)
    assert (said.code, said.out) == (3, "") and error in said.err and "s3cret" not in said.err
    assert said.err.count("\n") == 1 or "did you mean" in said.err


def test_a_watch_list_that_is_wrong_or_absent_exits_with_3(shell: Shell) -> None:
    (shell.home / "watch.toml").write_text("tickers = 1")
    assert shell("watch").code == 3
    (shell.home / "watch.toml").unlink()
    assert shell("watch").code == 3
    shell.home = shell.home / "empty"
    said = shell("watch")
    assert said.code == 3 and "run `tracker refresh" in said.err
    (shell.home.parent / "file").write_text("")
    shell.home = shell.home.parent / "file"
    assert shell("watch").code == 3


def test_what_nobody_foresaw_is_no_news(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from tracker.reports import watch

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(watch, "watch", fail)
    said = shell("watch")
    assert said.code == 3 and "ZeroDivisionError" in said.err


def test_wrong_usage_exits_with_2_and_other_commands_keep_their_codes(shell: Shell) -> None:
    assert shell("watch", "--nonsense").code == 2
    assert shell("watch", "--quarter", "1999Q1").code == 3
    assert shell("rank", "1999Q1").code == 1


def test_two_runs_at_once_do_not_tell_the_same_twice(shell: Shell) -> None:
    with hold(shell.home / "db" / "watch.lock"):
        code = subprocess.run(
            [sys.executable, "-m", "tracker", "--home", str(shell.home), "watch"],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True,
        ).returncode  # fmt: skip
    assert code == 3
    assert shell("watch").code == 1
