"""A mail's bytes: the same twice, and nothing foreign in its head."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from tracker.delivery.mail_message import compose

AT = datetime(2025, 11, 14, 6, 30, tzinfo=UTC)


def read(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_mail_has_text_and_html_and_is_the_same_twice() -> None:
    made = compose("News", "text", "<p>ünï</p>", AT, "desk@example.org", ["a@example.org", "b@example.org"])
    assert made == compose("News", "text", "<p>ünï</p>", AT, "desk@example.org", ["a@example.org", "b@example.org"])
    message = read(made)
    assert message["To"] == "a@example.org, b@example.org" and message["Date"].startswith("Fri, 14 Nov 2025 06:30")
    parts = {part.get_content_type(): part.get_content().strip() for part in message.iter_parts()}  # type: ignore[union-attr]
    assert parts == {"text/plain": "text", "text/html": "<p>ünï</p>"}
    assert made.isascii()


def test_another_text_has_another_id() -> None:
    assert read(compose("News", "a", "", AT))["Message-ID"] != read(compose("News", "b", "", AT))["Message-ID"]


@given(st.text())
def test_no_subject_whatever_adds_a_header(subject: str) -> None:
    message = read(
        compose(
            f"{subject}\r\nBcc: x@example.org\n\nbody", "text", "<p>html</p>", AT, "d@example.org", ["a@example.org"]
        )
    )
    assert sorted(message.keys()) == [
        "Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert message["To"] == "a@example.org" and len(list(message.iter_parts())) == 2
