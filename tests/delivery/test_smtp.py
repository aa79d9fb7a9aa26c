"""Mail to a server on the loopback: over TLS, with a login, and with every way to be refused."""

from __future__ import annotations

import email
import email.policy
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from tests.delivery.servers import serve_mail
from tracker.delivery.mail_message import compose
from tracker.delivery.mail_settings import MailSettings, Security
from tracker.delivery.smtp import send_mail
from tracker.errors import SourceError

pytestmark = pytest.mark.integration

TO = ("ann@example.org", "bob@example.org")


def plain_settings(port: int) -> MailSettings:
    return MailSettings("127.0.0.1", port, Security.NONE, "desk@example.org", TO)


def message() -> bytes:
    return compose(
        "Two new — events", "text\n.\nmore", "<p>text</p>", datetime(2025, 11, 14, tzinfo=UTC), "desk@example.org", TO
    )


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate for 127.0.0.1, trusted by this process."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(served)
    return served


def test_a_mail_arrives_whole(context: ssl.SSLContext) -> None:
    with serve_mail() as post:
        assert send_mail(plain_settings(post.port), message()) == []
    ((sender, recipients, data),) = post.messages
    assert (sender, recipients) == ("desk@example.org", [*TO])
    read = email.message_from_bytes(data, policy=email.policy.default)
    assert read["Subject"] == "Two new — events" and read["To"] == "ann@example.org, bob@example.org"
    body = read.get_body(("plain",))
    assert body is not None and body.get_content().splitlines() == ["text", ".", "more"]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_login_goes_over_tls_only(context: ssl.SSLContext, security: Security) -> None:
    with serve_mail(context, is_tls=security is Security.TLS) as post:
        post.password = "hunter2"
        settings = replace(plain_settings(post.port), security=security, user="desk", password="hunter2")
        send_mail(settings, message())
    assert post.logins == [("desk", "hunter2")] and post.was_encrypted == [True]


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_certificate_that_nobody_vouches_for_is_refused(
    context: ssl.SSLContext, security: Security, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with serve_mail(context, is_tls=security is Security.TLS) as post:
        with pytest.raises(SourceError, match="not trusted"):
            send_mail(replace(plain_settings(post.port), security=security), message())
        assert post.messages == []


def test_a_server_without_tls_is_sent_nothing_if_tls_is_asked_for() -> None:
    with serve_mail() as post:
        with pytest.raises(SourceError, match="choose another security"):
            send_mail(replace(plain_settings(post.port), security=Security.STARTTLS), message())
        assert post.messages == []


def test_a_wrong_password_is_not_repeated(context: ssl.SSLContext) -> None:
    with serve_mail(context) as post:
        post.password = "right"
        settings = replace(plain_settings(post.port), security=Security.STARTTLS, user="desk", password="hunter2")
        with pytest.raises(SourceError, match="does not accept the login") as caught:
            send_mail(settings, message())
    assert "hunter2" not in str(caught.value) + repr(settings)


def test_one_refused_address_does_not_keep_the_mail_from_the_others() -> None:
    with serve_mail() as post:
        post.refused = {TO[0]}
        assert send_mail(plain_settings(post.port), message()) == [TO[0]]
        assert post.messages[0][1] == [TO[1]]
        post.refused = {*TO}
        with pytest.raises(SourceError, match="for nobody: nobody here"):
            send_mail(plain_settings(post.port), message())


def test_a_mail_that_the_server_does_not_take_is_an_error() -> None:
    with serve_mail() as post:
        post.data_reply = "552 too large"
        with pytest.raises(SourceError, match="answers 552: too large"):
            send_mail(plain_settings(post.port), message())


def test_no_server_is_an_error_in_a_line() -> None:
    with serve_mail() as post:
        port = post.port
    with pytest.raises(SourceError, match="cannot be used"):
        send_mail(plain_settings(port), message())
