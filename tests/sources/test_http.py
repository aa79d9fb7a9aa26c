"""The client's parts that need no network; what it does on the wire is in `integration/test_downloads.py`."""

from __future__ import annotations

import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3
from pytest_socket import SocketBlockedError

from tests.standin import peak
from tracker.errors import SourceError
from tracker.settings import Settings
from tracker.sources.http import Client, Patience
from tracker.sources.http_answers import is_time_out, is_untrusted, read_number, retry_after
from tracker.sources.rate_limit import Limiter, Stopped


def client(tmp_path: Path) -> Client:
    return Client(Settings(tmp_path, "Ann Example ann@example.org"), patience=Patience(attempts=1))


@pytest.mark.parametrize(
    "url",
    [
        "http://www.sec.gov/x",
        "https://user:word@www.sec.gov/x",
        "https://www.sec.gov:444/x",
        "file:///etc/passwd",
        "https:///x",
        "https://[x/",
        "",
    ],
)
def test_only_plain_https_addresses_are_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="not a plain https address"):
        client(tmp_path).get(url)


def test_unit_tests_have_no_network(tmp_path: Path) -> None:
    with pytest.raises((SocketBlockedError, UserWarning), match="tried to use socket"):
        client(tmp_path).get("https://www.sec.gov/x")


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    assert retry_after("7") == 7.0
    assert retry_after(None) is retry_after("soon") is None
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < (retry_after(soon) or 0) <= 90
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


@pytest.mark.parametrize("value", ["²", "1²", "9" * 5_000, "-1", "1.5", "0x10", "1e3", "٣", "+7"])
def test_what_is_no_whole_number_is_none(value: str) -> None:
    assert retry_after(value) is read_number(value) is None


def test_why_a_request_failed_shows_in_the_kind_of_error_whatever_its_words() -> None:
    pool: Any = None
    silent = requests.ConnectionError(urllib3.exceptions.ReadTimeoutError(pool, "/", "nothing came"))
    refused = requests.ConnectionError("it timed out, says a page of the proxy")
    unconnected = requests.exceptions.ConnectTimeout(TimeoutError("timed out"))
    assert [is_time_out(error) for error in (silent, refused, unconnected)] == [True, False, False]
    forged = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("not by anybody we know"))
    untrusted = requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(pool, "/", forged))
    broken = requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED")
    assert [is_untrusted(error) for error in (untrusted, broken)] == [True, False]


def test_the_limiter_keeps_its_window_among_threads() -> None:
    limiter, stop, begun = Limiter(5, window=0.1, margin=0.0), threading.Event(), []

    def run() -> None:
        for _ in range(6):
            with limiter.permit(stop):
                begun.append(time.monotonic())

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 24
    assert peak(begun, 0.1) <= 5


def test_whoever_waits_for_a_permit_can_be_stopped() -> None:
    limiter, stop = Limiter(1, window=60.0), threading.Event()
    with limiter.permit(stop):
        pass
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(Stopped), limiter.permit(stop):
        pytest.fail("there was no permit to be had")


def test_each_yields_every_result(tmp_path: Path) -> None:
    assert sorted(client(tmp_path).each(lambda item: item * 2, range(50), 4)) == list(range(0, 100, 2))
    assert list(client(tmp_path).each(str, [], 4)) == []


def test_each_passes_an_error_on_and_stops_the_rest(tmp_path: Path) -> None:
    done = []

    def work(item: int) -> None:
        if item == 3:
            raise OSError("disk full")
        time.sleep(0.01)
        done.append(item)

    here = client(tmp_path)
    with pytest.raises(OSError, match="disk full"):
        list(here.each(work, range(1000), 2))
    assert len(done) < 100
    assert list(here.each(str, [1], 2)) == ["1"], "the client is not stopped for good"
