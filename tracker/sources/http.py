"""One polite client for everything that comes over the network.

SEC's fair access rule: every request names its sender, and nobody sends more than 10 requests a second to all of its
hosts together (https://www.sec.gov/os/webmaster-faq#developers). Both hold for retries, too.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin

from .. import __version__, files
from ..edgar_facts import HOSTS as SEC_HOSTS
from ..errors import IncompleteError, NotPublishedError, SourceError
from ..output import plural
from ..progress import Progress, Silent
from ..settings import Settings
from .http_answers import MISSING, REDIRECTS, TRANSIENT, describe, host_of, retry_after
from .rate_limit import OTHER_LIMITER, SEC_LIMITER, Limiter, Stopped

if TYPE_CHECKING:
    import requests

MAX_BYTES = 512 * 2**20
Check = Callable[[bytes], None]

_MAX_REDIRECTS = 5
_NOTED_SECONDS = 5.0
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class _Request:
    """A GET, or a POST of `body`; `limiter` if the host has one of its own."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    limiter: Limiter | None = None


@dataclass(frozen=True)
class Patience:
    """How long a client keeps trying.

    `attempts`: how often a request is sent at most. `refusals`: at which 403 to give up; EDGAR answers 403 both to
    throttle and for missing documents. `pause`: seconds before the second attempt, doubled (and jittered) before each
    further one, up to `longest_pause`, which also caps a server's Retry-After. `timeout`: seconds to connect, and
    between two pieces of the body.
    """

    attempts: int = 6
    refusals: int = 4
    pause: float = 1.0
    longest_pause: float = 120.0
    timeout: tuple[float, float] = (10.0, 30.0)


class Client:
    """Fetches documents over HTTPS: identity, rate limit, time-outs, retries, whole bodies only.

    One client serves several threads, each with its own kept-alive connections. Waits of five seconds and more are
    noted on `progress`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        patience: Patience | None = None,
        limiter: Limiter = SEC_LIMITER,
        progress: Progress | None = None,
    ) -> None:
        self._settings = settings
        self._patience = patience or Patience()
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
        attempts: int | None = None,
        limiter: Limiter | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> bytes:
        """The whole body at `url` (https), content encoding undone.

        `check` may raise IncompleteError for a body that is not the whole document; that counts as a failed attempt.
        `headers` are added to ours, or replace them; the user's identity is sent to SEC's hosts only. `attempts`
        replaces the client's. `limiter` is the host's own, if it has one (see `post`).

        Raises NotPublishedError for 404 and 410 at once, SettingError without an identity, and SourceError (or its
        subclass IncompleteError) for anything that still fails at the last attempt.
        """
        request = _Request(url, headers or {}, limiter=limiter)
        return self._fetch(request, check, refusals, attempts or self._patience.attempts, max_bytes)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        limiter: Limiter,
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        attempts: int | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> bytes:
        """The whole answer to an idempotent POST of `body`; otherwise as `get`.

        `limiter` is the host's own; a 429 holds up everybody who uses it. A 403 is final: only EDGAR throttles with
        it. `attempts` replaces the client's.
        """
        request = _Request(url, headers or {}, body, limiter)
        return self._fetch(request, check, 1, attempts or self._patience.attempts, max_bytes)

    def _fetch(
        self, request: _Request, check: Check | None, refusals: int | None, attempts: int, max_bytes: int
    ) -> bytes:
        import requests  # whoever only reads what was downloaded need not wait for it

        url = request.url
        allowed = refusals if refusals is not None else self._patience.refusals
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
                    elif response.status_code in MISSING:
                        raise NotPublishedError(
                            f"{url}: not published (yet): the server answers {response.status_code}"
                        )
                    elif response.status_code not in TRANSIENT:
                        raise problem
                    wait = retry_after(response.headers.get("Retry-After") or response.headers.get("ratelimit-reset"))
                    if response.status_code == 429 and (request.limiter or host_of(url) in SEC_HOSTS):
                        (request.limiter or self._limiter).hold(min(wait or 0.0, self._patience.longest_pause))
            except IncompleteError as error:
                problem = error
            except requests.exceptions.SSLError as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise SourceError(
                        f"{url}: the server's certificate is not trusted; is a proxy in between?"
                    ) from error
                problem = SourceError(f"{url}: {describe(error)} ({plural(attempt, 'attempt')})")
            except requests.exceptions.RequestException as error:
                problem = SourceError(f"{url}: {describe(error)} ({plural(attempt, 'attempt')}); is the network up?")
            if attempt < attempts:
                self._rest(attempt, wait, problem)
        raise problem

    def save(
        self,
        url: str,
        path: Path,
        *,
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        refusals: int | None = None,
        limiter: Limiter | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Path:
        """Save what `get` returns, unedited, to `path`; on an error `path` stays as it was."""
        body = self.get(url, headers=headers, check=check, refusals=refusals, limiter=limiter, max_bytes=max_bytes)
        files.write_atomic(path, body)
        return path

    def each(self, work: Callable[[_Item], _Result], items: Iterable[_Item], threads: int) -> Iterator[_Result]:
        """Yield `work(item)` for every item as soon as it is done, using `threads` threads.

        On Ctrl-C, or if `work` raises, the other threads are stopped at their next wait and the error is re-raised.
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
        """The answer's head; each redirect needs a permit, too, and must stay on SEC's hosts or on the same host."""
        url, home = request.url, host_of(request.url)
        for _ in range(_MAX_REDIRECTS):
            host = host_of(url)
            if host != home and not {host, home} <= SEC_HOSTS:
                raise SourceError(f"{home} redirects to {url!r}, another host: redirect not followed")
            is_sec = host in SEC_HOSTS
            agent = " ".join(self._settings.require_identity()) if is_sec else f"tracker/{__version__}"
            with (request.limiter or (self._limiter if is_sec else OTHER_LIMITER)).permit(self._stop()):
                response = self._session().request(
                    "GET" if request.body is None else "POST",
                    url,
                    data=request.body,
                    headers={"User-Agent": agent, "Accept-Encoding": "gzip, deflate", **request.headers},
                    timeout=self._patience.timeout,
                    allow_redirects=False,
                    stream=True,
                )
            if response.status_code not in REDIRECTS:
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
            import requests

            session = self._local.session = requests.Session()
            session.auth = _send_no_credentials
        return session

    def _stop(self) -> threading.Event:
        """The event that stops this thread: only the threads of `each` have one of their own."""
        stop: threading.Event = getattr(self._local, "stop", self._never)
        return stop

    def _rest(self, attempt: int, requested: float | None, problem: SourceError) -> None:
        grown = self._patience.pause * 2 ** (attempt - 1) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not a secret
        seconds = min(max(requested or 0.0, grown), self._patience.longest_pause)
        if seconds >= _NOTED_SECONDS:
            self._progress.note(f"{problem}; trying again in {seconds:.0f} s")
        if self._stop().wait(seconds):
            raise Stopped

    def _explain(self, url: str, status: int, attempt: int) -> str:
        if status == 403 and host_of(url) in SEC_HOSTS:
            return (
                f"{url}: refused (403) after {plural(attempt, 'attempt')}: it may be missing (EDGAR answers 403 for "
                "that, too), SEC may be throttling this address (wait ten minutes), or it may reject the identity "
                f'"{" ".join(self._settings.require_identity())}"'
            )
        return f"{url}: the server answers {status} ({plural(attempt, 'attempt')})"


def _send_no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from looking for a password in the user's .netrc."""
    return request
