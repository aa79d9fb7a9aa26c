"""Which hosts have answered a client, and which it has given up.

A season is thousands of requests. When a host is silent, each of them would wait its minute: so after two that got
nothing, one after the other, the host is not asked again by this client.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass

from ..errors import SourceError

_ENOUGH = 2


@dataclass
class _State:
    has_answered: bool = False
    failures: int = 0  # in a row; of requests that ran side by side one counts
    failed_at: float = float("-inf")


class HostStates:
    """What a client knows of the hosts that it asks; for several threads."""

    def __init__(self) -> None:
        self._states: defaultdict[str, _State] = defaultdict(_State)
        self._lock = threading.Lock()

    def begin(self, host: str) -> float:
        """The moment at which a request begins. Raises SourceError for a host that is given up."""
        with self._lock:
            if self._states[host].failures >= _ENOUGH:
                raise SourceError(
                    f"{host} left {_ENOUGH} requests in a row without an answer and is not asked again by this run; "
                    "run the same command later"
                )
        return time.monotonic()

    def has_answered(self, host: str) -> bool:
        """Whether anything has come from the host."""
        with self._lock:
            return self._states[host].has_answered

    def note_answer(self, host: str) -> None:
        """The host answered: whatever it said, it is there."""
        with self._lock:
            self._states[host].has_answered = True

    def note_success(self, host: str) -> None:
        """A request got what it asked for, or a definite refusal."""
        with self._lock:
            self._states[host].failures = 0

    def note_silence(self, host: str, began: float) -> None:
        """A request that `began` then was given up, as nothing came of it in all its attempts."""
        with self._lock:
            state = self._states[host]
            if began > state.failed_at:
                state.failures += 1
                state.failed_at = time.monotonic()
