"""Datasette's own CSV and pages made safe on their way out: see `output`.

It escapes what HTML would obey, but shows overrides of the writing direction and other invisible characters as they
are, and knows nothing of spreadsheets. It sends a CSV record by record, so no file is ever held whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import MutableMapping
from typing import Any

from ..output import Target, csv_record, safe
from .reply import App, Receive, Scope, Send

_AT_ONCE = 64 * 1024  # characters that are sent together
_END = "\r\n"  # of a record, as Python writes it; within quotes it is text


def safe_replies(app: App) -> App:
    """The application, with the cells of its CSV disarmed and nothing invisible in its pages; editions are files."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith("/editions/"):
            await app(scope, receive, send)
        else:
            await app(scope, receive, _CsvSend(send) if path.endswith(".csv") else _PageSend(send))

    return answer


class _PageSend:
    """Stands for `send`; Datasette sends a page whole. Anything but HTML passes as it is."""

    def __init__(self, send: Send) -> None:
        self._send, self._is_page = send, False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", ()) if bytes(pair[0]).lower() != b"content-length"]
            self._is_page = dict(kept).get(b"content-type", b"").startswith(b"text/html")
            message = {**message, "headers": kept} if self._is_page else message
        elif message["type"] == "http.response.body" and self._is_page:
            text = message.get("body", b"").decode("utf-8", "replace")
            message = {**message, "body": safe(text, Target.LINES).encode("utf-8", "replace")}
        await self._send(message)


class _CsvSend:
    """Stands for `send`; anything but a CSV (an error's page, a redirect) passes as it is."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_csv = False
        self._text, self._quotes = io.StringIO(), 0

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [pair for pair in message.get("headers", ()) if bytes(pair[0]).lower() != b"content-length"]
            kind = dict(headers).get(b"content-type", b"")
            self._is_csv = message["status"] == 200 and kind.startswith((b"text/plain", b"text/csv"))
            if self._is_csv:
                message = {**message, "headers": headers}
        elif message["type"] == "http.response.body" and self._is_csv:
            is_last = not message.get("more_body", False)
            message = {**message, "body": self._take(message.get("body", b""), is_last)}
            if not message["body"] and not is_last:
                return
        await self._send(message)

    def _take(self, body: bytes, is_last: bool) -> bytes:
        text = body.decode("utf-8", "replace")
        self._text.write(text)
        self._quotes += text.count('"')
        is_whole = self._quotes % 2 == 0 and text.endswith(_END)
        if not is_last and not (is_whole and self._text.tell() > _AT_ONCE):
            return b""
        records = csv.reader(io.StringIO(self._text.getvalue(), newline=""))
        disarmed = "".join(csv_record(record, is_text=True) + _END for record in records)
        self._text, self._quotes = io.StringIO(), 0
        return disarmed.encode("utf-8", "replace")
