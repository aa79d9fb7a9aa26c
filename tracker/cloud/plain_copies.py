"""Copies of a published home's tables and editions under their own names, for engines, browsers and people.

`plain.json` says which are those of a manifest: by path, the digest of what lies there, or null while it is being
copied. Whatever a push finds to be null may still be written by another one: it copies it, marks it with `~`, and the
push after it copies it once more. So neither a kill nor two pushes at once leave an old copy that passes for a new one.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from .. import bounds
from ..json_text import parse_json
from ..progress import Progress
from ..store.layout import TABLES
from .bucket import Bucket, Overtaken
from .manifest import Manifest

_NAME = "plain.json"
_AT_ONCE = 8
_FOLDERS = tuple(f"db/{table}/" for table in TABLES)


def update(bucket: Bucket, manifest: Manifest, progress: Progress) -> None:
    """Make the copies those of `manifest`, and remove those of files that it does not have."""
    wanted = {path: file.sha256 for path, file in manifest.files.items() if path.startswith((*_FOLDERS, "editions/"))}
    noted, tag = _read(bucket)
    changed = sorted(path for path in {*noted, *wanted} if noted.get(path) != wanted.get(path))
    if not changed:
        return
    doubtful = {path for path, digest in noted.items() if digest is None}
    claim: dict[str, str | None] = {**noted, **dict.fromkeys(changed)}
    try:
        bucket.swap(_NAME, _write(claim), tag)
        claimed, tag = _read(bucket)
        if claimed != claim:
            raise Overtaken(bucket.url)
        progress.start("copying to plain names", len(changed))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            copied = [path for path in changed if path in wanted]
            for _ in pool.map(lambda path: bucket.copy(f"objects/{wanted[path]}", path), copied):
                progress.advance()
        bucket.delete([path for path in changed if path not in wanted])
        progress.end()
        final = {path: f"~{digest}" if path in doubtful else digest for path, digest in wanted.items()}
        bucket.swap(_NAME, _write({**final}), tag)
    except Overtaken:
        progress.note("another push is copying to plain names: it leaves them as it publishes them")


def _read(bucket: Bucket) -> tuple[dict[str, str | None], object]:
    found = bucket.read(_NAME, bounds.MANIFEST.most_bytes)
    if found is None:
        return {}, None
    try:
        noted = parse_json(found[0], bounds.MANIFEST)
        if isinstance(noted, dict) and all(isinstance(digest, str | None) for digest in noted.values()):
            return noted, found[1]
    except ValueError:
        pass
    return {}, found[1]  # damaged: all are copied again


def _write(noted: dict[str, str | None]) -> bytes:
    return (json.dumps(noted, indent=0, sort_keys=True) + "\n").encode()
