"""Pages and exports kept as they were sent, until something is written to the home.

What an address answers depends on the address, on what the home holds and on the day, and on nothing else: the site
knows no users. Two exceptions are asked anew each time: SQL of the reader's own, which may ask for the time or for
chance, and files, which are as quick to read. Readers who ask for the same at once wait for one answer.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable

from .reply import App, Catch, Receive, Reply, Scope, Send, watch_lacks

MOST_KEPT = 64 * 2**20
"""bytes of all answers kept; the one not asked for longest goes first"""
_MOST_OF_ONE = 4 * 2**20
_ENTRY_BYTES = 500  # of Python's own, for each
_KEPT_STATUSES = frozenset({200, 301, 302, 404})
_FILES = ("/editions", "/assets/", "/-/static/", "/favicon.ico")


class ReplyCache:
    """An application whose answers are those of another; `read_state` says when the kept ones no longer hold."""

    def __init__(self, app: App, read_state: Callable[[], Hashable], most: int = MOST_KEPT) -> None:
        self._app, self._read_state, self._most = app, read_state, most
        self._state: Hashable = None
        self._kept: OrderedDict[Hashable, Reply] = OrderedDict()
        self._under_way: dict[Hashable, asyncio.Event] = {}
        self.size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET; what is no request is passed on."""
        if scope["type"] != "http" or not _is_kept(scope):
            await self._app(scope, receive, send)
            return
        key = _key(scope)
        while (reply := self._find(key)) is None:
            if (other := self._under_way.get(key)) is not None:
                await other.wait()
                if key not in self._kept:  # it is none to be kept
                    await self._app(scope, receive, send)
                    return
                continue
            await self._answer(key, scope, receive, send)
            return
        await _send(reply, scope, send)

    def _find(self, key: Hashable) -> Reply | None:
        state = self._read_state()
        if state != self._state:
            self._kept.clear()
            self._state, self.size = state, 0
        reply = self._kept.get(key)
        if reply is not None:
            self._kept.move_to_end(key)
        return reply

    async def _answer(self, key: Hashable, scope: Scope, receive: Receive, send: Send) -> None:
        done = self._under_way[key] = asyncio.Event()
        state, lacking = self._state, watch_lacks()
        try:
            catch = Catch(send, _MOST_OF_ONE)
            await self._app(scope, receive, catch)
            reply = catch.reply
            if reply is not None:
                reply = _tagged(reply)
                if not lacking:  # or what a busy moment left out would be missing until something is written
                    self._keep(key, state, reply)
        finally:
            del self._under_way[key]
            done.set()
        if reply is not None:
            await _send(reply, scope, send)

    def _keep(self, key: Hashable, state: Hashable, reply: Reply) -> None:
        """Unless something was written meanwhile: a page asks several times, and would be partly of the time before."""
        if reply.status not in _KEPT_STATUSES or state != self._state or state != self._read_state():
            return
        self._kept[key] = reply
        self.size += reply.size + _ENTRY_BYTES
        while self.size > self._most:
            _, oldest = self._kept.popitem(last=False)
            self.size -= oldest.size + _ENTRY_BYTES


def _is_kept(scope: Scope) -> bool:
    is_own_sql = b"sql=" in scope.get("query_string", b"")
    return scope["method"] == "GET" and not is_own_sql and not scope["path"].startswith(_FILES)


def _key(scope: Scope) -> Hashable:
    """The whole address: a page tells the reader's own name for this machine."""
    host = dict(scope["headers"]).get(b"host", b"")
    return host, scope.get("raw_path") or scope["path"].encode(), scope.get("query_string", b"")


def _tagged(reply: Reply) -> Reply:
    """With a tag, so that a browser that has the page need not be sent it again."""
    if reply.status != 200:
        return reply
    tag = b'"%s"' % hashlib.sha256(reply.body).hexdigest()[:32].encode()
    kept = [pair for pair in reply.headers if pair[0].lower() not in (b"etag", b"cache-control")]
    return Reply(reply.status, [*kept, (b"etag", tag), (b"cache-control", b"no-cache")], reply.body)


async def _send(reply: Reply, scope: Scope, send: Send) -> None:
    asked = dict(scope["headers"]).get(b"if-none-match", b"")
    tag = reply.get(b"etag")
    if tag and tag in [part.strip().removeprefix(b"W/") for part in asked.split(b",")]:
        kept = [pair for pair in reply.headers if pair[0].lower() not in (b"content-type", b"content-length")]
        reply = Reply(304, kept)
    await reply.send(send)
