"""A mail as bytes: plain text for those who want it, HTML beside it; the same content gives the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from ..output import plain

_LONGEST_SUBJECT = 200
_NOBODY = "tracker@localhost"  # of a mail that a person opens and addresses


def compose(
    subject: str,
    text: str,
    html: str,
    at: datetime,
    sender: str | None = None,
    recipients: Sequence[str] = (),
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """The mail, ready to be saved as .eml or sent; addresses as `mail_settings` has checked them.

    `pictures` are put into it by the `src` that shows them in the HTML; those that it does not show are left out.

    Its Message-ID is made of what it says and to whom: a mail that is sent twice can be told for what it is. Texts are
    foreign: a subject is one line whatever it has in it.
    """
    text, html = (part.encode("utf-8", "replace").decode() for part in (text, html))
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # not every server takes eight bits
    sender = sender or _NOBODY
    digest = hashlib.sha256(
        "\n".join([sender, *recipients, subject, text, html]).encode("utf-8", "replace")
    ).hexdigest()
    message["Subject"] = plain(subject)[:_LONGEST_SUBJECT]
    message["From"] = Address("tracker", addr_spec=sender)
    if recipients:
        message["To"] = [Address(addr_spec=recipient) for recipient in recipients]
    message["Date"] = format_datetime(at if at.tzinfo else at.replace(tzinfo=UTC))
    message["Message-ID"] = f"<{digest[:40]}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: keeps out-of-office replies away
    message.set_content(text + "\n", charset="utf-8")
    shown = {source: data for source, data in (pictures or {}).items() if f'src="{source}"' in html}
    names = {source: f"{number}.{digest[:32]}@tracker" for number, source in enumerate(shown)}
    for source, name in names.items():
        html = html.replace(f'src="{source}"', f'src="cid:{name}"')
    message.add_alternative(html, subtype="html", charset="utf-8")
    part = list(message.iter_parts())[-1]
    assert isinstance(part, EmailMessage)
    for source, data in shown.items():
        suffix = source.rpartition(".")[2].lower()
        kind = "jpeg" if suffix == "jpg" else suffix
        part.add_related(data, "image", kind, cid=f"<{names[source]}>", filename=source.rpartition("/")[2])
    if shown:
        part.set_boundary(f"pictures-{digest[:32]}")
    message.set_boundary(f"part-{digest[:32]}")
    return message.as_bytes()
