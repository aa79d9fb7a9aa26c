"""An edition as a mail that can be opened and sent: its Markdown as text, its HTML with the pictures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..delivery.mail_message import compose

_PICTURES = (".png", ".jpg", ".jpeg", ".gif")


def write_mail(document: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """The mail, from the edition's `files`. Its pictures are within it, unless they have full addresses."""
    pictures = {name: data for name, data in files.items() if name.lower().endswith(_PICTURES)}
    return compose(
        document["title"],
        files["index.md"].decode().rstrip("\n"),
        files["mail.html"].decode(),
        datetime.fromisoformat(document["as_of"]),
        pictures={} if document["base_url"] else pictures,
    )
