"""Publish a home: send what has changed, then say so in one write.

Readers have the old version until the manifest is replaced, and the new one from then on. A kill before leaves objects
that no manifest names, which the next push uses or removes; a kill after leaves copies to be made, which it makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .. import __version__, bounds
from ..errors import NotFoundError, StoreError
from ..progress import Progress, Silent
from ..settings import Settings
from ..store import VERSION, Store
from ..store.pulled_homes import WITHOUT_FILINGS, refuse_without_filings
from . import plain_copies
from .bucket import Bucket, Overtaken, Stored
from .home_files import describe_file, describe_files, is_same, published_paths, refuse_own_place
from .manifest import NAME, Manifest, ManifestFile, digest_of, read_manifest, write_manifest
from .standing import note_standing, read_standing

_AT_ONCE = 8
_CHANGES = 3  # of a file that answers write, while it is sent
# An object that no manifest names is used again while it is young, and removed when it is old: never both at once.
_USED_AGAIN, _REMOVED = timedelta(hours=12), timedelta(hours=24)


@dataclass(frozen=True)
class Pushed:
    """What a push did: how many files the home has, how many objects of how many bytes were sent, what was removed."""

    url: str
    files: int
    sent: int
    sent_bytes: int
    removed: int

    def __str__(self) -> str:
        sent = f"{self.sent:,} sent ({self.sent_bytes:,} bytes)" if self.sent else "nothing to send"
        return f"{self.url}: {self.files:,} files, {sent}"


def push(
    settings: Settings,
    url: str,
    *,
    with_filings: bool = False,
    may_replace: bool = False,
    progress: Progress | None = None,
) -> Pushed:
    """Publish the home of `settings` at `url`, over what is published there.

    A home that has its filings there keeps them. Raises StoreError if somebody else has pushed since this home was
    pulled or pushed (unless `may_replace`) or does so meanwhile, or if another run is writing to the home;
    NotFoundError if nothing is loaded; SettingError and SourceError as `Bucket` does.
    """
    progress, home = progress or Silent(), settings.home
    if not settings.database.is_file():
        raise NotFoundError(f"{home} has nothing to push: run `tracker refresh 2025Q3` first")
    bucket, is_partial = Bucket(url), (settings.db / WITHOUT_FILINGS).exists()
    refuse_own_place(bucket, settings)
    if is_partial and with_filings:
        refuse_without_filings(settings.db)
    with Store(settings) as store, store.writing(settles=False), ExitStack() as stack:
        stack.callback(progress.end)
        store.gather()
        found = bucket.read(NAME, bounds.MANIFEST.most_bytes)
        old, tag = (read_manifest(found[0], url), found[1]) if found else (None, None)
        has_filings = not is_partial and (with_filings or bool(old and old.has_filings))
        files = describe_files(home, published_paths(home, has_filings, progress), progress)
        if is_partial and old:  # what was not pulled stays as it is
            files = {**{path: file for path, file in old.files.items() if path.startswith("filings/")}, **files}
        standing = read_standing(home)
        known = standing.versions if standing and standing.url == url else ()
        if found and not may_replace and digest_of(found[0]) not in known and not _is_equal(old, files):
            raise StoreError(
                f"{url} has another version than this home was pulled from or pushed to: pull it, or publish this one "
                "in its place with --replace"
            )
        stored = bucket.below("objects")
        files, sent = _send(bucket, home, files, _usable(stored, old), progress)
        if found and old and _is_equal(old, files):
            manifest, data = old, found[0]
        else:
            manifest = _next(old, files)
            data = write_manifest(manifest)
            if len(data) > bounds.MANIFEST.most_bytes:
                raise StoreError(f"{home} has {len(files):,} files, which no manifest holds: push it without filings")
            # before it is written: a kill after it, and this home is known to be that version
            note_standing(home, url, (*known[-1:], digest_of(data)))
            _publish(bucket, data, tag)
        note_standing(home, url, (digest_of(data),))
        plain_copies.update(bucket, manifest, progress)
        removed = _remove_old(bucket, stored, manifest)
    return Pushed(url, len(files), len(sent), sum(sent.values()), removed)


def _next(old: Manifest | None, files: Mapping[str, ManifestFile]) -> Manifest:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(files, VERSION, f"tracker {__version__}", now)
    replaced = sorted(old.objects.keys() - manifest.objects.keys()) if old else []
    return replace(manifest, replaced=tuple(replaced))


def _publish(bucket: Bucket, data: bytes, tag: object) -> None:
    try:
        bucket.swap(NAME, data, tag)
    except Overtaken:
        raise StoreError(
            f"another push to {bucket.url} has ended meanwhile, and this one is not published: pull that one, or "
            "publish this one in its place with --replace"
        ) from None


def _is_equal(old: Manifest | None, files: Mapping[str, ManifestFile]) -> bool:
    """Whether the files of a manifest are these, whenever they were written."""
    contents = {path: file.sha256 for path, file in files.items()}
    return old is not None and contents == {path: file.sha256 for path, file in old.files.items()}


def _usable(stored: Mapping[str, Stored], old: Manifest | None) -> dict[str, int]:
    """The objects that need not be sent, by SHA-256: those that the manifest names, and what a killed push left."""
    named, now = old.objects if old else {}, datetime.now(UTC)
    usable = {}
    for name, facts in stored.items():
        digest = name.rpartition("/")[2]
        is_young = facts.written_at is not None and now - facts.written_at < _USED_AGAIN
        if digest in named or is_young:
            usable[digest] = facts.size
    return usable


def _send(
    bucket: Bucket, home: Path, files: Mapping[str, ManifestFile], there: Mapping[str, int], progress: Progress
) -> tuple[dict[str, ManifestFile], dict[str, int]]:
    """Send the objects that are not there. Returns the files as they were sent, and what was sent with its size."""
    missing = [file for file in files.values() if there.get(file.sha256) != file.bytes]
    unique = {file.sha256: file for file in missing}
    progress.start("sending", len(unique))
    final, sent = dict(files), {}

    def send(file: ManifestFile) -> ManifestFile | None:
        described = _send_one(bucket, home, file)
        progress.advance()
        return described

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for file, described in zip(unique.values(), pool.map(send, unique.values()), strict=True):
            for path in [path for path, other in files.items() if other.sha256 == file.sha256]:
                if described == file:
                    sent[file.sha256] = file.bytes
                elif described and path == described.path:
                    final[path], sent[described.sha256] = described, described.bytes
                else:
                    del final[path]
    progress.end()
    return final, sent


def _send_one(bucket: Bucket, home: Path, file: ManifestFile) -> ManifestFile | None:
    """Send a file's bytes; returns the file as it was sent, None if it is gone."""
    described: ManifestFile | None = file
    for _ in range(_CHANGES):
        if described is None:
            return None
        try:
            bucket.upload(home / described.path, described.object_name)
            if is_same(home, described):
                return described
        except FileNotFoundError:
            pass
        # what was sent may be what replaced it: it must not bear this name
        bucket.delete([described.object_name])
        described = describe_file(home, file.path)
    raise StoreError(f"{home / file.path} changes while it is sent: run the same command again")


def _remove_old(bucket: Bucket, stored: Mapping[str, Stored], manifest: Manifest) -> int:
    """Remove the objects that neither this manifest nor the one before names, once they are old."""
    kept, now = {*manifest.objects, *manifest.replaced}, datetime.now(UTC)
    old = [
        name
        for name, facts in stored.items()
        if name.rpartition("/")[2] not in kept and facts.written_at is not None and now - facts.written_at > _REMOVED
    ]
    bucket.delete(old)
    return len(old)
