"""Datasette's own CSV made safe for spreadsheets on its way out: see `output`.

Datasette sends a record at a time, so no file is ever held whole.
"""

from __future__ import annotations

import csv
import io
from collections.abc import MutableMapping
from typing import Any

from ..output import csv_record
from .reply import App, Receive, Scope, Send

_AT_ONCE = 64 * 1024  # characters that are sent together
_END = "\r\n"  # of a record, as Python writes it; within quotes it is text


def safe_csv(app: App) -> App:
    """The application, with the cells of whatever it answers to addresses in .csv disarmed."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_csv = (
            scope["type"] == "http" and scope["path"].endswith(".csv") and not scope["path"].startswith("/editions")
        )
        await app(scope, receive, _CsvSend(send) if is_csv else send)

    return answer


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
        safe = "".join(csv_record(record, is_text=True) + _END for record in records)
        self._text, self._quotes = io.StringIO(), 0
        return safe.encode("utf-8", "replace")
