"""A bound on how long a server may take altogether: time-outs of sockets bound only the wait for its next byte."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from ..errors import SourceError

_Result = TypeVar("_Result")


def within(seconds: float, label: str, work: Callable[[], _Result]) -> _Result:
    """What `work` returns. Raises SourceError, which names `label`, if that takes longer; else what `work` raises.

    A work that overran goes on in a thread that ends with the process: it may still succeed.
    """
    results: list[_Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise SourceError(
            f"{label} did not finish within {seconds:.0f} seconds; nothing is marked as told, run it again"
        )
    return results[0]
