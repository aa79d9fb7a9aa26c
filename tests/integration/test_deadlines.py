"""Servers that are silent, drip, or ask for ages: each request ends, soon and in words, and so does a step."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from tests.integration.market import Edgar
from tests.sources.helpers import Notes
from tests.standin import DRIP_SECONDS, Standin
from tracker.errors import SourceError
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.sources import deadlines, fetch_log, http
from tracker.sources.form_index import fetch_index, index_path
from tracker.sources.http import Client, Patience
from tracker.sources.rate_limit import Limiter

pytestmark = pytest.mark.integration

URL = "https://www.sec.gov/document"
# 0.5 s an attempt, 1 s in all; a byte each 0.02 s is 50 bytes a second
QUICK = Patience(
    attempts=5, pause=0.01, longest_pause=0.2, timeout=(0.25, 0.25), silence=1.0, slowest=10_000.0
)  # fmt: skip
LONG = 20.0  # seconds that a machine with other work may take for what is over in two


def client(tmp_path: Path, patience: Patience = QUICK, notes: Notes | None = None) -> Client:
    settings = Settings(tmp_path / "home", "Ann Example ann@example.org")
    return Client(settings, limiter=Limiter(1000), patience=patience, progress=notes)


@pytest.fixture
def document(edgar: Standin) -> bytes:
    body = b"0123456789" * 100
    path = edgar.folder / "www.sec.gov" / "document"
    path.parent.mkdir()
    path.write_bytes(body)
    return body


@pytest.mark.parametrize("act", ["silent", "drip", "endless", "drip-head", "stall"])
def test_a_server_that_never_comes_to_an_end_costs_a_request_its_time_and_no_more(
    act: str, edgar: Standin, document: bytes, tmp_path: Path
) -> None:
    edgar.misbehave("/document", act, always=True)
    began = time.monotonic()
    with pytest.raises(SourceError, match="no whole answer in"):
        client(tmp_path).get(URL)
    assert time.monotonic() - began < LONG
    assert 2 <= len(edgar.requests) <= 4, "an attempt is at most half of the time for all"


@pytest.mark.parametrize("act", ["silent", "drip", "drip-head", "stall"])
def test_the_next_attempt_may_succeed(act: str, edgar: Standin, document: bytes, tmp_path: Path) -> None:
    edgar.misbehave("/document", act)
    assert client(tmp_path).get(URL) == document
    assert len(edgar.requests) == 2


def test_a_handshake_has_the_same_deadline(edgar: Standin, document: bytes, tmp_path: Path) -> None:
    edgar.connect_lag = 3.0
    with pytest.raises(SourceError):
        client(tmp_path).get(URL)
    assert not edgar.requests


def test_what_arrives_slowly_but_steadily_takes_as_long_as_it_takes(
    edgar: Standin, document: bytes, tmp_path: Path
) -> None:
    edgar.drip_bytes = 1 << 14
    body = document * 1600
    (edgar.folder / "www.sec.gov" / "document").write_bytes(body)
    edgar.misbehave("/document", "drip")
    assert len(body) / edgar.drip_bytes * DRIP_SECONDS > 2 * sum(QUICK.timeout)
    assert client(tmp_path, replace(QUICK, attempts=1, slowest=50_000.0)).get(URL) == body


def test_a_wait_is_shown(edgar: Standin, document: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "_FIRST_NOTE_SECONDS", 0.05)
    edgar.misbehave("/document", "stall")
    notes = Notes()
    client(tmp_path, notes=notes).get(URL)
    assert notes.told[0].startswith("waiting for www.sec.gov: ")
    assert "no whole answer in" in notes.told[1] and "(1 attempt); trying again in " in notes.told[1]


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_days_gets_a_little_and_is_quoted(
    status: int, edgar: Standin, document: bytes, tmp_path: Path
) -> None:
    edgar.misbehave("/document", (status, {"Retry-After": "864000"}), always=True)
    notes, began = Notes(), time.monotonic()
    with pytest.raises(SourceError, match=rf"answers {status} \(3 attempts\) and asks for 864,000 s"):
        client(tmp_path, notes=notes).get(URL)
    assert time.monotonic() - began < LONG
    assert len(edgar.requests) == 3, "two waits, of the longest pause"
    assert f"the server answers {status} (1 attempt) and asks for 864,000 s; trying again in 0.2 s" in notes.told[0]


def test_without_a_network_the_first_error_comes_after_a_few_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    patience = replace(Patience(), pause=0.01)
    here = client(tmp_path, patience)
    for _ in range(2):
        with pytest.raises(SourceError, match=r"the proxy does not answer \(3 attempts\); is the network up\?"):
            here.get(URL)
    with pytest.raises(SourceError, match="without an answer and is not asked again"):
        here.get(URL)
    with pytest.raises(SourceError, match="3 attempts"):
        here.get("https://data.sec.gov/x")
    assert Patience().pause * (1 + 2) * 1.25 < 5.0, "seconds between these attempts"


def test_a_host_that_falls_silent_ends_a_step_of_many_requests(edgar: Standin, document: bytes, tmp_path: Path) -> None:
    here = client(tmp_path)
    assert here.get(URL) == document
    edgar.misbehave("/document", "silent", always=True)

    def ask(_: int) -> str:
        with pytest.raises(SourceError) as caught:
            here.get(URL)
        return str(caught.value)

    began = time.monotonic()
    reasons = list(here.each(ask, range(1000), 4))
    assert time.monotonic() - began < 2 * LONG
    assert sum("no whole answer" in reason for reason in reasons) <= 8, "two rounds of four threads"
    assert sum("not asked again" in reason for reason in reasons) >= 992


def test_hosts_are_given_up_one_by_one_and_not_while_they_answer(
    edgar: Standin, document: bytes, tmp_path: Path
) -> None:
    here = client(tmp_path)
    for _ in range(3):
        edgar.behave()
        edgar.misbehave("/document", "silent", "silent", "silent", "silent", "silent")
        with pytest.raises(SourceError):
            here.get(URL)
        edgar.behave()
        assert here.get(URL) == document


def test_what_was_fetched_by_a_clock_that_is_ahead_is_dated_by_the_servers(
    edgar: Standin, document: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)

    class Clock(datetime):
        ahead = timedelta(days=365)

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + cls.ahead

    monkeypatch.setattr(http, "datetime", Clock)
    here = client(tmp_path)
    assert abs(here.ask(URL).fetched_at - now) < timedelta(hours=1)
    monkeypatch.setattr(Clock, "ahead", timedelta(days=-365))
    assert here.ask(URL).fetched_at < now - timedelta(days=364), "one that is behind makes nothing newer"


def test_an_index_that_a_clock_ahead_believes_to_be_final_is_fetched_again(
    edgar: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running quarter looks over by this machine's clock, but not by the server's."""
    running = Quarter.of(date.today())
    world = Edgar(edgar.folder)
    world.file(101, running.start)
    world.write()
    settings = Settings(tmp_path / "home", "Ann Example ann@example.org")
    ahead = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=365)
    monkeypatch.setattr(fetch_log, "now", lambda: ahead)
    for _ in range(2):
        fetch_index(client(tmp_path), settings, running, today=ahead.date())
    assert len(edgar.requests) == 2
    monkeypatch.undo()
    index = index_path(settings, running)
    fetch_log.keep(index, index.read_bytes(), source="x", url="x", fetched_at=ahead)
    assert not fetch_log.is_final(index, datetime.combine(running.end + timedelta(days=2), datetime.min.time()))
