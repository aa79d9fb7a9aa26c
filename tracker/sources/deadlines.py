"""How long an attempt may be silent: from the connection to the last byte, whatever drips in between.

A time-out of a socket begins anew with each byte, so a server that sends one every few seconds holds its client for
ever, in the handshake, in the head, and in the body. Here one clock runs for all of them. Bytes of the body buy time,
at the slowest rate that is put up with; when the time is up the connection is shut, and whoever reads it gets an error.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import requests.adapters
import urllib3
from urllib3.connection import HTTPSConnection

_FIRST_NOTE_SECONDS, _NOTE_SECONDS = 5.0, 30.0
_current = threading.local()


class Deadline:
    """The clock of one attempt, as a context manager around it, in its thread.

    `allowed` are the seconds it may be silent, `slowest` the bytes a second that are none of it. `on_wait` is told (in
    another thread) the seconds so far and the bytes that have arrived: after the first silence, then now and then.
    """

    def __init__(self, allowed: float, slowest: float, on_wait: Callable[[float, int], None]) -> None:
        self.is_over = False
        self._allowed, self._slowest, self._on_wait = allowed, slowest, on_wait
        self._started, self._arrived = time.monotonic(), 0
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._line: socket.socket | None = None

    def __enter__(self) -> Deadline:
        self._started = time.monotonic()
        _current.deadline = self
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> bool:
        """Stop the clock; returns whether the time was up before."""
        _current.deadline = None
        with self._lock:
            self._ended.set()
            self._release()
        return self.is_over

    @property
    def silence(self) -> float:
        """Seconds so far that what arrived does not account for."""
        return max(0.0, time.monotonic() - self._started - self._arrived / self._slowest)

    def count(self, arrived: int) -> None:
        """State how many bytes of the body have arrived."""
        self._arrived = arrived

    def watch(self, line: socket.socket) -> None:
        """Shut this connection when the time is up."""
        with self._lock:
            self._release()
            # the same connection under another number: TLS takes the first one over
            with suppress(OSError, ValueError):
                self._line = socket.fromfd(line.fileno(), line.family, line.type)
            if self.is_over:
                self._shut()

    def _run(self) -> None:
        next_note = _FIRST_NOTE_SECONDS
        while (silence := self.silence) < self._allowed:
            elapsed = time.monotonic() - self._started
            if elapsed >= next_note:
                if silence >= _FIRST_NOTE_SECONDS or next_note > _FIRST_NOTE_SECONDS:
                    self._on_wait(elapsed, self._arrived)
                next_note = elapsed + _NOTE_SECONDS
            if self._ended.wait(max(min(self._allowed - silence, next_note - elapsed), 0.001)):
                return
        with self._lock:
            if not self._ended.is_set():
                self.is_over = True
                self._shut()

    def _shut(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _release(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class _Connection(HTTPSConnection):
    """A connection that shows itself to the deadline of its thread."""

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        _show(made)
        return made

    def request(self, *given: Any, **named: Any) -> None:
        if self.sock is not None:  # kept alive from an earlier request
            _show(self.sock)
        super().request(*given, **named)


class _Pool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Connection


class Adapter(requests.adapters.HTTPAdapter):
    """Connections with a deadline, also through a proxy; through a SOCKS proxy only the sockets' time-outs hold."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        """See `HTTPAdapter`."""
        super().init_poolmanager(*given, **named)
        _use_pool(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> urllib3.ProxyManager:
        """See `HTTPAdapter`."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **named)
        if not proxy.lower().startswith("socks"):
            _use_pool(manager)
        return manager


def _use_pool(manager: urllib3.PoolManager) -> None:
    manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": _Pool}


def _show(line: socket.socket) -> None:
    deadline: Deadline | None = getattr(_current, "deadline", None)
    if deadline is not None:
        deadline.watch(line)
