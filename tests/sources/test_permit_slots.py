"""Permits that several processes share: by a file, which may be lost, foreign, of another shape, or of a dead run."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from tests.homes import ROOT
from tests.standin import peak
from tracker.sources import permit_slots
from tracker.sources.permit_slots import SharedPermitSlots
from tracker.sources.rate_limit import Limiter, Stopped

SEND = """
import sys, time
from tracker.sources import permit_slots
from tracker.sources.permit_slots import SharedPermitSlots
from tracker.sources.rate_limit import Limiter
import threading
limiter, stop = Limiter(4, window=0.2, slots=SharedPermitSlots(4, "test")), threading.Event()
for _ in range(12):
    with limiter.permit(stop):
        print(time.monotonic())
"""
KEEP = """
import time
from tracker.sources.permit_slots import SharedPermitSlots
slots = SharedPermitSlots(4, "test")
print([slots.take(time.monotonic())[0] for _ in range(5)], flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, for this process and those that it starts."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def start(code: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)


def test_the_window_holds_among_processes(folder: Path) -> None:
    outputs = [process.communicate(timeout=60)[0] for process in [start(SEND) for _ in range(3)]]
    times = [float(line) for output in outputs for line in output.split()]
    assert len(times) == 36
    assert peak(times, 0.2) <= 4


def test_who_shares_no_longer_gets_the_permits_of_others_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", os.getppid)
        assert SharedPermitSlots(1, "test").take(100.0)[0] == 0
    slots = SharedPermitSlots(1, "test")
    assert slots.take(100.0)[0] is None
    slots.path.unlink()
    slots.path.mkdir()
    assert slots.take(100.0) == (None, 101.0)
    assert slots.take(101.0)[0] == 0 and slots.failure


def test_permits_of_a_killed_run_come_back(folder: Path) -> None:
    process = start(KEEP)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "[0, 1, 2, 3, None]"
    slots = SharedPermitSlots(4, "test", window=0.1)
    assert slots.take(time.monotonic())[0] is None, "they are held"
    process.kill()
    process.communicate(timeout=20)
    now = time.monotonic()
    assert slots.take(now)[0] is None, "their requests may have been sent just now"
    assert [slots.take(now + 0.2)[0] for _ in range(5)] == [0, 1, 2, 3, None]


def test_a_pause_that_the_server_asks_for_holds_in_every_process(folder: Path) -> None:
    one, other = SharedPermitSlots(4, "test"), SharedPermitSlots(4, "test")
    now = time.monotonic()
    one.hold(now + 30.0, now)
    assert other.take(now) == (None, now + 30.0)
    assert other.take(now + 31.0)[0] == 0


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 1000])
def test_a_file_of_another_shape_states_nothing(folder: Path, content: bytes) -> None:
    slots = SharedPermitSlots(4, "test")
    slots.path.parent.mkdir()
    slots.path.write_bytes(content)
    assert slots.take(time.monotonic())[0] == 0


def test_times_of_before_a_restart_keep_nobody_waiting(folder: Path) -> None:
    """The clock begins anew, so they lie far ahead."""
    before = SharedPermitSlots(2, "test")
    before.take(1e9)
    before.take(1e9)
    before.give(1, 1e9 + 1.0, 1e9)
    before.hold(1e9 + 5.0, 1e9)
    after = SharedPermitSlots(2, "test", window=0.5)
    assert after.take(100.0)[0] == 1
    assert after.take(101.0)[0] == 0, "its holder is taken for lost"


@pytest.mark.parametrize("name", ["TMPDIR", "TRACKER_HOME", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_neither_a_proxy_nor_a_folder_of_its_own_makes_a_process_another_sender(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert SharedPermitSlots(1, "test").take(100.0)[0] == 0
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv(name, str(folder))
    assert SharedPermitSlots(1, "test").take(100.0)[0] is None


def test_where_no_file_can_be_kept_the_limit_holds_in_this_process_and_says_so(folder: Path) -> None:
    (folder / "tracker").write_bytes(b"in the way")
    slots = SharedPermitSlots(1, "test")
    assert slots.take(100.0)[0] == 0
    assert slots.take(100.0)[0] is None
    assert "File exists" in slots.failure


def test_a_lock_that_a_stopped_process_holds_is_not_waited_for_for_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permit_slots, "_LOCK_SECONDS", 0.05)
    slots = SharedPermitSlots(1, "test")
    slots.take(100.0)
    with slots.path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        other = SharedPermitSlots(1, "test")
        assert other.take(100.0)[0] == 0
        assert "locked" in other.failure
        assert other.take(100.0)[0] is None, "its own limit holds"


def test_a_link_is_not_followed_and_the_limit_holds_in_this_process(folder: Path) -> None:
    slots = SharedPermitSlots(1, "test")
    target = folder / "precious"
    target.write_text("as it was")
    slots.path.parent.mkdir()
    slots.path.symlink_to(target)
    assert slots.take(100.0)[0] == 0
    assert slots.take(100.0)[0] is None
    assert target.read_text() == "as it was"


def test_a_round_trip_that_all_take_is_not_waited_for_again() -> None:
    """Ten requests a window at a round trip of half a window: more than the two thirds that waiting it out allows."""
    limiter, stop, begun = Limiter(10, window=0.2, margin=0.0), threading.Event(), []

    def run() -> None:
        for _ in range(10):
            with limiter.permit(stop):
                begun.append(time.monotonic())
                time.sleep(0.1)

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert peak(begun, 0.2) <= 10


def test_a_request_that_fails_gives_its_permit_back(folder: Path) -> None:
    limiter, stop = Limiter(1, window=0.01, slots=SharedPermitSlots(1, "test")), threading.Event()
    with pytest.raises(OSError, match="broke"), limiter.permit(stop):
        raise OSError("the connection broke")
    with limiter.permit(stop):
        pass
    stop.set()
    with pytest.raises(Stopped), limiter.permit(stop):
        pytest.fail("it was stopped")
