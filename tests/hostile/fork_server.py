"""`tracker`, forked from a process that has loaded it: a command starts at once, in a process of its own.

Reads an order (a line of JSON) from stdin, runs the command in a child, and answers with a line of JSON: the exit code
(negative: the signal), the seconds, and the peak of memory. The child can be armed with `disk_faults.c`.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_LOOK_SECONDS = 0.1
_MOST_MEMORY = 3 * 2**30


def main() -> None:
    from tracker import cli

    _load()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order)
            sys.argv = ["tracker", *order["words"]]
            cli.main()
            return
        print(json.dumps(_wait(child, order)), flush=True)


def _load() -> None:
    """What commands import, none of which starts a thread by being imported."""
    import lxml.etree
    import polars
    import requests

    import tracker.newsletter.publish
    import tracker.pipeline.add_prices
    import tracker.pipeline.choose_funds
    import tracker.pipeline.refresh
    import tracker.reports.holders
    import tracker.reports.status

    assert lxml.etree and polars and requests and tracker


def _become(order: dict[str, Any]) -> None:
    """Take the place of a program that was started by hand."""
    os.setsid()
    os.chdir(order["folder"])
    os.environ.update(order["environment"])
    for number, path in ((1, order["stdout"]), (2, order["stderr"])):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, number)
        os.close(file)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if arms := order["arms"]:
        folder, log = (arms[name].encode() for name in ("folder", "log"))
        numbers = (arms[name] for name in ("at", "act", "error", "stays"))
        library = ctypes.CDLL(None)
        library.hostile_arm(folder, log, *map(ctypes.c_long, numbers))


def _wait(child: int, order: dict[str, Any]) -> dict[str, Any]:
    """Until it ends, or has said nothing for too long, or takes too long in all, or takes the machine's memory."""
    started = spoke = time.monotonic()
    said = 0
    descriptor = os.pidfd_open(child)
    is_hung = False
    while not select.select([descriptor], [], [], _LOOK_SECONDS)[0]:
        # a machine that does many things at once is slower in all of them
        busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        now, size = time.monotonic(), _size(order["stdout"]) + _size(order["stderr"])
        if size != said:
            said, spoke = size, now
        is_hung = now - spoke > order["silence"] * busy or now - started > order["seconds"] * busy
        if is_hung or _memory(child) > _MOST_MEMORY:
            os.killpg(child, signal.SIGKILL)
            break
    os.close(descriptor)
    _, status, usage = os.wait4(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what it may have started
    return {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - started,
        "memory": usage.ru_maxrss * 1024,
        "is_hung": is_hung,
    }


def _size(path: str) -> int:
    with suppress(OSError):
        return Path(path).stat().st_size
    return 0


def _memory(child: int) -> int:
    """Bytes that it has in memory. An address space of 128 GiB, as V8 reserves, is none."""
    with suppress(OSError):
        return int(Path(f"/proc/{child}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0


if __name__ == "__main__":
    main()
