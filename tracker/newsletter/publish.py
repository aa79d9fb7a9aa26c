"""Publish an edition, publish it again, and check how it would differ now."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import InputError, SettingError
from ..files import atomic_folder, restore_folders
from ..output import Answer, Column, plural
from ..reports.list_changes import compare, request_of
from ..settings import Settings
from ..store import Store
from . import index, render
from .document import Request, gather

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SLUG_LENGTH = 80
_DIFFERENCE_COLUMNS = (
    Column("ticker", "Ticker"),
    Column("what", "What"),
    Column("then", "Published"),
    Column("now", "Now"),
    Column("because", "Because"),
)
# Not printed, or compared by `list_changes.compare`, or different only because something else is.
_NOT_COMPARED = {"known_on", "version", "caveats", "removed", "held_back", "prices_from", "prices_to"}
_STOCK_FACTS = (
    "holders_previous", "new", "closed", "holders_carried", "value_usd", "ownership_pct", "largest_holder", "sector",
    "industry", "filings", "index",
)  # fmt: skip


@dataclass(frozen=True)
class Published:
    """An edition's folder and its document."""

    folder: Path
    document: dict[str, Any]

    @property
    def page(self) -> Path:
        """The page to open first."""
        return self.folder / "index.html"


def publish(
    settings: Settings, request: Request, templates: Path | None = None, *, may_replace: bool = True
) -> Published:
    """Write the edition's folder below `settings.editions`, all or nothing, then the list of all editions.

    An edition with the same slug is replaced, if that is allowed. Raises SettingError if it is not, if the slug is
    invalid or its folder is not an edition, InputError if a template is unusable, and what `gather` raises.
    """
    if not may_replace:  # before all the work, if the slug is known by then
        _require_new(settings, request.slug or slug_of(request.title or ""))
    document, files = _make(settings, request, templates)
    if not may_replace:
        _require_new(settings, document["slug"])
    return _write(settings, document, files)


def rebuild(settings: Settings, path: Path, templates: Path | None = None) -> Published:
    """Rebuild a published edition, byte for byte, from its parameters and the data as known then.

    Raises InputError, and writes nothing, if the data in the store no longer give the same files.
    """
    then = index.read(path)
    document, files = _make(settings, _request_of(then), templates)
    for part in ("methodology", "state"):  # another version of the program may make the same edition
        document[part]["version"] = then[part]["version"]
    files = {**files, render.DOCUMENT: render.to_json(document)}
    if document != then:
        changed = [name for name in sorted({*document["files"], *then["files"]})
                   if document["files"].get(name) != then["files"].get(name)]  # fmt: skip
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise InputError(
            f"{path} cannot be rebuilt: {', '.join(changed[:3]) or render.DOCUMENT}{more} would differ; "
            f"`tracker publish --check {path}` shows why; publishing with --slug {then['slug']} replaces it"
        )
    return _write(settings, document, files)


def check(settings: Settings, path: Path) -> Answer:
    """How an edition would differ if it were published now, and why; the fact `differences` is their number.

    Rows have ticker (None for the edition as a whole), what, then, now and because. Raises InputError if `path` is not
    an edition.
    """
    then = index.read(path)
    file = path / render.DOCUMENT if path.is_dir() else path
    compared = compare(settings, file)
    now = gather(settings, _request_of(then, is_now=True)).document
    rows: list[dict[str, Any]] = [dict(row) for row in compared.rows]
    causes = {row["ticker"]: row["because"] for row in rows if row["what"] == "holders"}
    rows += _stock_differences(then, now, causes) + _whole_differences(then, now)
    rows += [
        {"ticker": None, "what": name, "then": "as published", "now": "changed or gone", "because": "edited by hand"}
        for name in _edited(file.parent, then["files"])
    ]
    facts = {**compared.facts, "edition": then["slug"], "differences": len(rows)}
    count = plural(len(rows), "difference") if rows else "no difference"
    return Answer(f"{then['title']}, against what is known now: {count}", _DIFFERENCE_COLUMNS, rows, facts,
                  compared.notes, methodology=compared.methodology)  # fmt: skip


def slug_of(text: str) -> str:
    """A folder's name from a title: `9 Best Micro Caps` is `9-best-micro-caps`. Empty if no letter or digit is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].strip("-")


def _require_new(settings: Settings, slug: str) -> None:
    path = settings.editions / slug / render.DOCUMENT
    if slug and _SLUG.fullmatch(slug) and path.is_file():
        raise SettingError(f"{path.parent} is published: replace that edition with --replace, or choose another --slug")


def _make(settings: Settings, request: Request, templates: Path | None) -> tuple[dict[str, Any], dict[str, bytes]]:
    base_url = request.base_url.rstrip("/") if request.base_url else None
    if base_url and not re.fullmatch(r"https?://[^\s\"'<>\\]+", base_url):
        raise SettingError(
            f"--base-url {request.base_url!r} is not an address; write it as https://example.org/editions"
        )
    if templates and not templates.is_dir():
        raise SettingError(f"--template {templates} is not a folder; give one with templates such as index.html.j2")
    if request.slug and (len(request.slug) > _SLUG_LENGTH or not _SLUG.fullmatch(request.slug)):
        raise SettingError(f"--slug {request.slug!r} cannot be the name of a folder; write it as micro-caps-2025q3")
    gathered = gather(settings, replace(request, base_url=base_url))
    document = gathered.document
    slug = request.slug or slug_of(document["title"]) or document["methodology"]["quarter"].lower()
    document = {"slug": slug, **{name: value for name, value in document.items() if name != "slug"}}
    files = render.render(document, gathered.draw(), templates)
    return _decoded(files), files


def _decoded(files: Mapping[str, bytes]) -> dict[str, Any]:
    import json

    document = json.loads(files[render.DOCUMENT])
    assert isinstance(document, dict)
    return document


def _write(settings: Settings, document: dict[str, Any], files: Mapping[str, bytes]) -> Published:
    folder = settings.editions / document["slug"]
    with Store(settings) as store, store.writing():
        settings.editions.mkdir(parents=True, exist_ok=True)
        restore_folders(settings.editions)
        if folder.exists() and not (folder / render.DOCUMENT).is_file():
            raise SettingError(f"{folder} exists and is not an edition; choose another --slug, or move it away")
        with atomic_folder(folder) as temporary:
            for name, data in files.items():
                path = temporary / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
        index.renew(settings, store)
    return Published(folder, document)


def _request_of(document: Mapping[str, Any], *, is_now: bool = False) -> Request:
    """The request that the document answers; with `is_now`, the same request with all that is known now."""
    listed = request_of(document["methodology"])
    return Request(
        listed=replace(listed, known_on=None) if is_now else listed,
        title=document["title"],
        slug=document["slug"],
        base_url=document["base_url"],
    )


def _edited(folder: Path, digests: Mapping[str, str]) -> list[str]:
    """Files beside the document that are no longer as published; none if the document is alone."""
    import hashlib

    if not (folder / "index.html").exists():
        return []

    def is_as_published(name: str, digest: str) -> bool:
        path = folder / name
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest

    return [name for name, digest in digests.items() if not is_as_published(name, digest)]


def _stock_differences(
    then: Mapping[str, Any], now: Mapping[str, Any], causes: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Stocks on both lists: what differs beside rank, holders, performance and market cap."""
    rows: list[dict[str, Any]] = []
    sides = [{row["ticker"]: {**row, **_facts_of(document, row["ticker"])} for row in document["rows"]}
             for document in (then, now)]  # fmt: skip
    for ticker in sorted(sides[0].keys() & sides[1].keys()):
        for what in _STOCK_FACTS:
            before, after = (side[ticker].get(what) for side in sides)
            if what in sides[0][ticker] and before != after:  # an older version's edition lacks some
                prices = "prices were corrected" if what in ("index", "ownership_pct") else ""
                because = causes.get(ticker) or prices or "filings or reference data since"
                rows.append(_difference(ticker, what, before, after, because))
    return rows


def _facts_of(document: Mapping[str, Any], ticker: str) -> dict[str, Any]:
    stock = next(stock for stock in document["stocks"] if stock["ticker"] == ticker)
    return {**stock, "filings": [filing["accession_number"] for filing in stock["filings"]]}


def _whole_differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs in the methodology, the coverage, the market and the stocks held back."""
    because = {
        "market": "prices or market caps were corrected or added",
        "coverage": "filings or reference data since",
        "methodology": "filings, prices or reference data since",
        "held_back": "prices were corrected or added",
    }
    rows = []
    for part, why in because.items():
        if isinstance(then[part], list):
            before, after = ([row["ticker"] for row in document[part]] for document in (then, now))
            rows += [_difference(None, part, before, after, why)] if before != after else []
            continue
        for key in sorted({*then[part]} - (_NOT_COMPARED if part == "methodology" else set())):
            before, after = (document[part].get(key) for document in (then, now))
            if before != after:
                rows.append(_difference(None, f"{part} {key}", before, after, why))
    return rows


def _difference(ticker: str | None, what: str, then: object, now: object, because: str) -> dict[str, Any]:
    if isinstance(then, list) and isinstance(now, list):
        gone, new = ([str(item) for item in a if item not in b] for a, b in ((then, now), (now, then)))
        return {"ticker": ticker, "what": what, "then": ", ".join(gone) or None, "now": ", ".join(new) or None,
                "because": because}  # fmt: skip
    return {"ticker": ticker, "what": what, "then": _plainly(then), "now": _plainly(now), "because": because}


def _plainly(value: object) -> object:
    if isinstance(value, dict):
        return "; ".join(f"{key} {member}" for key, member in value.items())
    return value
