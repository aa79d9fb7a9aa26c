"""All editions on disk: their list as a page, as a feed, and as rows of the database.

The folders below `editions/` are the source; these three are rebuilt from them each time, so nothing is lost with the
database, and an edition that a person deletes is gone everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import write_atomic
from ..settings import Settings
from ..store import Store
from ..tables import EDITIONS, RANKINGS, Table
from . import render
from .edition_entries import Entry
from .edition_kinds import kind_of

FEED, INDEX = "feed.json", "index.html"


def read(path: Path) -> dict[str, Any]:
    """The document of an edition, from its folder or its `edition.json`. Raises InputError if it is not one."""
    file = path / render.DOCUMENT if path.is_dir() else path
    try:
        document = json.loads(file.read_bytes())
        for key in ("title", "slug", "base_url", "as_of", "methodology", "rows", "state", "files"):
            document[key]
        for key in kind_of(document).members:
            document[key]
        for part in ("methodology", "state", "files"):
            document[part].keys()
        date.fromisoformat(document["as_of"])
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    except (AttributeError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} is not an edition of `tracker publish` ({error!r:.80})") from None
    assert isinstance(document, dict)
    return document


def renew(settings: Settings, store: Store) -> None:
    """Rebuild the page, the feed and the rows of the editions on disk, the newest first.

    EDITIONS has a row an edition, RANKINGS a row a stock of a list.
    """
    documents = [read(path.parent) for path in sorted(settings.editions.glob(f"[!.]*/{render.DOCUMENT}"))]
    documents.sort(key=lambda document: (document["as_of"], document["slug"]), reverse=True)
    write_atomic(settings.editions / FEED, render.to_json(_feed(documents)))
    write_atomic(settings.editions / INDEX, render.render_page("editions.html", {"editions": documents}))
    editions = EDITIONS.frame([_typed(_entry(document).row, EDITIONS) for document in documents])
    rankings = [
        {**dict.fromkeys(RANKINGS.schema), "edition": document["slug"], **_typed(row, RANKINGS)}
        for document in documents
        for row in _entry(document).ranked
    ]
    store.replace_together([(EDITIONS, editions, {}), (RANKINGS, RANKINGS.frame(rankings), {})])


def _entry(document: Mapping[str, Any]) -> Entry:
    """Raises InputError for an edition that was edited until it is none."""
    try:
        return kind_of(document).entry(document)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        slug = document["slug"]
        raise InputError(f"the edition {slug} is not as it was written ({error!r:.80}); move its folder away") from None


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
    base = next((document["base_url"] for document in editions if document["base_url"]), None)
    head = {"version": "https://jsonfeed.org/version/1.1", "title": "Hedge funds' micro-caps", "language": "en"}
    if base:
        head |= {"home_page_url": f"{base}/{INDEX}", "feed_url": f"{base}/{FEED}"}
    return {**head, "items": [_item(document) for document in editions]}


def _item(document: dict[str, Any]) -> dict[str, Any]:
    address = f"{document['base_url']}/{document['slug']}/index.html" if document["base_url"] else None
    return {
        "id": address or document["slug"],
        **({"url": address} if address else {}),
        "title": document["title"],
        "content_text": "\n".join(_entry(document).lines),
        "date_published": f"{document['as_of']}T00:00:00Z",
        "tags": [document["methodology"]["quarter"]],
    }
