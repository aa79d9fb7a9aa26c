"""One polite client for everything that comes over the network.

SEC's fair access rule: every request names its sender, and nobody sends more than 10 requests a second to all of its
hosts together (https://www.sec.gov/os/webmaster-faq#developers). Both hold for retries, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin

from .. import __version__, files
from ..edgar_facts import HOSTS as SEC_HOSTS
from ..errors import IncompleteError, NotPublishedError, SourceError
from ..output import plural
from ..progress import Progress, Silent
from ..settings import Settings
from .host_state import HostStates
from .http_answers import (
    MISSING,
    REDIRECTS,
    TRANSIENT,
    SilentError,
    describe,
    earlier,
    host_of,
    is_time_out,
    is_unreached,
    is_untrusted,
    read_number,
    wanted_pause,
)
from .patience import Allowance, Patience
from .rate_limit import OTHER_LIMITER, SEC_LIMITER, Limiter, Stopped
from .workers import run_each

if TYPE_CHECKING:
    import requests

    from .deadlines import Deadline

__all__ = ["MAX_BYTES", "Answer", "Check", "Client", "Patience"]

MAX_BYTES = 512 * 2**20
Check = Callable[[bytes], None]

_MAX_REDIRECTS = 5
_NOTED_SECONDS = 5.0
_PIECE = 1 << 14  # a second at the slowest rate
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
class Answer:
    """A whole body, and when it was fetched (UTC without a zone).

    That is the earlier of two moments: when it was requested by this machine's clock, and when it was sent by the
    server's. So what was fetched "after" a day really was, even if one of the clocks is wrong.
    """

    body: bytes
    fetched_at: datetime


class Client:
    """Fetches documents over HTTPS: identity, rate limit, time-outs, retries, whole bodies only.

    One client serves several threads, each with its own kept-alive connections. Waits of five seconds and more are
    noted on `progress`. What a request may cost is in `Patience`; a host that stays silent is given up (`host_state`).
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
        self._hosts = HostStates()
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
        """The whole body at `url` (https), content encoding undone; otherwise as `ask`."""
        return self.ask(
            url,
            headers=headers,
            check=check,
            refusals=refusals,
            attempts=attempts,
            limiter=limiter,
            max_bytes=max_bytes,
        ).body

    def ask(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        check: Check | None = None,
        refusals: int | None = None,
        attempts: int | None = None,
        limiter: Limiter | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Answer:
        """The whole body at `url` (https), content encoding undone, and when it was fetched.

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
        return self._fetch(request, check, 1, attempts or self._patience.attempts, max_bytes).body

    def _fetch(
        self, request: _Request, check: Check | None, refusals: int | None, attempts: int, max_bytes: int
    ) -> Answer:
        import requests  # whoever only reads what was downloaded need not wait for it

        url, host = request.url, host_of(request.url)
        allowed = refusals if refusals is not None else self._patience.refusals
        allowance = Allowance(self._patience)
        began = self._hosts.begin(host)
        refused, attempt = 0, 0
        while True:
            attempt += 1
            asked_for: float | None = None
            is_silent = False
            try:
                requested_at = datetime.now(UTC).replace(tzinfo=None)
                with self._open(request, allowance) as (response, deadline):
                    self._hosts.note_answer(host)
                    if response.status_code == 200:
                        body = self._read(response, url, max_bytes, deadline)
                        if check:
                            check(body)
                        self._hosts.note_success(host)
                        return Answer(body, earlier(requested_at, response.headers.get("Date")))
                    if response.status_code not in TRANSIENT:
                        self._hosts.note_success(host)
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
                    if asked_for := wanted_pause(response.headers):
                        problem = SourceError(f"{problem} and asks for {asked_for:,.0f} s")
                    if response.status_code == 429 and (request.limiter or host in SEC_HOSTS):
                        (request.limiter or self._limiter).hold(min(asked_for or 0.0, self._patience.longest_pause))
            except IncompleteError as error:
                problem = error
            except SilentError as error:
                problem, is_silent = SourceError(f"{url}: {error} ({plural(attempt, 'attempt')})"), True
            except requests.exceptions.SSLError as error:
                if is_untrusted(error):
                    raise SourceError(
                        f"{url}: the server's certificate is not trusted; is a proxy in between?"
                    ) from error
                problem = SourceError(f"{url}: {describe(error)} ({plural(attempt, 'attempt')})")
            except requests.exceptions.RequestException as error:
                problem = SourceError(f"{url}: {describe(error)} ({plural(attempt, 'attempt')}); is the network up?")
                is_silent = is_unreached(error)
                if is_silent and not self._hosts.has_answered(host):
                    attempts = min(attempts, self._patience.unreachable)
            pause = allowance.next_pause(attempt, asked_for) if attempt < attempts else None
            if pause is None:
                if is_silent or asked_for:
                    self._hosts.note_silence(host, began)
                raise problem
            if is_silent or asked_for or pause >= _NOTED_SECONDS:
                self._progress.note(f"{problem}; trying again in {pause:.3g} s")
            if self._stop().wait(pause):
                raise Stopped

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
        """Yield `work(item)` for every item as soon as it is done, using `threads` threads (see `run_each`)."""
        return run_each(work, items, threads, self._local)

    @contextmanager
    def _open(self, request: _Request, allowance: Allowance) -> Iterator[tuple[requests.Response, Deadline]]:
        """The answer's head, its body yet to be read before the deadline that runs for both.

        Each redirect needs a permit, too, and must stay on SEC's hosts or on the same host. Raises SilentError when the
        time is up, whatever was under way then.
        """
        from .deadlines import Deadline

        url, home = request.url, host_of(request.url)
        for _ in range(_MAX_REDIRECTS):
            host = host_of(url)
            if host != home and not {host, home} <= SEC_HOSTS:
                raise SourceError(f"{home} redirects to {url!r}, another host: redirect not followed")
            is_sec = host in SEC_HOSTS
            agent = " ".join(self._settings.require_identity()) if is_sec else f"tracker/{__version__}"
            limiter = request.limiter or (self._limiter if is_sec else OTHER_LIMITER)
            with ExitStack() as until_head:
                until_head.enter_context(limiter.permit(self._stop()))
                if limiter.failure:
                    alone = "the limit of requests a second is not shared with other runs: let none run beside this one"
                    self._progress.note(f"note: {alone} ({limiter.failure})", kind=alone)
                deadline = Deadline(allowance.attempt, self._patience.slowest, partial(self._note_wait, host))
                with deadline:
                    try:
                        response = self._session().request(
                            "GET" if request.body is None else "POST",
                            url,
                            data=request.body,
                            headers={"User-Agent": agent, "Accept-Encoding": "gzip, deflate", **request.headers},
                            timeout=self._patience.timeout,
                            allow_redirects=False,
                            stream=True,
                        )
                        until_head.close()
                        with response:
                            if response.status_code not in REDIRECTS:
                                yield response, deadline
                                return
                            location = response.headers.get("Location", "")
                    except Exception as error:
                        if deadline.end() or is_time_out(error):
                            raise SilentError(f"no whole answer in {deadline.silence:.0f} s of waiting") from error
                        raise
                    finally:
                        allowance.spend(deadline.silence)
            url = urljoin(url, location)
        raise SourceError(f"{url}: more than {_MAX_REDIRECTS} redirects")

    def _read(self, response: requests.Response, url: str, max_bytes: int, deadline: Deadline) -> bytes:
        body = bytearray()
        for piece in response.iter_content(_PIECE):
            if self._stop().is_set():
                raise Stopped
            body += piece
            deadline.count(response.raw.tell())
            if len(body) > max_bytes:
                raise SourceError(f"{url}: larger than {max_bytes:,} bytes, which cannot be right")
        if deadline.end():  # the connection was shut, which may look like the end of the body
            raise SilentError(f"no whole answer in {deadline.silence:.0f} s of waiting")
        declared = read_number(response.headers.get("Content-Length", ""))
        # bytes on the wire, so that it also holds for a compressed body
        if declared is not None and response.raw.tell() != declared:
            raise IncompleteError(f"{url}: cut off at {response.raw.tell():,} of {declared:,} bytes")
        return bytes(body)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            import requests

            from .deadlines import Adapter

            session = self._local.session = requests.Session()
            session.mount("https://", Adapter())
            session.auth = _send_no_credentials
        return session

    def _stop(self) -> threading.Event:
        """The event that stops this thread: only the threads of `each` have one of their own."""
        stop: threading.Event = getattr(self._local, "stop", self._never)
        return stop

    def _note_wait(self, host: str, seconds: float, arrived: int) -> None:
        self._progress.note(f"waiting for {host}: {plural(arrived, 'byte')} in {seconds:.0f} s")

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
