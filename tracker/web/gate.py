"""What every request passes and every answer gets: this machine's name, reading only, and headers for the browser.

Datasette's pages about itself (versions, plugins, threads, the file's path) are not served, and no one can log in.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

from .reply import App, Catch, Headers, Receive, Reply, Scope, Send

_LOCAL_HOSTS = re.compile(rb"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
_OWN_PATHS, _STATIC = "/-/", "/-/static/"
_PRIVATE = frozenset({b"cookie", b"authorization"})
_DISCARDED = 64 * 1024  # bytes of an answer that only its status is wanted of
# Datasette's pages have scripts of their own, in files, and styles in the page; they load nothing from elsewhere.
_HEADERS: Headers = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


class Gate:
    """Stands before an application: refuses what is not for it, and completes what it answers."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what is no request (start and end of the server) is passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        outgoing = _Outgoing(send, is_head=scope["method"] == "HEAD")
        refusal = _refusal(scope)
        try:
            if refusal is not None:
                await refusal.send(outgoing)
            elif scope["method"] in ("GET", "HEAD"):
                await self._app(_as_read(scope), receive, outgoing)
            else:
                await (await self._not_read(scope, receive)).send(outgoing)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            if not outgoing.has_begun:
                await Reply.of_text(500, "This page failed; the terminal of the site says why.").send(outgoing)

    async def _not_read(self, scope: Scope, receive: Receive) -> Reply:
        """Nothing can be written: 405, or 404 where there is nothing to read either."""

        async def ignore(_: MutableMapping[str, Any]) -> None:
            return None

        catch = Catch(ignore, _DISCARDED)
        await self._app(_as_read(scope), receive, catch)
        if catch.reply is not None and catch.reply.status == 404:
            return Reply.of_text(404, "There is nothing at this address.")
        return Reply.of_text(405, "This site can only be read.", allow="GET, HEAD")


class _Outgoing:
    """Stands for `send`: adds the headers that an answer has not, and leaves out the body of what HEAD asks for."""

    def __init__(self, send: Send, *, is_head: bool) -> None:
        self._send, self._is_head = send, is_head
        self.has_begun = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = list(message.get("headers", ()))
            there = {bytes(name).lower() for name, _ in headers}
            message = {**message, "headers": [*headers, *(pair for pair in _HEADERS if pair[0] not in there)]}
        elif message["type"] == "http.response.body" and self._is_head:
            message = {**message, "body": b""}
        await self._send(message)


def _refusal(scope: Scope) -> Reply | None:
    """The answer to what is not for this site: another host's name (a foreign page may point its own here)."""
    host = dict(scope.get("headers") or ()).get(b"host", b"")
    if not _LOCAL_HOSTS.fullmatch(host):
        return Reply.of_text(403, "This site answers to 127.0.0.1 and localhost only.")
    path = scope.get("raw_path") or scope["path"].encode()
    if not path.isascii() or b"\0" in path:
        return Reply.of_text(400, "This is not an address: letters beyond ASCII are written as %XX.")
    if scope["path"].startswith(_OWN_PATHS) and not scope["path"].startswith(_STATIC):
        return Reply.of_text(404, "There is nothing at this address.")
    return None


def _as_read(scope: Scope) -> Scope:
    """A plain GET of the same address, by nobody in particular."""
    headers = [pair for pair in scope["headers"] if bytes(pair[0]).lower() not in _PRIVATE]
    return {**scope, "method": "GET", "headers": headers}
