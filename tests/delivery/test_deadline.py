"""A bound on the whole of a conversation."""

from __future__ import annotations

import threading

import pytest

from tracker.delivery.deadline import within
from tracker.errors import SourceError


def test_what_the_work_returns_or_raises_is_handed_on() -> None:
    assert within(5, "it", lambda: 7) == 7
    assert within(5, "it", lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(5, "it", lambda: 1 // 0)


def test_a_work_that_overruns_is_given_up() -> None:
    release = threading.Event()
    with pytest.raises(SourceError, match="the server did not finish within 0 seconds"):
        within(0.05, "the server", release.wait)
    release.set()
