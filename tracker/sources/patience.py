"""How long a client tries: what one request may cost in attempts, silence and waits."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """How long a client keeps trying; all times are in seconds.

    `attempts`: how often a request is sent at most. `refusals`: at which 403 to give up; EDGAR answers 403 both to
    throttle and for missing documents. `pause`: before the second attempt, doubled (and jittered) before each further
    one. `longest_pause`: of one pause, also of one that a server asks for; twice that for all it asks for. `timeout`:
    to connect, and of silence after that, in one attempt. `unreachable`: how many attempts a host gets that cannot be
    reached, and has not been before. `silence`: what all attempts together may be silent, with the pauses between them.
    `slowest`: bytes a second; what comes more slowly than this is silence.
    """

    attempts: int = 6
    refusals: int = 4
    pause: float = 1.0
    longest_pause: float = 60.0
    timeout: tuple[float, float] = (6.0, 20.0)
    unreachable: int = 3
    silence: float = 60.0
    slowest: float = 16_384.0


class Allowance:
    """What is left to one request of its client's patience."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._silence = patience.silence
        self._asked_for = 2 * patience.longest_pause

    @property
    def attempt(self) -> float:
        """Seconds that the next attempt may be silent."""
        return min(sum(self._patience.timeout), max(self._silence, 0.0))

    def spend(self, silence: float) -> None:
        """Count the silence of an attempt."""
        self._silence -= silence

    def next_pause(self, attempt: int, asked_for: float | None) -> float | None:
        """Seconds to wait after this `attempt`; None if nothing is left.

        `asked_for` is what the server wants.
        """
        if self._silence <= 0:
            return None
        grown = self._patience.pause * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not a secret
        own = min(grown, self._patience.longest_pause)
        if asked_for is not None and asked_for > own:
            seconds = min(asked_for, self._patience.longest_pause, self._asked_for)
            self._asked_for -= seconds
            return seconds or None
        self._silence -= own
        return own if self._silence > 0 else None
