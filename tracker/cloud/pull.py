"""Copy a published home to this machine: fetch what differs, check it, put it in place.

What is fetched waits below `db/`, named by its digest: a kill leaves the home as it was, and the next pull goes on.
While files are put in place, which takes a rename each, and until it is noted what they are, the home says that it is
half pulled, and nobody reads it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .. import bounds
from ..errors import SettingError, StoreError
from ..files import incoming, move_durably, write_atomic
from ..progress import Progress, Silent
from ..settings import Settings
from ..store import VERSION, write_lock
from ..store.pulled_homes import PULLING, WITHOUT_FILINGS
from .bucket import Bucket
from .home_files import describe_files, published_paths, refuse_own_place
from .manifest import (
    ALWAYS_READ,
    BESIDE_DATABASE,
    CHOICES,
    DATABASE,
    NAME,
    Manifest,
    ManifestFile,
    digest_of,
    read_manifest,
)
from .standing import is_changed, note_standing, read_standing

_AT_ONCE = 8
_WAITING = ".fetched"
_SPARE_BYTES = 2**26  # that a disk keeps free


@dataclass(frozen=True)
class Pulled:
    """What a pull did: how many files the home has, how many of how many bytes were fetched, what was removed."""

    home: Path
    files: int
    fetched: int
    fetched_bytes: int
    removed: int

    def __str__(self) -> str:
        fetched = f"{self.fetched:,} fetched ({self.fetched_bytes:,} bytes)" if self.fetched else "nothing to fetch"
        removed = f", {self.removed:,} removed" if self.removed else ""
        return f"{self.home}: {self.files:,} files, {fetched}{removed}"


def pull(
    settings: Settings,
    url: str,
    *,
    with_filings: bool = False,
    may_replace: bool = False,
    progress: Progress | None = None,
) -> Pulled:
    """Make the home of `settings` the one that is published at `url`.

    `db/` becomes the same; in `editions/` and `filings/` nothing is removed. Raises StoreError if something here would
    be lost (unless `may_replace`), if the manifest or an object is damaged, of another version or too large for the
    disk, or if another run is writing here; SettingError and SourceError as `Bucket` does.
    """
    progress, home = progress or Silent(), settings.home
    bucket = Bucket(url)
    refuse_own_place(bucket, settings)
    data, manifest = read_published(bucket)
    if with_filings and not manifest.has_filings:
        raise SettingError(f"{url} was pushed without filings: leave out --with-filings, or push it with them")
    files = _chosen(manifest, with_filings)
    with write_lock.hold(settings.db / "refresh.lock"), ExitStack() as stack:
        stack.callback(progress.end)
        if not may_replace:
            _refuse_to_lose(home, url)
        here = describe_files(home, published_paths(home, with_filings, progress), progress)
        differing = {path: file for path, file in files.items() if not _is_there(here.get(path), file)}
        fetched = _fetch(bucket, home, differing, progress)
        surplus = [path for path in here if path not in files and _is_ours(path)]
        _put_in_place(home, url, differing, surplus)
        _mark_filings(home, url, has_filings=with_filings or _has_filings(home))
        note_standing(home, url, (digest_of(data),))
        # last: until then a kill must not leave a home that takes itself for one with filings, or for its own
        (home / "db" / PULLING).unlink(missing_ok=True)
        shutil.rmtree(home / "db" / _WAITING, ignore_errors=True)
    return Pulled(home, len(files), len(differing), fetched, len(surplus))


def read_published(bucket: Bucket) -> tuple[bytes, Manifest]:
    """The manifest of a published home. Raises StoreError if there is none, or if it is of another version."""
    found = bucket.read(NAME, bounds.MANIFEST.most_bytes)
    if found is None:
        raise StoreError(
            f"{bucket.url} has no home: `tracker push {bucket.url}` publishes one, or name another address"
        )
    manifest = read_manifest(found[0], bucket.url)
    if manifest.schema != VERSION:
        cure = "update tracker" if manifest.schema > VERSION else "refresh and push it with this version"
        raise StoreError(
            f"{bucket.url} was pushed by another version (schema {manifest.schema}, this is {VERSION}): {cure}"
        )
    return found[0], manifest


def fetch_object(bucket: Bucket, file: ManifestFile, path: Path) -> None:
    """Write an object's bytes to `path`, all or nothing. Raises StoreError if they are not what was pushed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = incoming(path)
    try:
        bucket.download(file.object_name, temporary)
        with temporary.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        if digest != file.sha256:
            raise StoreError(
                f"{bucket.url}/{file.object_name} ({file.path}) is not what was pushed: delete that object, and push "
                "again"
            )
        os.utime(temporary, ns=(time.time_ns(), file.mtime_ns))
        move_durably(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _chosen(manifest: Manifest, with_filings: bool) -> dict[str, ManifestFile]:
    return {
        path: file
        for path, file in manifest.files.items()
        if with_filings or not path.startswith("filings/") or path.startswith(ALWAYS_READ)
    }


def _is_there(here: ManifestFile | None, file: ManifestFile) -> bool:
    return here is not None and (here.sha256, here.bytes) == (file.sha256, file.bytes)


def _is_ours(path: str) -> bool:
    return path.startswith("db/") or path in CHOICES


def _refuse_to_lose(home: Path, url: str) -> None:
    """Raise StoreError if the home has something that was never pushed to `url`."""
    if (home / "db" / PULLING).exists() or not any((home / path).exists() for path in (DATABASE, *CHOICES)):
        return
    standing = read_standing(home)
    if standing is None or standing.url != url:
        raise StoreError(f"{home} has a home of its own: choose another folder, or replace it with --replace")
    if is_changed(home, standing):
        raise StoreError(
            f"{home} was changed since it was pulled or pushed: `tracker --home {home} push {url}`, or give up the "
            "changes with --replace"
        )


def _fetch(bucket: Bucket, home: Path, files: Mapping[str, ManifestFile], progress: Progress) -> int:
    """Have the objects of these files, checked, where they wait to be put in place. Returns the bytes that came."""
    waiting = home / "db" / _WAITING
    unique = {file.sha256: file for file in files.values()}
    missing = [file for file in unique.values() if not _waits(waiting / file.sha256, file)]
    needed = sum(file.bytes for file in missing)
    waiting.mkdir(parents=True, exist_ok=True)
    if needed + _SPARE_BYTES > (free := shutil.disk_usage(waiting).free):
        raise StoreError(f"{home} has {free:,} bytes left for {needed:,}: make room, or choose another folder")
    refuse_of_other_size(bucket, missing)
    progress.start("fetching", len(missing))

    def fetch(file: ManifestFile) -> None:
        fetch_object(bucket, file, waiting / file.sha256)
        progress.advance()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(fetch, missing))
    progress.end()
    return needed


def refuse_of_other_size(bucket: Bucket, files: list[ManifestFile]) -> None:
    """Raise StoreError if an object is not there, or is larger or smaller than the manifest says."""
    if not files:
        return
    stored = bucket.below("objects")
    for file in files:
        facts = stored.get(file.object_name)
        if facts is None or facts.size != file.bytes:
            problem = "is not there" if facts is None else f"has {facts.size:,} bytes, not {file.bytes:,}"
            raise StoreError(f"{bucket.url}/{file.object_name} ({file.path}) {problem}: push the home again")


def _waits(path: Path, file: ManifestFile) -> bool:
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _put_in_place(home: Path, url: str, files: Mapping[str, ManifestFile], surplus: list[str]) -> None:
    if not files and not surplus:
        return
    write_atomic(home / "db" / PULLING, url.encode())
    waiting = home / "db" / _WAITING
    if DATABASE in files:  # what SQLite left beside the old one is not of the new one
        for name in BESIDE_DATABASE:
            (home / name).unlink(missing_ok=True)
    last = {file.sha256: path for path, file in files.items()}
    for path, file in files.items():
        source, target = waiting / file.sha256, home / path
        if last[file.sha256] != path:  # of several files with the same content, all but one are copies
            copied = incoming(source)
            shutil.copyfile(source, copied)
            source = copied
        os.utime(source, ns=(file.mtime_ns, file.mtime_ns))
        move_durably(source, target)
    for path in surplus:
        (home / path).unlink(missing_ok=True)


def _has_filings(home: Path) -> bool:
    """Whether the home has filings of its own: then they are what it goes on from, as before."""
    always = {home / folder for folder in ALWAYS_READ}
    reference = next(iter(always)).parent
    others = [*(home / "filings").glob("[!.]*"), *reference.glob("[!.]*")]
    return any(path not in {reference, *always} and path.is_dir() for path in others)


def _mark_filings(home: Path, url: str, *, has_filings: bool) -> None:
    mark = home / "db" / WITHOUT_FILINGS
    if has_filings:
        mark.unlink(missing_ok=True)
    else:
        write_atomic(mark, url.encode())
