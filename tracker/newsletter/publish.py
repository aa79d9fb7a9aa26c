"""Publish an edition, publish it again, and check how it would differ now."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import InputError, SettingError
from ..files import atomic_folder, restore_folders
from ..output import Answer, plural
from ..settings import Settings
from ..store import Store
from . import index, render
from .edition_differences import COLUMNS, edits_by_hand
from .edition_kinds import EditionRequest, kind_for, kind_of
from .edition_shape import SLUG_LENGTH, is_address, is_slug
from .page_templates import check_folder


@dataclass(frozen=True)
class Published:
    """An edition's folder and its document; `notes` say what was left out of the list of all editions, and why."""

    folder: Path
    document: dict[str, Any]
    notes: Sequence[str] = ()

    @property
    def page(self) -> Path:
        """The page to open first."""
        return self.folder / "index.html"


def publish(
    settings: Settings, request: EditionRequest, templates: Path | None = None, *, may_replace: bool = True
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
    file = index.file_of(path)
    then = index.read(file)
    if then.get("format") != render.FORMAT:
        raise InputError(
            f"{path} is of another version, whose files this one does not write byte for byte; `tracker publish "
            "--check` compares it, and publishing with its parameters and --replace replaces it"
        )
    document, files = _make(settings, kind_of(then).requested(then, file.parent), templates)
    for part in ("methodology", "state"):  # another version of the program may make the same edition
        document[part]["version"] = then[part].get("version")
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
    file = index.file_of(path)
    then = index.read(file)
    found = kind_of(then).find(settings, file, then)
    rows = [*found.rows, *edits_by_hand(file.parent, then["files"])]
    facts = {**found.facts, "edition": then["slug"], "differences": len(rows)}
    count = plural(len(rows), "difference") if rows else "no difference"
    title = f"{then['title']}, against what is known now: {count}"
    return Answer(title, COLUMNS, rows, facts, found.notes, methodology=found.methodology)


def slug_of(text: str) -> str:
    """A folder's name from a title: `9 Best Micro Caps` is `9-best-micro-caps`. Empty if no letter or digit is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].strip("-")


def _require_new(settings: Settings, slug: str) -> None:
    folder = settings.editions / slug
    if is_slug(slug) and index.file_of(folder).is_file():
        raise SettingError(f"{folder} is published: replace that edition with --replace, or choose another --slug")


def _make(
    settings: Settings, request: EditionRequest, templates: Path | None
) -> tuple[dict[str, Any], dict[str, bytes]]:
    base_url = request.base_url.rstrip("/") if request.base_url else None
    if base_url and not is_address(base_url):
        raise SettingError(
            f"--base-url {request.base_url!r} is not an address; write it as https://example.org/editions"
        )
    if templates and not templates.is_dir():
        raise SettingError(f"--template {templates} is not a folder; give one with templates such as index.html.j2")
    if templates:
        check_folder(templates)
    if request.slug and not is_slug(request.slug):
        raise SettingError(f"--slug {request.slug!r} cannot be the name of a folder; write it as micro-caps-2025q3")
    kind = kind_for(request)
    gathered = kind.gather(settings, replace(request, base_url=base_url))
    document = gathered.document
    slug = request.slug or slug_of(document["title"]) or document["methodology"]["quarter"].lower()
    rest = {name: value for name, value in document.items() if name != "slug"}
    document = {"format": render.FORMAT, "slug": slug, **rest}
    files = render.render(document, gathered.draw(), kind.layout, templates, gathered.pictures)
    return _decoded(files), files


def _decoded(files: Mapping[str, bytes]) -> dict[str, Any]:
    import json

    document = json.loads(files[render.DOCUMENT])
    assert isinstance(document, dict)
    return document


def _write(settings: Settings, document: dict[str, Any], files: Mapping[str, bytes]) -> Published:
    folder = settings.editions / document["slug"]
    with Store(settings) as store, store.writing(settles=False):
        settings.editions.mkdir(parents=True, exist_ok=True)
        restore_folders(settings.editions)
        if folder.exists() and not (folder / render.DOCUMENT).is_file():
            raise SettingError(f"{folder} exists and is not an edition; choose another --slug, or move it away")
        with atomic_folder(folder) as temporary:
            for name, data in files.items():
                path = temporary / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
        notes = index.renew(settings, store)
    return Published(folder, document, notes)
