"""Servers on the loopback: one that takes webhooks, one that takes mail. Both misbehave on request."""

from __future__ import annotations

import base64
import contextlib
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hook:
    """A webhook's server: what it was sent, and how it answers."""

    port: int = 0
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    drip: float = 0.0  # seconds between the bytes of the answer
    on_post: Callable[[], None] | None = None

    @property
    def url(self) -> str:
        """Its address, with a secret."""
        return f"http://127.0.0.1:{self.port}/hook/s3cret?token=t0ken"


@contextlib.contextmanager
def serve_hook() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.posts.append((self.path, dict(self.headers), body))
            if hook.on_post:
                hook.on_post()
            with contextlib.suppress(OSError):
                self.send_response(hook.status)
                for name, value in hook.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for start in range(0, len(hook.body), 1 if hook.drip else 1 << 16):
                    self.wfile.write(hook.body[start : start + (1 if hook.drip else 1 << 16)])
                    self.wfile.flush()
                    time.sleep(hook.drip)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    with _running(server):
        yield hook


@dataclass
class Post:
    """A mail server: the messages that it took, the login, and what it refuses."""

    port: int = 0
    messages: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    password: str | None = None
    data_reply: str = "250 taken"


@contextlib.contextmanager
def serve_mail(context: ssl.SSLContext | None = None, *, is_tls: bool = False) -> Iterator[Post]:
    """A server that takes mail; with a context it offers STARTTLS, or speaks TLS from the start."""
    post = Post()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())
            self.wfile.flush()

        def handle(self) -> None:
            try:
                with contextlib.suppress(OSError):
                    self.talk()
            finally:
                self.connection.close()

        def talk(self) -> None:
            encrypted = False
            if is_tls:
                assert context
                self.secure(context)
                encrypted = True
            self.say("220 loopback")
            sender, recipients = "", list[str]()
            while line := self.rfile.readline(4096).decode().strip():
                word = line.upper()
                if word.startswith(("EHLO", "HELO")):
                    offers = ["STARTTLS"] if context and not encrypted else []
                    offers += ["AUTH PLAIN"] if post.password else []
                    self.say("250-loopback")
                    for offer in offers:
                        self.say(f"250-{offer}")
                    self.say("250 HELP")
                elif word == "STARTTLS" and context:
                    self.say("220 go ahead")
                    self.secure(context)
                    encrypted = True
                elif word.startswith("AUTH PLAIN"):
                    _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
                    post.logins.append((user, password))
                    self.say("235 welcome" if password == post.password else "535 no such login")
                elif word.startswith("MAIL FROM:"):
                    sender = line[10:].split()[0].strip("<>")
                    self.say("250 ok")
                elif word.startswith("RCPT TO:"):
                    recipient = line[8:].split()[0].strip("<>")
                    if recipient in post.refused:
                        self.say("550 nobody here")
                    else:
                        recipients.append(recipient)
                        self.say("250 ok")
                elif word == "DATA":
                    self.say("354 go on")
                    lines = []
                    while (part := self.rfile.readline(1 << 16)) != b".\r\n":
                        lines.append(part.removeprefix(b".") if part.startswith(b"..") else part)
                    if post.data_reply.startswith("250"):
                        post.messages.append((sender, recipients, b"".join(lines)))
                        post.was_encrypted.append(encrypted)
                    self.say(post.data_reply)
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def secure(self, context: ssl.SSLContext) -> None:
            secured = context.wrap_socket(self.connection, server_side=True)
            self.connection = secured
            self.rfile, self.wfile = secured.makefile("rb"), secured.makefile("wb")  # type: ignore[assignment]

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads = True, True

    server = Server(("127.0.0.1", 0), Handler)
    post.port = server.server_address[1]
    with _running(server):
        yield post


@contextlib.contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
