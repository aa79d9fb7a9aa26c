"""A bound on how long a server may take altogether: time-outs of sockets bound only the wait for its next byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .. import time_limit
from ..errors import SourceError

_Result = TypeVar("_Result")


def within(seconds: float, label: str, work: Callable[[], _Result]) -> _Result:
    """As `time_limit.within`, but raises SourceError, which names `label`, if it takes longer."""
    try:
        return time_limit.within(seconds, work)
    except time_limit.Overdue:
        raise SourceError(
            f"{label} did not finish within {seconds:.0f} seconds; nothing is marked as told, run it again"
        ) from None
