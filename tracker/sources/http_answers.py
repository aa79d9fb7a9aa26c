"""What addresses, answers and failures on the wire mean."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import SourceError

if TYPE_CHECKING:
    import requests

MISSING = frozenset({404, 410})
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_NUMBER = re.compile(r"[0-9]{1,18}")
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def host_of(url: str) -> str:
    """The host of an https address without port or credentials; SourceError for any other address."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname and parts.netloc.lower() == parts.hostname:
            return parts.hostname
    except ValueError:
        pass
    raise SourceError(f"{url!r} is not a plain https address")


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date; None if it is absent or unreadable."""
    if not value:
        return None
    if (seconds := read_number(value)) is not None:
        return float(seconds)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def read_number(value: str) -> int | None:
    """The whole number that a header states; None if it states anything else."""
    # what Python takes for a digit besides, such as a superscript, it does not take for a number
    return int(match[0]) if (match := _NUMBER.fullmatch(value.strip())) else None


def wanted_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks its client to wait; None if it does not."""
    return retry_after(headers.get("Retry-After") or headers.get("ratelimit-reset"))


def earlier(moment: datetime, sent: str | None) -> datetime:
    """The earlier of `moment` and of a Date header, both in UTC, without a zone."""
    try:
        stated = parsedate_to_datetime(sent or "")
        return min(moment, stated.astimezone(UTC).replace(tzinfo=None) if stated.tzinfo else stated)
    except (ValueError, OverflowError):
        return moment


class SilentError(Exception):
    """An attempt whose time was up."""


def is_time_out(error: Exception) -> bool:
    """Whether a socket gave up waiting after the connection was there, also in its handshake."""
    import requests
    from urllib3.exceptions import ReadTimeoutError

    if not isinstance(error, requests.exceptions.RequestException):
        return False
    is_unconnected = isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError)
    return not is_unconnected and any(isinstance(each, TimeoutError | ReadTimeoutError) for each in _behind(error))


def is_untrusted(error: Exception) -> bool:
    """Whether the certificate of the other side was not accepted."""
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in _behind(error))


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error, and all that it was made of or raised from: requests wraps those of urllib3, and that the system's."""
    met: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in met:
            met.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]


def is_unreached(error: requests.exceptions.RequestException) -> bool:
    """Whether no connection came about: the name, the way, the proxy or the port is not there."""
    import requests
    from urllib3.exceptions import NewConnectionError

    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError) or isinstance(
        reason, NewConnectionError
    )


def describe(error: requests.exceptions.RequestException) -> str:
    """What went wrong on the wire, in one line: requests' own text runs over several."""
    import requests

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
