"""The mail server's settings: from the environment, else from a file, and never with a password in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.delivery.mail_settings import FILE, Security, read_mail_settings
from tracker.errors import InputError, SettingError, TrackerError

GOOD = {
    "TRACKER_MAIL_HOST": "smtp.example.org",
    "TRACKER_MAIL_FROM": "desk@example.org",
    "TRACKER_MAIL_TO": "a@example.org",
}


def test_the_environment_is_enough(tmp_path: Path) -> None:
    settings = read_mail_settings(tmp_path, GOOD)
    assert (settings.host, settings.port, settings.security) == ("smtp.example.org", 587, Security.STARTTLS)
    assert (settings.sender, settings.recipients, settings.user) == ("desk@example.org", ("a@example.org",), None)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(
        '[mail]\nhost = "smtp.example.org"\nport = 2525\nsecurity = "tls"\nfrom = "desk@example.org"\n'
        'to = ["a@example.org", "b@example.org"]\nuser = "desk"\npassword_file = "secret"\n[rank]\ntop = 9\n'
    )
    (tmp_path / "secret").write_text("hunter2\n")
    settings = read_mail_settings(tmp_path, {"TRACKER_MAIL_PORT": "465"})
    assert (settings.port, settings.security, settings.recipients) == (
        465,
        Security.TLS,
        ("a@example.org", "b@example.org"),
    )
    assert (settings.user, settings.password) == ("desk", "hunter2") and "hunter2" not in repr(settings)


def test_a_password_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('[mail]\npassword = "hunter2"\n')
    with pytest.raises(InputError, match="set TRACKER_MAIL_PASSWORD or name a password_file") as caught:
        read_mail_settings(tmp_path, GOOD)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"HOST": ""}, "no mail server is set: set TRACKER_MAIL_HOST"),
        ({"HOST": "smtp example"}, "write it as smtp.example.org"),
        ({"FROM": ""}, "no sender is set"),
        ({"FROM": "desk@example.org\r\nBcc: x@example.org"}, "write"),
        ({"FROM": "Desk <desk@example.org>"}, "write an address"),
        ({"TO": ""}, "must name 1 to 50"),
        ({"TO": "a@example.org,b@example.org\nBcc: c@example.org"}, "write an address"),
        ({"TO": ",".join(["a@example.org"] * 51)}, "must name 1 to 50"),
        ({"TO": "nobody"}, "write an address"),
        ({"PORT": "0"}, "from 1 to 65535"),
        ({"PORT": "²"}, "from 1 to 65535"),
        ({"PORT": "99999"}, "from 1 to 65535"),
        ({"SECURITY": "ssl"}, "choose of starttls, tls, none"),
        ({"SECURITY": "none"}, "would send in the clear to smtp.example.org"),
        ({"USER": "desk"}, "a login needs both"),
        ({"PASSWORD": "x"}, "a login needs both"),
        ({"USER": "desk", "PASSWORD_FILE": "nosuch"}, "no password can be read"),
        ({"USER": "desk", "PASSWORD": "a\nb"}, "control characters"),
    ],
)
def test_what_is_missing_or_malformed_is_named(tmp_path: Path, changes: dict[str, str], words: str) -> None:
    environment = {**GOOD, **{f"TRACKER_MAIL_{name}": value for name, value in changes.items()}}
    with pytest.raises(SettingError, match=words) as caught:
        read_mail_settings(tmp_path, environment)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "text",
    ["[mail", "mail = 1", "[mail]\nhosts = 1", "[mail]\nto = 1", "[mail]\nport = true", "[mail]\nsecurity = [1]",
     "[mail]\nhost = 1", "[mail]\nto = [1]", "x = " + "[" * 5000, "#" * 70_000, '[mail]\nfrom = "a\\nb"'],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_an_error_in_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    names = ("FROM", "TO", "PORT", "SECURITY", "HOST")
    with pytest.raises(TrackerError) as caught:
        read_mail_settings(tmp_path, {name: value for name, value in GOOD.items() if not name.endswith(names)})
    assert str(caught.value).isprintable()


def test_a_server_on_this_machine_needs_no_tls(tmp_path: Path) -> None:
    environment = {**GOOD, "TRACKER_MAIL_HOST": "localhost", "TRACKER_MAIL_SECURITY": "none", "TRACKER_MAIL_PORT": "25"}
    assert read_mail_settings(tmp_path, environment).security is Security.NONE
