"""One polite client for everything that comes over the network.

SEC's fair access rule: every request names who asks, and nobody sends more than 10 requests a second over all of
its hosts (https://www.sec.gov/os/webmaster-faq#developers). Both hold on retries too.
"""

from __future__ import annotations

import heapq
import queue
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests

from .. import __version__, files
from ..errors import IncompleteError, NotPublishedError, SourceError
from ..progress import Progress, Silent
from ..settings import Settings

SEC_HOSTS = frozenset({"www.sec.gov", "data.sec.gov"})
SEC_REQUESTS_PER_SECOND = 10
MAX_BYTES = 512 * 2**20
Check = Callable[[bytes], None]

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_NOTED_SECONDS = 5.0
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Stopped(BaseException):
    """The client was told to stop while this thread was at work; no `except Exception` on the way may swallow it."""


class Limiter:
    """Never more than `count` requests in any `window` seconds, as the server sees them arrive.

    A request arrives somewhere between the moment it is sent and the moment its answer begins; on a new connection
    that is a tenth of a second and more. Spacing the *sending* therefore lets bursts through. So a permit is given
    back when the answer begins, and is lent again a full window after that: whatever the delays, a request and the
    tenth one after it arrive at least a window apart. That costs one round trip a window: about 9.5 requests a
    second where a round trip takes 50 ms.
    """

    def __init__(self, count: int, window: float = 1.0, margin: float = 0.01) -> None:
        self._pause = window + margin
        self._free_at = [0.0] * count
        self._hold_until = 0.0
        self._changed = threading.Condition()

    @contextmanager
    def permit(self, stop: threading.Event) -> Iterator[None]:
        """Wait for a permit and hold it for the length of the block; raises Stopped once `stop` is set."""
        with self._changed:
            while True:
                if stop.is_set():
                    raise Stopped
                now = time.monotonic()
                due = max(self._free_at[0], self._hold_until) if self._free_at else now + 0.5
                if self._free_at and due <= now:
                    heapq.heappop(self._free_at)
                    break
                self._changed.wait(min(due - now, 0.5))
        try:
            yield
        finally:
            with self._changed:
                heapq.heappush(self._free_at, time.monotonic() + self._pause)
                self._changed.notify()

    def hold(self, seconds: float) -> None:
        """Give no permit for so long: the server asked everybody to slow down."""
        with self._changed:
            self._hold_until = max(self._hold_until, time.monotonic() + seconds)


# For the process, not for a client: the rule counts requests from an address.
SEC_LIMITER = Limiter(SEC_REQUESTS_PER_SECOND)
OTHER_LIMITER = Limiter(5)


@dataclass(frozen=True)
class _Request:
    """A GET, or a POST of `body`; `limiter` where the host has one of its own."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    limiter: Limiter | None = None


class Client:
    """Fetch documents over HTTPS: identity, rate limit, time-outs, retries, whole bodies only.

    One client serves several threads, each with its own kept-alive connections.

    `attempts`: how often a request is sent at most. `pause`: seconds before the second attempt, doubled (and
    jittered) before each further one, up to `longest_pause`, which also bounds a server's Retry-After.
    `refusals`: how often a 403 is taken as throttling before it is taken as an answer; EDGAR throttles with 403
    and answers it for missing documents too. `timeout`: seconds to connect, and between two pieces of the body.
    `progress` is told about waits of five seconds and more.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        attempts: int = 6,
        refusals: int = 4,
        pause: float = 1.0,
        longest_pause: float = 120.0,
        timeout: tuple[float, float] = (10.0, 30.0),
        limiter: Limiter = SEC_LIMITER,
        progress: Progress | None = None,
    ) -> None:
        self._settings = settings
        self._attempts, self._refusals = attempts, refusals
        self._pause, self._longest_pause = pause, longest_pause
        self._timeout = timeout
        self._limiter = limiter
        self._progress = progress or Silent()
        self._local = threading.local()
        self._never = threading.Event()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        refusals: int | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> bytes:
        """The whole body at `url` (https), content encoding undone.

        `check` may raise IncompleteError for a body that is not the whole document; that counts as a failed attempt.
        `headers` are added to, or replace, ours; only SEC's hosts are told the user's identity.

        Raises NotPublishedError for 404 and 410 at once, SettingError without an identity, SourceError (or its kind
        IncompleteError) for everything else that is still wrong after the last attempt.
        """
        return self._fetch(_Request(url, headers or {}), check, refusals, self._attempts, max_bytes)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        limiter: Limiter,
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        refusals: int | None = None,
        attempts: int | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> bytes:
        """The whole answer to a question (`body`) that may be asked twice without harm; else as `get`.

        `limiter` is the host's own; its 429 holds everybody up who uses it. `attempts` stands instead of the client's.
        """
        request = _Request(url, headers or {}, body, limiter)
        return self._fetch(request, check, refusals, attempts or self._attempts, max_bytes)

    def _fetch(
        self, request: _Request, check: Check | None, refusals: int | None, attempts: int, max_bytes: int
    ) -> bytes:
        url = request.url
        allowed = refusals if refusals is not None else self._refusals
        refused = 0
        for attempt in range(1, attempts + 1):
            wait: float | None = None
            try:
                response = self._send(request)
                with response:
                    if response.status_code == 200:
                        body = self._read(response, url, max_bytes)
                        if check:
                            check(body)
                        return body
                    problem = SourceError(self._explain(url, response.status_code, attempt))
                    if response.status_code == 403:
                        refused += 1
                        if refused >= allowed:
                            raise problem
                    elif response.status_code in (404, 410):
                        raise NotPublishedError(
                            f"{url}: not published (yet): the server answers {response.status_code}"
                        )
                    elif response.status_code not in _TRANSIENT:
                        raise problem
                    wait = _retry_after(response.headers.get("Retry-After") or response.headers.get("ratelimit-reset"))
                    if response.status_code == 429 and (request.limiter or _host(url) in SEC_HOSTS):
                        (request.limiter or self._limiter).hold(min(wait or 0.0, self._longest_pause))
            except IncompleteError as error:
                problem = error
            except requests.exceptions.SSLError as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise SourceError(
                        f"{url}: the server's certificate is not trusted; is a proxy in between?"
                    ) from error
                problem = SourceError(f"{url}: {_name(error)} ({attempt} attempts)")
            except requests.exceptions.RequestException as error:
                problem = SourceError(f"{url}: {_name(error)} ({attempt} attempts); is the network up?")
            if attempt < attempts:
                self._rest(url, attempt, wait, problem)
        raise problem

    def save(
        self,
        url: str,
        path: Path,
        *,
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        refusals: int | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Path:
        """Save what `get` returns, unedited, to `path`: the whole new file or what was there before."""
        body = self.get(url, headers=headers, check=check, refusals=refusals, max_bytes=max_bytes)
        files.write_atomic(path, body)
        return path

    def each(self, work: Callable[[_Item], _Result], items: Iterable[_Item], threads: int) -> Iterator[_Result]:
        """Yield `work(item)` of every item as each is done, from `threads` threads.

        On Ctrl-C, or where `work` raises, the other threads are stopped at their next wait and the error goes on.
        The threads are daemons: one that hangs in a socket holds nobody up.
        """
        waiting: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[_Result | None, BaseException | None]] = queue.SimpleQueue()
        stop = threading.Event()
        count = 0
        for item in items:
            waiting.put(item)
            count += 1

        def run() -> None:
            self._local.stop = stop
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
            deadline = time.monotonic() + 2.0
            for worker in workers:
                if worker.is_alive():
                    worker.join(max(0.0, deadline - time.monotonic()))
            raise

    def _send(self, request: _Request) -> requests.Response:
        """The answer's head; each redirect takes a permit too, and stays on SEC's hosts or on the host asked."""
        url, home = request.url, _host(request.url)
        for _ in range(_MAX_REDIRECTS):
            host = _host(url)
            if host != home and not {host, home} <= SEC_HOSTS:
                raise SourceError(f"{home} redirects to {url!r}, another host: not followed")
            is_sec = host in SEC_HOSTS
            agent = " ".join(self._settings.require_identity()) if is_sec else f"tracker/{__version__}"
            with (request.limiter or (self._limiter if is_sec else OTHER_LIMITER)).permit(self._stop()):
                response = self._session().request(
                    "GET" if request.body is None else "POST",
                    url,
                    data=request.body,
                    headers={"User-Agent": agent, "Accept-Encoding": "gzip, deflate", **request.headers},
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                )
            if response.status_code not in _REDIRECTS:
                return response
            response.close()
            url = urljoin(url, response.headers.get("Location", ""))
        raise SourceError(f"{url}: more than {_MAX_REDIRECTS} redirects")

    def _read(self, response: requests.Response, url: str, max_bytes: int) -> bytes:
        body = bytearray()
        for piece in response.iter_content(1 << 16):
            if self._stop().is_set():
                raise Stopped
            body += piece
            if len(body) > max_bytes:
                raise SourceError(f"{url}: larger than {max_bytes:,} bytes, which cannot be right")
        declared = response.headers.get("Content-Length", "")
        # bytes on the wire, so that it also holds for a compressed body
        if declared.isdigit() and response.raw.tell() != int(declared):
            raise IncompleteError(f"{url}: cut off at {response.raw.tell():,} of {int(declared):,} bytes")
        return bytes(body)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.auth = _send_no_credentials
        return session

    def _stop(self) -> threading.Event:
        """What tells this thread to stop: set for the threads of `each` only."""
        stop: threading.Event = getattr(self._local, "stop", self._never)
        return stop

    def _rest(self, url: str, attempt: int, asked: float | None, problem: SourceError) -> None:
        grown = self._pause * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, no secret
        seconds = min(max(asked or 0.0, grown), self._longest_pause)
        if seconds >= _NOTED_SECONDS:
            self._progress.note(f"{problem}; trying again in {seconds:.0f} s")
        if self._stop().wait(seconds):
            raise Stopped

    def _explain(self, url: str, status: int, attempt: int) -> str:
        if status == 403 and _host(url) in SEC_HOSTS:
            return (
                f"{url}: refused (403) after {attempt} attempts: it may be missing (EDGAR answers 403 for that too), "
                "SEC may be throttling this address (wait ten minutes), or it refuses the identity "
                f'"{" ".join(self._settings.require_identity())}"'
            )
        return f"{url}: the server answers {status} ({attempt} attempts)"


def _send_no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from looking for a password in the user's .netrc."""
    return request


def _host(url: str) -> str:
    """The host of an https address without port or credentials; SourceError for any other address."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname and parts.netloc.lower() == parts.hostname:
            return parts.hostname
    except ValueError:
        pass
    raise SourceError(f"{url!r} is no plain https address")


def _retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or as a date; None where it says nothing."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _name(error: requests.exceptions.RequestException) -> str:
    """What went wrong on the wire, in words: requests' own text runs over several lines."""
    cause: Any = error
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not answer"
    if isinstance(error, requests.exceptions.Timeout) or "timed out" in str(cause).lower():
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return "the body was cut off"
    if "NameResolutionError" in repr(cause) or "resolve" in str(cause):
        return "the host's name cannot be resolved"
    return "the connection broke"
