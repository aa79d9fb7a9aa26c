"""The links from an edition's page to the ones before and after it.

The next edition does not exist when a page is written. So its links are filled in whenever the list of all editions is
made, between the tags of one `nav`; the page's digest in `edition.json` is that of the page without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..files import write_atomic
from ..output import plain

PAGE = "index.html"
_BEGIN, _END = b'<nav class="editions">', b"</nav>"


def without_links(page: bytes) -> bytes:
    """The page as it was written."""
    return _with_links(page, b"")


def write_links(editions: Sequence[tuple[Path, Mapping[str, Any]]]) -> list[str]:
    """Link the pages of the editions (folder and document, the newest first); a page that is right is not touched.

    Returns a sentence for each page that cannot be linked: none is written through a link out of its folder.
    """
    notes = []
    for at, (folder, _) in enumerate(editions):
        newer, older = editions[at - 1] if at else None, editions[at + 1] if at + 1 < len(editions) else None
        links = b"".join(
            _link(label, relation, *other)
            for label, relation, other in (("Previous", "prev", older), ("Next", "next", newer))
            if other
        )
        page = folder / PAGE
        if page.is_symlink() or not page.is_file():
            continue
        try:
            text = page.read_bytes()
            linked = _with_links(text, links)
            if linked != text:
                write_atomic(page, linked)
        except OSError as error:
            notes.append(f"{page} has no links to the editions beside it: {error.strerror}")
    return notes


def _with_links(page: bytes, links: bytes) -> bytes:
    """The page with `links` between the tags; a pattern would look for the end anew from each beginning."""
    parts, at = [], 0
    while (begin := page.find(_BEGIN, at)) >= 0 and (end := page.find(_END, begin)) >= 0:
        parts += [page[at : begin + len(_BEGIN)], links]
        at = end
    return b"".join([*parts, page[at:]])


def _link(label: str, relation: str, folder: Path, document: Mapping[str, Any]) -> bytes:
    from markupsafe import escape

    title = escape(plain(str(document["title"])))
    address = escape(f"../{folder.name}/{PAGE}")
    return f'<a rel="{relation}" href="{address}"><span>{label}</span> {title}</a>'.encode()
