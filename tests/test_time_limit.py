"""A bound on how long a piece of work may take."""

from __future__ import annotations

import threading

import pytest

from tracker.time_limit import Overdue, within


def test_what_the_work_returns_or_raises_is_handed_on() -> None:
    def time_out() -> None:
        raise TimeoutError("of its own")

    assert within(60, lambda: 7) == 7
    assert within(60, lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(60, lambda: 1 // 0)
    with pytest.raises(TimeoutError, match="of its own") as raised:
        within(60, time_out)
    assert not isinstance(raised.value, Overdue)


def test_a_wait_has_an_end() -> None:
    release = threading.Event()
    with pytest.raises(Overdue):
        within(0.01, release.wait)
    release.set()
