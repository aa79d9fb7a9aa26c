"""The folder of editions beside the database: only files of published kinds, only below that folder."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
# An edition is a page to read: pictures and styles of its own, and no program that could ask the database.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_TITLE_WITHIN = 8192  # characters


@dataclass(frozen=True)
class Edition:
    """A published edition: the name of its folder, and its page's title."""

    slug: str
    title: str


def published(folder: Path) -> list[Edition]:
    """Editions that have a page, by name; none where nothing was published yet."""
    pages = sorted(folder.glob("[!.]*/index.html")) if folder.is_dir() else []
    return [Edition(page.parent.name, _title(page) or page.parent.name) for page in pages]


def find(folder: Path, asked: str) -> Path | None:
    """The file that the address `asked` (still percent-encoded) names; a folder's is its index.html.

    None for what is not there, lies elsewhere (a link, `..`), is hidden, or is of no published kind.
    """
    try:
        names = [name for name in unquote(asked, errors="strict").split("/") if name]
        path = folder.joinpath(*names).resolve()
        path = path / "index.html" if path.is_dir() else path
        is_ours = path.resolve().is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError):
        return None
    is_shown = path.suffix.lower() in KINDS and not any(name.startswith(".") or "\\" in name for name in names)
    return path if is_ours and is_shown else None


def _title(page: Path) -> str:
    with page.open(encoding="utf-8", errors="replace") as file:
        found = _TITLE.search(file.read(_TITLE_WITHIN))
    return " ".join(html.unescape(found[1]).split()) if found else ""
