"""A bound on how long a piece of work may take altogether, whatever it waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")


class Overdue(TimeoutError):
    """The work was not done in time; what it raises itself is another error."""


def within(seconds: float, work: Callable[[], _Result]) -> _Result:
    """What `work` returns. Raises Overdue if that takes longer; else what `work` raises.

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
        raise Overdue(f"not done within {seconds:.0f} s")
    return results[0]
