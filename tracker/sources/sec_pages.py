"""SEC's listing pages and the zips they link to: file names are irregular, so they are read, not guessed."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from .. import bounds
from ..bounds import Bound
from ..edgar_facts import HOSTS
from ..errors import IncompleteError, SourceError
from ..settings import Settings
from ..zips import open_zip
from . import fetch_log
from .http import Client

Link = tuple[re.Match[str], str]


def folder(settings: Settings, source: str) -> Path:
    """Where a reference source's files are kept."""
    return settings.filings / "reference" / source


def fetched_folder(settings: Settings, source: str) -> Path:
    """As `folder`; of a published home, with its files on this machine."""
    path = folder(settings, source)
    if settings.remote:
        settings.remote.fetch_below(path.relative_to(settings.home).as_posix())
    return path


def listing_path(settings: Settings, source: str) -> Path:
    """Where the page that lists a source's files is kept."""
    return folder(settings, source) / "listing.html"


def fetch_links(
    client: Client, settings: Settings, url: str, source: str, pattern: re.Pattern[str], age: timedelta
) -> list[Link]:
    """The documents that SEC's page at `url` links to: (match of the file name, address), in the page's order.

    The page is kept as `listing.html` beside the source's files and fetched again once it is older than `age`. Raises
    SourceError if the page links to no such document: then its form has changed.
    """
    path = listing_path(settings, source)
    if not fetch_log.is_fresh(path, age):
        fetch_log.save(client, url, path, source=source)
    links = read_links(path.read_bytes(), url, pattern)
    if not links:
        fetch_log.discard(path)  # so that the next run fetches it again
        raise SourceError(f"{url} no longer links to any {source} file; please report this")
    return links


def read_links(page: bytes, base: str, pattern: re.Pattern[str]) -> list[Link]:
    """Links in `page` (HTML) to SEC's hosts whose whole file name matches `pattern`, each once."""
    if bounds.problem(page, bounds.LISTING_PAGE):
        return []
    import lxml.etree
    import lxml.html

    try:
        tree = lxml.html.fromstring(page)
    except (lxml.etree.LxmlError, ValueError):
        return []
    links: dict[str, Link] = {}
    for anchor in tree.iter("a"):
        try:
            url = urljoin(base, (anchor.get("href") or "").strip())
            parts = urlsplit(url)
        except ValueError:
            continue
        match = pattern.fullmatch(unquote(PurePosixPath(parts.path).name))
        if match and parts.scheme == "https" and parts.netloc in HOSTS:
            links.setdefault(match[0], (match, url))
    return list(links.values())


def check_zip(body: bytes) -> None:
    """IncompleteError unless `body` is a zip with its table of contents, which is at the end."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if archive.infolist():
                return
    except zipfile.BadZipFile:
        pass
    raise IncompleteError("what arrived is not a whole zip file")


def read_member(path: Path, pattern: re.Pattern[str], bound: Bound) -> bytes:
    """The one member of the zip at `path` whose whole base name matches `pattern`; nothing is extracted to disk.

    Raises SourceError if there is none or more than one, if it is beyond `bound` (whatever the zip declares), or if the
    zip is damaged.
    """
    with open_zip(path) as archive:
        members = [entry for entry in archive.infolist() if pattern.fullmatch(PurePosixPath(entry.filename).name)]
        if len(members) != 1:
            names = ", ".join(archive.namelist()[:5])
            raise SourceError(f"{path.name}: expected one member that matches {pattern.pattern}, it has {names}")
        with archive.open(members[0]) as member:
            body, beyond = bounds.read(member, bound)
    if beyond:
        raise SourceError(f"{path.name}: {members[0].filename} {beyond}, which cannot be right; remove it")
    return body
