"""Posting to an address of the user's: once, to that host only, and without telling its secret."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.delivery.servers import Hook, serve_hook
from tracker.delivery import webhook
from tracker.delivery.webhook import parse_webhook, post_json
from tracker.errors import SettingError, SourceError

pytestmark = pytest.mark.integration


@pytest.fixture
def hook() -> Iterator[Hook]:
    with serve_hook() as served:
        yield served


def test_a_document_is_posted_once_with_its_key(hook: Hook) -> None:
    post_json(parse_webhook(hook.url), {"events": [{"id": "1", "name": "Größe"}]}, "key-1")
    ((path, headers, body),) = hook.posts
    assert path == "/hook/s3cret?token=t0ken"
    assert json.loads(body) == {"events": [{"id": "1", "name": "Größe"}]}
    assert headers["Idempotency-Key"] == "key-1" and headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "words"), [(302, "redirects"), (307, "redirects"), (404, "answers 404"), (500, "answers 500")]
)
def test_anything_but_success_is_an_error_that_keeps_the_secret(hook: Hook, status: int, words: str) -> None:
    with serve_hook() as other:
        hook.status, hook.headers = status, {"Location": other.url}
        with pytest.raises(SourceError, match=words) as caught:
            post_json(parse_webhook(hook.url), {}, "k")
        assert other.posts == []
    assert len(hook.posts) == 1
    assert "s3cret" not in str(caught.value) and "t0ken" not in str(caught.value)


def test_a_server_that_is_not_there_is_named_by_its_host(hook: Hook) -> None:
    with serve_hook() as gone:
        url = gone.url
    with pytest.raises(SourceError, match=r"127\.0\.0\.1.* cannot be reached") as caught:
        post_json(parse_webhook(url), {}, "k")
    assert "s3cret" not in str(caught.value) and caught.value.__suppress_context__


def test_an_endless_answer_is_not_read(hook: Hook) -> None:
    hook.body = b"x" * (8 << 20)
    post_json(parse_webhook(hook.url), {}, "k")


def test_an_answer_that_drips_is_given_up(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "_SECONDS", 0.3)
    hook.drip, hook.body = 0.05, b"x" * 100
    with pytest.raises(SourceError, match="did not finish"):
        post_json(parse_webhook(hook.url), {}, "k")


@pytest.mark.parametrize(
    "text",
    [
        "", "ftp://example.org/x", "file:///etc/passwd", "https://", "//example.org", "example.org/hook",
        "https://user:pass@example.org/", "https://example.org/\r\nX: 1", "https://exa mple.org/", "https://[::1",
        "https://example.org:99999999/", "https://example.org/" + "x" * 3000, "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(SettingError) as caught:
        parse_webhook(text)
    assert "pass@" not in str(caught.value) and str(caught.value).isprintable()


def test_an_address_is_shown_by_its_host_only() -> None:
    checked = parse_webhook("https://hooks.example.org:8443/s3cret")
    assert checked.host == "hooks.example.org:8443" and "s3cret" not in repr(checked)
