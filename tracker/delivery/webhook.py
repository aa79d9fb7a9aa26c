"""Post JSON to an address of the user's.

The address may have a secret in its path or query: errors name its host only. Redirects are not followed, so nothing
is sent to another host than the one that was named; of an answer only its status matters and little is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from .. import __version__
from ..errors import SettingError, SourceError
from ..output import write_json
from .deadline import within

_TIMEOUT = (10.0, 20.0)  # seconds to connect, and for each piece of the answer
_SECONDS = 60.0  # altogether
_ANSWER_BYTES = 1 << 16
_LONGEST = 2048


@dataclass(frozen=True)
class Webhook:
    """An address that was checked; `host` is how people are told of it."""

    url: str = field(repr=False)
    host: str


def parse_webhook(text: str) -> Webhook:
    """The address. Raises SettingError, without the address itself, unless it is one of http or https with a host."""
    problem = "--webhook is not an address to post to; write it as https://example.org/hook"
    if len(text) > _LONGEST or not text.isascii() or not text.isprintable() or " " in text:
        raise SettingError(problem)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SettingError(problem) from None
    if parts.scheme not in ("http", "https") or not host:
        raise SettingError(problem)
    if parts.username is not None or parts.password is not None:
        raise SettingError("--webhook has a user name in it; give a secret in the path or query instead")
    return Webhook(text, f"{host}:{port}" if port else host)


def post_json(webhook: Webhook, document: Mapping[str, Any], key: str) -> None:
    """Post the document once; `key` is sent as Idempotency-Key, so that a receiver knows what it has seen.

    Raises SourceError unless the answer is a success (2xx).
    """
    body = write_json(document).encode()
    within(_SECONDS, f"the webhook at {webhook.host}", lambda: _post(webhook, body, key))


def _post(webhook: Webhook, body: bytes, key: str) -> None:
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"tracker/{__version__}",
        "Idempotency-Key": key,
    }
    try:
        with requests.Session() as session:
            session.auth = _send_no_credentials
            with session.post(
                webhook.url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False, stream=True
            ) as answer:
                answer.raw.read(_ANSWER_BYTES)
                status = answer.status_code
    except (requests.exceptions.RequestException, OSError) as error:
        # the text of these errors has the address in it
        raise SourceError(
            f"the webhook at {webhook.host} cannot be reached ({type(error).__name__}); run the same command again"
        ) from None
    if 300 <= status < 400:
        raise SourceError(
            f"the webhook at {webhook.host} redirects ({status}), which is not followed; give the final address"
        )
    if not 200 <= status < 300:
        raise SourceError(f"the webhook at {webhook.host} answers {status}; run the same command again")


def _send_no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from looking for a password in the user's .netrc."""
    return request
