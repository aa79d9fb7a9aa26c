"""Answers as the server sends them: caught whole where they are short, passed on as they come where they are long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]


_lacking: ContextVar[list[str] | None] = ContextVar("lacking", default=None)


def note_lack(what: str) -> None:
    """Say of the answer under way that it lacks something, as there was no time for it: asked again, it may have it."""
    lacking = _lacking.get()
    if lacking is not None:
        lacking.append(what)


def watch_lacks() -> list[str]:
    """What the answer that is made from here on, in this task and in those that it starts, will be said to lack."""
    lacking: list[str] = []
    _lacking.set(lacking)
    return lacking


@dataclass(frozen=True)
class Reply:
    """An answer: its status, its headers, its body."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    @classmethod
    def of_text(cls, status: int, text: str, **headers: str) -> Reply:
        """A line of plain text."""
        more = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return cls(status, [(b"content-type", b"text/plain; charset=utf-8"), *more], f"{text}\n".encode())

    @property
    def size(self) -> int:
        """Bytes of it."""
        return len(self.body) + sum(len(name) + len(value) for name, value in self.headers)

    def get(self, name: bytes) -> bytes | None:
        """The value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    async def send(self, send: Send) -> None:
        """Send it, with its length."""
        headers = [pair for pair in self.headers if pair[0].lower() != b"content-length"]
        if self.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


@dataclass
class Catch:
    """Stands for `send`: keeps an answer up to `most` bytes; a longer one goes to `send` itself, as it comes."""

    onward: Send
    most: int
    _start: MutableMapping[str, Any] | None = None
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0
    is_passed_on: bool = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        """Take what the application sends."""
        if self.is_passed_on:
            await self.onward(message)
        elif message["type"] == "http.response.start":
            self._start = message
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))
            self._size += len(self._parts[-1])
            if self._size > self.most and self._start is not None:
                self.is_passed_on = True
                await self.onward(self._start)
                body = b"".join(self._parts)
                self._parts.clear()
                await self.onward({**message, "body": body})

    @property
    def reply(self) -> Reply | None:
        """The answer; None if there was none, or if it was passed on."""
        if self._start is None or self.is_passed_on:
            return None
        headers = [(bytes(name), bytes(value)) for name, value in self._start.get("headers", ())]
        return Reply(self._start["status"], headers, b"".join(self._parts))
