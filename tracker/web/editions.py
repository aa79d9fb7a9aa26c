"""The folder of editions beside the database: serves only files of published types, and only from that folder."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from ..files import REPLACED, standing

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".eml": "message/rfc822",
    ".txt": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".svg": "image/svg+xml",
}
# An edition is a page to read: it may use its own pictures and styles, but no script that could query the database.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_TITLE = re.compile(r"<title[^<>]*>", re.IGNORECASE)
_TITLE_END = re.compile("</title>", re.IGNORECASE)
_TITLE_WITHIN = 8192  # characters


@dataclass(frozen=True)
class Edition:
    """A published edition: the name of its folder, and its page's title."""

    slug: str
    title: str


def address_of(slug: str) -> str:
    """Where the edition is served."""
    return f"/editions/{quote(slug, safe='')}/"


def published(folder: Path) -> list[Edition]:
    """Editions that have a page, by name; empty if nothing has been published.

    One that was being replaced when its writer was killed is read from where it was put aside.
    """
    pages = {page.parent.name: page for page in folder.glob("[!.]*/index.html")}
    for page in folder.glob(f"{REPLACED}*/index.html"):
        pages.setdefault(page.parent.name.removeprefix(REPLACED), page)
    return [Edition(slug, _title(page) or slug) for slug, page in sorted(pages.items())]


def find(folder: Path, address: str) -> Path | None:
    """The file at `address` (still percent-encoded); for a folder its index.html.

    None if it does not exist, is outside `folder` (a link, `..`), is hidden, or is not of a published type.
    """
    try:
        names = [name for name in unquote(address, errors="strict").split("/") if name]
        path = standing(folder / names[0]).joinpath(*names[1:]).resolve() if names else folder.resolve()
        path = path / "index.html" if path.is_dir() else path
        is_inside = path.resolve().is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError):
        return None
    is_shown = path.suffix.lower() in CONTENT_TYPES and not any(name.startswith(".") or "\\" in name for name in names)
    return path if is_inside and is_shown else None


def _title(page: Path) -> str:
    if not page.is_file():  # a pipe would never end
        return ""
    try:
        with page.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_TITLE_WITHIN)
    except OSError:
        return ""
    # one after the other: a single pattern would look for the end anew from each beginning
    begin = _TITLE.search(text)
    end = _TITLE_END.search(text, begin.end()) if begin else None
    return " ".join(html.unescape(text[begin.end() : end.start()]).split()) if begin and end else ""
