"""Limits on how many requests are sent: SEC's fair access rule, and a modest limit for everybody else."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from .permit_slots import PermitSlots, SharedPermitSlots

SEC_REQUESTS_PER_SECOND = 10  # https://www.sec.gov/os/webmaster-faq#developers
OTHER_REQUESTS_PER_SECOND = 5

# The fastest of so many round trips counts, once there are enough of them; a tenth of it may be luck.
_RECENT, _ENOUGH, _DOUBT = 50, 10, 0.1
_JITTER_SECONDS = 0.01


class Stopped(BaseException):
    """The client was stopped while this thread was at work; not an Exception, so that no handler swallows it."""


class Limiter:
    """At most `count` requests in any `window` seconds, as the server sees them arrive.

    A request arrives somewhere between the moment it is sent and the moment its answer begins, on a new connection a
    tenth of a second later or more, so spacing the *sending* lets bursts through. A permit is therefore returned when
    the answer begins, and is lent again a window after that: whatever the delays, a request and the tenth one after it
    arrive at least a window apart. That alone would cost a round trip per window, and with it a tenth of the rate at
    100 ms. But the time that even the fastest round trip takes passes between any two requests in a row on the same
    permit, too: on the way of the second, or at the server and on the way back of the first. So most of it
    (`_credit`) is taken off the wait.
    """

    def __init__(self, count: int, window: float = 1.0, margin: float = 0.01, slots: PermitSlots | None = None) -> None:
        self._pause = window + margin
        self._slots = slots or PermitSlots(count)
        self._round_trips: deque[float] = deque(maxlen=_RECENT)
        self._changed = threading.Condition()

    @contextmanager
    def permit(self, stop: threading.Event) -> Iterator[None]:
        """Wait for a permit and hold it for the length of the block; raises Stopped once `stop` is set.

        The block sends a request and ends when the answer begins.
        """
        slot, credit = self._take(stop), 0.0
        sent = time.monotonic()
        try:
            yield
            credit = self._credit(time.monotonic() - sent)
        finally:
            with self._changed:
                now = time.monotonic()
                self._slots.give(slot, now + self._pause - credit, now)
                self._changed.notify()

    @property
    def failure(self) -> str:
        """Why the limit holds for this process alone, if it was to hold for all; else empty."""
        return self._slots.failure

    def hold(self, seconds: float) -> None:
        """Lend no permit for `seconds`: the server asked everybody to slow down."""
        with self._changed:
            now = time.monotonic()
            self._slots.hold(now + seconds, now)

    def _take(self, stop: threading.Event) -> int:
        with self._changed:
            while True:
                if stop.is_set():
                    raise Stopped
                now = time.monotonic()
                slot, due = self._slots.take(now)
                if slot is not None:
                    return slot
                self._changed.wait(min(due - now, 0.5))

    def _credit(self, round_trip: float) -> float:
        """The seconds of a round trip that no request of late was without; none before that is known well enough."""
        with self._changed:
            self._round_trips.append(round_trip)
            fastest = min(self._round_trips)
            is_known = len(self._round_trips) >= _ENOUGH
        return max(0.0, fastest - max(fastest * _DOUBT, _JITTER_SECONDS)) if is_known else 0.0


# The rule counts the requests of an address, not of a client: SEC's holds for all processes together.
SEC_LIMITER = Limiter(SEC_REQUESTS_PER_SECOND, slots=SharedPermitSlots(SEC_REQUESTS_PER_SECOND, "sec"))
OTHER_LIMITER = Limiter(OTHER_REQUESTS_PER_SECOND)
