"""Threads that share out work, and stop together."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_LAST_WORDS_SECONDS = 2.0


def run_each(
    work: Callable[[_Item], _Result], items: Iterable[_Item], threads: int, here: threading.local
) -> Iterator[_Result]:
    """Yield `work(item)` for every item as soon as it is done, using `threads` threads.

    Each finds in `here.stop` the event that is set on Ctrl-C, or if `work` raises: then all stop at their next wait,
    and the error is re-raised. The threads are daemons: one that hangs in a socket holds nobody up.
    """
    waiting: queue.SimpleQueue[_Item] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[_Result | None, BaseException | None]] = queue.SimpleQueue()
    stop = threading.Event()
    count = 0
    for item in items:
        waiting.put(item)
        count += 1

    def run() -> None:
        here.stop = stop
        while not stop.is_set():
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((work(item), None))
            except BaseException as error:
                done.put((None, error))

    workers = [threading.Thread(target=run, daemon=True) for _ in range(min(threads, count))]
    try:
        for worker in workers:
            worker.start()
        for _ in range(count):
            result, error = done.get()
            if error is not None:
                raise error
            yield result  # type: ignore[misc]
    except BaseException:
        stop.set()
        deadline = time.monotonic() + _LAST_WORDS_SECONDS
        for worker in workers:
            if worker.is_alive():
                worker.join(max(0.0, deadline - time.monotonic()))
        raise
