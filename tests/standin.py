"""A stand-in for EDGAR and its neighbours on the loopback: an HTTPS proxy that answers CONNECT itself.

It serves a folder laid out as `<host>/<path>`, with certificates of its own authority, and misbehaves on request. The
program under test is directed here by HTTPS_PROXY and REQUESTS_CA_BUNDLE alone.

By hand:  python -m tests.standin FOLDER [--date 2026-01-05] [--log FILE] -- COMMAND...
runs the command with that environment and prints how many requests it made, and how fast.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import parse_qs, unquote, urlsplit

from tracker.sources.permit_slots import shared_file

HOSTS = (
    "www.sec.gov", "data.sec.gov", "api.nasdaq.com", "api.openfigi.com", "reports.adviserinfo.sec.gov",
    "api.massive.com",
)  # fmt: skip
SEC_HOSTS = HOSTS[:2]
STALL_SECONDS = 30.0


@dataclass(frozen=True)
class Request:
    """One request as it arrived: `time` in monotonic seconds, `path` without the query, `status` as answered."""

    time: float
    host: str
    path: str
    agent: str
    status: int | str


@dataclass
class Rule:
    """The n-th request whose `host/path` matches `pattern` gets the n-th of `acts`; `always` repeats the last one.

    An act is a status (403, 429, 503, ...), a (status, headers) pair, or one of: `ok`, `reset` (no answer, connection
    reset), `stall` (headers, then nothing), `cut` (half of the body, then the end), `short` (a proper answer with the
    last 40 bytes missing), `empty` (a proper answer without body), `html` (a page instead of the document).
    """

    pattern: re.Pattern[str]
    acts: list[int | str | tuple[int, dict[str, str]]]
    always: bool = False
    seen: int = 0


class Standin:
    """The server, as a context manager. `requests` is what arrived, in order."""

    def __init__(self, folder: Path, *, screener_date: str | None = None, zipped: bool = False) -> None:
        self.folder = folder.resolve()
        self.screener_date = screener_date
        self.zipped = zipped
        self.latency = self.connect_lag = 0.0  # seconds before each answer, and before each connection is up
        self.throttle: int | None = None
        self.requests: list[Request] = []
        self.rules: list[Rule] = []
        self.posts: dict[str, Callable[[bytes, Mapping[str, str]], bytes]] = {}  # host/path -> the answer to a POST
        self.closing = threading.Event()
        self._lock = threading.Lock()
        import trustme  # cryptography takes a while to import

        authority = trustme.CA()
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*HOSTS).configure_cert(self.tls)
        descriptor, name = tempfile.mkstemp(suffix=".pem")
        os.close(descriptor)
        self.authority = Path(name)
        authority.cert_pem.write_to_path(name)
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.standin = self

    def __enter__(self) -> Standin:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self.authority.unlink(missing_ok=True)
        shared_file("sec", self.environment["https_proxy"]).unlink(missing_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that direct a program to this server."""
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {
            "HTTPS_PROXY": proxy,
            "https_proxy": proxy,
            "NO_PROXY": "",
            "no_proxy": "",
            "REQUESTS_CA_BUNDLE": str(self.authority),
        }

    def misbehave(self, pattern: str, *acts: int | str | tuple[int, dict[str, str]], always: bool = False) -> None:
        """Add a rule for requests whose `host/path` matches the regular expression `pattern`."""
        self.rules.append(Rule(re.compile(pattern), list(acts), always))

    def behave(self) -> None:
        """Forget all rules, and all requests so far."""
        with self._lock:
            self.rules.clear()
            self.requests.clear()

    def asked(self, pattern: str = "") -> list[Request]:
        """The requests so far whose `host/path` matches `pattern`."""
        return [one for one in list(self.requests) if re.search(pattern, f"{one.host}{one.path}")]

    def admit(self, host: str, path: str, agent: str) -> int | str | tuple[int, dict[str, str]]:
        """Record a request and return what it gets."""
        with self._lock:
            now = time.monotonic()
            act: int | str | tuple[int, dict[str, str]] = "ok"
            for rule in self.rules:
                if rule.pattern.search(host + path):
                    rule.seen += 1
                    if rule.seen <= len(rule.acts):
                        act = rule.acts[rule.seen - 1]
                    elif rule.always:
                        act = rule.acts[-1]
                    break
            if host in SEC_HOSTS and "@" not in agent:
                act = 403
            recent = sum(1 for one in self.requests[-50:] if one.host in SEC_HOSTS and one.time > now - 1.0)
            if self.throttle and host in SEC_HOSTS and recent >= self.throttle:
                act = 403
            self.requests.append(Request(now, host, path, agent, act if not isinstance(act, tuple) else act[0]))
            return act

    def find(self, host: str, target: str) -> Path | None:
        """The file that an address names."""
        parts = urlsplit(target)
        path = unquote(parts.path)
        if host == "api.nasdaq.com" and path == "/api/screener/stocks" and self.screener_date:
            exchange = parse_qs(parts.query).get("exchange", [""])[0].lower()
            path = f"/screener/{self.screener_date}/{exchange}.json"
        file = (self.folder / host / path.lstrip("/")).resolve()
        return file if file.is_file() and file.is_relative_to(self.folder / host) else None


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    standin: Standin

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that disconnects is not an error."""


class _Connection(BaseRequestHandler):
    """One connection: CONNECT, a TLS handshake, then requests until the client closes it."""

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(4096)
            if not piece:
                return
            head += piece
        verb, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        host, _, port = target.partition(":")
        if verb != "CONNECT" or host not in HOSTS or port != "443":
            self.request.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        standin = self.server.standin
        time.sleep(standin.connect_lag)
        with standin.tls.wrap_socket(self.request, server_side=True) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Answers(connection, self.client_address, self.server, host, standin)


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    asked = b""

    def __init__(self, connection: ssl.SSLSocket, client: object, server: object, host: str, standin: Standin) -> None:
        self.host, self.standin = host, standin
        super().__init__(connection, client, server)

    def do_POST(self) -> None:
        self.asked = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def do_GET(self) -> None:
        standin = self.standin
        path = urlsplit(self.path).path
        act = standin.admit(self.host, path, self.headers.get("User-Agent", ""))
        if standin.latency:
            time.sleep(standin.latency)
        if isinstance(act, int):
            self._answer(act, b"refused")
        elif isinstance(act, tuple):
            status, headers = act
            self._answer(status, b"refused", headers)
        elif act == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        else:
            self._serve(path, act)

    def _serve(self, path: str, act: str) -> None:
        answer = self.standin.posts.get(self.host + path) if self.command == "POST" else None
        file = self.standin.find(self.host, self.path) if self.command == "GET" else None
        if file is None and answer is None:
            self._answer(403 if path.startswith("/Archives/") else 404, b"AccessDenied")
            return
        body = file.read_bytes() if file else answer(self.asked, dict(self.headers.items())) if answer else b""
        if act == "short":
            body = body[:-40]
        elif act == "empty":
            body = b""
        elif act == "html":
            body = b"<html><body>Please try again later</body></html>"
        headers = {}
        if self.standin.zipped and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers = gzip.compress(body, 1), {"Content-Encoding": "gzip"}
        if act == "cut":
            self._answer(200, body[: len(body) // 2], headers, declared=len(body))
            self.close_connection = True
        elif act == "stall":
            self._answer(200, body[: len(body) // 2], headers, declared=len(body))
            self.standin.closing.wait(STALL_SECONDS)
            self.close_connection = True
        else:
            self._answer(200, body, headers)

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, declared: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if declared is None else declared))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are recorded in `Standin.requests`."""


def peak(times: Iterable[float], window: float = 1.0) -> int:
    """The largest number of `times` within any half-open window of `window` seconds."""
    ordered = sorted(times)
    best = first = 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - window:
            first += 1
        best = max(best, last - first + 1)
    return best


def rate(times: Iterable[float]) -> float:
    """Requests a second between the first and the last."""
    ordered = sorted(times)
    return (len(ordered) - 1) / (ordered[-1] - ordered[0]) if len(ordered) > 1 else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a command against a stand-in for EDGAR.")
    parser.add_argument("folder", type=Path, help="laid out as <host>/<path>")
    parser.add_argument("--date", help="the day whose screener answers are served")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--log", type=Path, help="write every request to this file")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    with Standin(options.folder, screener_date=options.date) as standin:
        standin.latency = options.latency
        code = subprocess.call(options.command, env={**os.environ, **standin.environment})
        sec = [one.time for one in standin.requests if one.host in SEC_HOSTS]
        print(
            f"stand-in: {len(standin.requests)} requests, {len(sec)} to SEC at {rate(sec):.1f}/s, "
            f"at most {peak(sec)} in any second",
            file=sys.stderr,
        )
        if options.log:
            lines = (f"{one.time:.4f} {one.status} {one.host}{one.path}\n" for one in standin.requests)
            options.log.write_text("".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
