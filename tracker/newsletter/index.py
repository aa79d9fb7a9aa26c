"""All editions on disk: their list as a page, as feeds, and as rows of the database; links between their pages.

The folders below `editions/` are the source; these are rebuilt from them each time, so nothing is lost with the
database, and an edition that a person deletes is gone everywhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import standing, write_atomic
from ..settings import Settings
from ..store import Store
from ..tables import EDITIONS, RANKINGS, Table
from . import render
from .atom_feed import AtomEntry, AtomHead, write_atom
from .edition_kinds import kind_of
from .edition_links import write_links
from .edition_shape import read_edition
from .page_templates import render_page

FEED, ATOM, INDEX = "feed.json", "feed.atom", "index.html"
_TITLE = "Hedge funds' micro-caps"


def file_of(path: Path) -> Path:
    """The document of an edition, of its folder or itself; while the folder is put aside (see `standing`), there."""
    path = standing(path)
    return path / render.DOCUMENT if path.is_dir() else standing(path.parent) / path.name


def read(path: Path) -> dict[str, Any]:
    """The document of an edition, from its folder or its `edition.json`. Raises InputError if it is not one."""
    return read_edition(file_of(path))


def renew(settings: Settings, store: Store) -> list[str]:
    """Rebuild the page, the feeds, the links and the rows of the editions on disk, the newest first.

    EDITIONS has a row an edition, RANKINGS a row a stock of a list. What is no edition is left out and stays as it is:
    returns a sentence for each.
    """
    on_disk, notes = _read_all(settings.editions)
    documents = [document for _, document in on_disk]
    entries = [kind_of(document).entry(document) for document in documents]
    write_atomic(settings.editions / FEED, render.to_json(_feed(documents)))
    write_atomic(settings.editions / ATOM, _atom(documents).encode())
    write_atomic(settings.editions / INDEX, render_page("editions.html", {"editions": documents}))
    notes += write_links(on_disk)
    editions = EDITIONS.frame([_typed(entry.row, EDITIONS) for entry in entries])
    rankings = [
        {**dict.fromkeys(RANKINGS.schema), "edition": document["slug"], **_typed(row, RANKINGS)}
        for document, entry in zip(documents, entries, strict=True)
        for row in entry.ranked
    ]
    store.replace_together([(EDITIONS, editions, {}), (RANKINGS, RANKINGS.frame(rankings), {})])
    return notes


def _read_all(editions: Path) -> tuple[list[tuple[Path, dict[str, Any]]], list[str]]:
    """Folders and documents, the newest first; and a sentence for each folder whose document is left out.

    A link is followed nowhere: it may lead out of the folder, or around in it.
    """
    on_disk, notes = [], []
    for folder in sorted(path for path in editions.glob("[!.]*") if path.is_dir() or path.is_symlink()):
        file = folder / render.DOCUMENT
        try:
            if folder.is_symlink() or file.is_symlink():
                raise InputError(f"{folder} is a link, or its {render.DOCUMENT} is; put a copy in its place")
            if not file.exists():
                continue
            document = read_edition(file)
            if document["slug"] != folder.name:
                slug = document["slug"]
                raise InputError(f"{folder} is a copy of the edition {slug}; publish under another --slug instead")
        except (InputError, OSError) as error:
            notes.append(f"left out of the list of editions: {error}")
            continue
        on_disk.append((folder, document))
    on_disk.sort(key=lambda edition: (edition[1]["as_of"], edition[1]["slug"]), reverse=True)
    return on_disk, notes


def _typed(row: Mapping[str, Any], table: Table) -> dict[str, Any]:
    """A row from JSON with the table's columns: dates as dates, floats where the table declares floats."""
    typed: dict[str, Any] = {}
    for name, value in row.items():
        if name not in table.schema:
            continue
        kind = table.schema[name]
        if value is not None and kind.is_temporal():
            value = date.fromisoformat(value)
        typed[name] = float(value) if value is not None and kind.is_float() else value
    return typed


def _feed(editions: list[dict[str, Any]]) -> dict[str, Any]:
    """JSON Feed 1.1 (jsonfeed.org). It has addresses if an edition has a base address."""
    base = _base_of(editions)
    head = {"version": "https://jsonfeed.org/version/1.1", "title": _TITLE, "language": "en"}
    if base:
        head |= {"home_page_url": f"{base}/{INDEX}", "feed_url": f"{base}/{FEED}"}
    return {**head, "items": [_item(document) for document in editions]}


def _item(document: dict[str, Any]) -> dict[str, Any]:
    address = _address(document)
    return {
        "id": address or document["slug"],
        **({"url": address} if address else {}),
        "title": document["title"],
        "content_text": "\n".join(kind_of(document).entry(document).lines),
        "date_published": f"{document['as_of']}T00:00:00Z",
        "tags": [document["methodology"]["quarter"]],
    }


def _atom(editions: list[dict[str, Any]]) -> str:
    """The same as Atom: without a base address an edition's id is a `urn:uuid:` of its name."""
    base = _base_of(editions)
    newest = max((date.fromisoformat(document["as_of"]) for document in editions), default=date.min)
    head = AtomHead(
        f"{base}/{ATOM}" if base else _urn("editions"),
        _TITLE,
        newest,
        address=f"{base}/{ATOM}" if base else None,
        home=f"{base}/{INDEX}" if base else None,
    )
    return write_atom(
        head,
        (
            AtomEntry(
                _address(document) or _urn("edition", document["slug"]),
                document["title"],
                date.fromisoformat(document["as_of"]),
                " · ".join(kind_of(document).entry(document).lines),
                _address(document),
                (document["methodology"]["quarter"],),
            )
            for document in editions
        ),
    )


def _base_of(editions: list[dict[str, Any]]) -> str | None:
    return next((document["base_url"] for document in editions if document["base_url"]), None)


def _address(document: Mapping[str, Any]) -> str | None:
    return f"{document['base_url']}/{document['slug']}/index.html" if document["base_url"] else None


def _urn(*parts: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(("tracker", *parts))).urn
