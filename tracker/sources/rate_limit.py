"""Limits on how many requests are sent: SEC's fair access rule, and a modest limit for everybody else."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SEC_REQUESTS_PER_SECOND = 10  # https://www.sec.gov/os/webmaster-faq#developers
OTHER_REQUESTS_PER_SECOND = 5


class Stopped(BaseException):
    """The client was stopped while this thread was at work; not an Exception, so that no handler swallows it."""


class Limiter:
    """At most `count` requests in any `window` seconds, as the server sees them arrive.

    A request arrives somewhere between the moment it is sent and the moment its answer begins, on a new connection a
    tenth of a second later or more, so spacing the *sending* lets bursts through. A permit is therefore returned when
    the answer begins, and is lent again a full window after that: whatever the delays, a request and the tenth one
    after it arrive at least a window apart. That costs one round trip per window: about 9.5 requests a second at a
    round trip of 50 ms.
    """

    def __init__(self, count: int, window: float = 1.0, margin: float = 0.01) -> None:
        self._pause = window + margin
        self._free_at = [0.0] * count
        self._hold_until = 0.0
        self._changed = threading.Condition()

    @contextmanager
    def permit(self, stop: threading.Event) -> Iterator[None]:
        """Wait for a permit and hold it for the length of the block; raises Stopped once `stop` is set."""
        with self._changed:
            while True:
                if stop.is_set():
                    raise Stopped
                now = time.monotonic()
                due = max(self._free_at[0], self._hold_until) if self._free_at else now + 0.5
                if self._free_at and due <= now:
                    heapq.heappop(self._free_at)
                    break
                self._changed.wait(min(due - now, 0.5))
        try:
            yield
        finally:
            with self._changed:
                heapq.heappush(self._free_at, time.monotonic() + self._pause)
                self._changed.notify()

    def hold(self, seconds: float) -> None:
        """Lend no permit for `seconds`: the server asked everybody to slow down."""
        with self._changed:
            self._hold_until = max(self._hold_until, time.monotonic() + seconds)


# For the process, not for a client: the rule counts the requests of an address.
SEC_LIMITER = Limiter(SEC_REQUESTS_PER_SECOND)
OTHER_LIMITER = Limiter(OTHER_REQUESTS_PER_SECOND)
