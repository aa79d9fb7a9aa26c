"""The mail server and the addresses: from the environment, else from the section `[mail]` of `tracker.toml`.

| Variable                      | In `[mail]`     | What                                                             |
|-------------------------------|-----------------|------------------------------------------------------------------|
| `TRACKER_MAIL_HOST`           | `host`          | the SMTP server                                                  |
| `TRACKER_MAIL_PORT`           | `port`          | default: 587, with `tls` 465                                     |
| `TRACKER_MAIL_SECURITY`       | `security`      | `starttls` (default), `tls`, or `none` (this machine only) |
| `TRACKER_MAIL_USER`           | `user`          | if the server asks for a login                                   |
| `TRACKER_MAIL_PASSWORD`       |                 | its password, never written to a file of ours                    |
| `TRACKER_MAIL_PASSWORD_FILE`  | `password_file` | or a file with it                                                |
| `TRACKER_MAIL_FROM`           | `from`          | the sender                                                       |
| `TRACKER_MAIL_TO`             | `to`            | whom it is sent to; several separated by commas                  |
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..errors import InputError, SettingError
from ..output import plain

FILE = "tracker.toml"
_NAMES = ("host", "port", "security", "user", "password_file", "from", "to")
_MOST_BYTES, _MOST_RECIPIENTS = 1 << 16, 50
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,253}[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_HERE = ("localhost", "127.0.0.1", "::1")


class Security(StrEnum):
    """How the connection to the server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True)
class MailSettings:
    """A server and addresses that were checked; the password is never shown."""

    host: str
    port: int
    security: Security
    sender: str
    recipients: tuple[str, ...]
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_mail_settings(home: Path, environment: Mapping[str, str]) -> MailSettings:
    """The settings of a home and an environment, which goes first.

    Raises SettingError, which names what is missing or malformed, and InputError for a `tracker.toml` that cannot be
    read.
    """
    values = _of_file(home / FILE)
    for name in _NAMES:
        if text := environment.get(_variable(name), "").strip():
            values[name] = text
    security = _security(values)
    host = _text(values, "host")
    if not host:
        raise SettingError(f"no mail server is set: set {_variable('host')}, or host in [mail] of {FILE}")
    if not _HOST.fullmatch(host):
        raise _wrong("host", host, "write it as smtp.example.org")
    if security is Security.NONE and host not in _HERE:
        raise SettingError(
            f"{_variable('security')} none would send in the clear to {host}; use starttls or tls with another machine"
        )
    recipients = tuple(_address(text, "to") for text in _several(values.get("to")))
    if not recipients or len(recipients) > _MOST_RECIPIENTS:
        raise SettingError(
            f"{_variable('to')} must name 1 to {_MOST_RECIPIENTS} addresses: a@example.org,b@example.org"
        )
    sender = _text(values, "from")
    if not sender:
        raise SettingError(f"no sender is set: set {_variable('from')}, or from in [mail] of {FILE}")
    user = _text(values, "user")
    password = _password(values, environment, home)
    if bool(user) != bool(password):
        raise SettingError(
            f"a login needs both {_variable('user')} and {_variable('password')} (or {_variable('password_file')})"
        )
    default = 465 if security is Security.TLS else 587
    return MailSettings(
        host, _port(values, default), security, _address(sender, "from"), recipients, user or None, password
    )  # fmt: skip


def _variable(name: str) -> str:
    return f"TRACKER_MAIL_{name.upper()}"


def _of_file(path: Path) -> dict[str, Any]:
    """The section of the file; nothing if there is no such file."""
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is larger than {_MOST_BYTES:,} bytes; it holds a few settings only")
        section = tomllib.loads(path.read_text(encoding="utf-8")).get("mail", {})
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not TOML: {plain(str(error))[:120]}") from None
    if not isinstance(section, dict):
        raise InputError(f"{path}: mail is not a section; write [mail] on a line of its own")
    if "password" in section:
        raise InputError(f"{path}: [mail] has a password; set {_variable('password')} or name a password_file instead")
    unknown = sorted(section.keys() - {*_NAMES})
    if unknown:
        raise InputError(f"{path}: [mail] has {plain(unknown[0])!r}; it may have {', '.join(_NAMES)}")
    return dict(section)


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name, "")
    if not isinstance(value, str) or not value.isprintable() or len(value) > 1000:
        raise _wrong(name, value, "write a text on one line")
    return value.strip()


def _several(value: object) -> list[str]:
    """A list of texts, or one text that has them separated by commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return [part.strip() for part in value]
    if value is None:
        return []
    raise _wrong("to", value, "write one address, or several in a list")


def _address(text: str, name: str) -> str:
    """A mail address; nothing else ever gets into a header."""
    if not _ADDRESS.fullmatch(text):
        raise _wrong(name, text, "write an address as desk@example.org")
    return text


def _port(values: Mapping[str, Any], default: int) -> int:
    value = values.get("port", default)
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise _wrong("port", value, "write a number from 1 to 65535")
    return int(text)


def _security(values: Mapping[str, Any]) -> Security:
    value = values.get("security", Security.STARTTLS.value)
    if value not in list(Security):
        raise _wrong("security", value, f"choose of {', '.join(Security)}")
    return Security(value)


def _password(values: Mapping[str, Any], environment: Mapping[str, str], home: Path) -> str | None:
    """From the variable, else from the file that is named (relative to the home); None if neither is there."""
    password = environment.get(_variable("password")) or ""
    named = _text(values, "password_file")
    if not password and named:
        path = home / Path(named).expanduser()
        try:
            with path.open("rb") as file:
                password = file.read(4096).decode().splitlines()[0]
        except (OSError, UnicodeDecodeError, IndexError):
            raise SettingError(f"{_variable('password_file')}: no password can be read from {path}") from None
    if password and not password.isprintable():
        raise SettingError(f"{_variable('password')} has control characters in it; set it anew")
    return password or None


def _wrong(name: str, value: object, cure: str) -> SettingError:
    return SettingError(f"{_variable(name)} (or {name} in [mail] of {FILE}) is {plain(str(value))[:80]!r}; {cure}")
