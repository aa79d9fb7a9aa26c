"""A home read where it is published: its small files in the cache, its large tables in object storage.

Each command reads the manifest, which is one request, and answers from the version that it names to its end. A version
has a folder in the cache that looks like a home: small files are links to cached objects, and a table is an empty file
until it is fetched, so that what there is can be listed. A table of a few megabytes, or of prices, is fetched whole
with its first use; a larger one is read in place.
"""

from __future__ import annotations

import dataclasses
import os
import weakref
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..settings import Settings
from ..store.layout import TABLES
from .bucket import Bucket
from .manifest import Manifest, ManifestFile, digest_of
from .object_cache import COMPLETE, have_object, hold_version, is_cached, link_object, trim
from .pull import read_published, refuse_of_other_size

FETCHED_WHOLE = {"db/prices/": 128 * 2**20, "db/": 4 * 2**20}
"""bytes of a table up to which it is fetched whole, by the first of the folders that it is in

One request for a few megabytes is quicker than several for parts. Of prices a list reads most of a year, and several
times: in place, the 38 MB of two years are 77 MB of ranges for each list.
"""

_AT_ONCE = 16
_TABLES = tuple(f"db/{table}/" for table in TABLES)
_LATER = ("editions/", "filings/")  # what few answers read


class PublishedHome:
    """A version of a published home, as `RemoteHome` describes it; `folder` is its own in the cache."""

    def __init__(self, bucket: Bucket, manifest: Manifest, folder: Path) -> None:
        self.url, self.storage_options = bucket.url, bucket.storage_options
        self._bucket, self._manifest, self._folder = bucket, manifest, folder

    def source(self, path: Path) -> Path | str:
        """See `RemoteHome`."""
        file = self._file(path)
        if file is None or path.stat().st_size:
            return path
        limit = next(limit for folder, limit in FETCHED_WHOLE.items() if file.path.startswith(folder))
        if file.bytes <= limit or is_cached(file):
            self._fetch([file])
            return path
        return self._bucket.source(file.object_name)

    def state(self, path: Path) -> tuple[int, int, int] | None:
        """See `RemoteHome`."""
        file = self._file(path)
        return (file.bytes, file.mtime_ns, file.inode) if file else None

    def fetch_below(self, folder: str) -> None:
        """See `RemoteHome`."""
        self._fetch(file for path, file in self._manifest.files.items() if path.startswith(f"{folder}/"))

    def prepare(self) -> None:
        """Make the folder, unless it is there already."""
        complete = self._folder / COMPLETE
        self._folder.mkdir(parents=True, exist_ok=True)
        weakref.finalize(self, os.close, hold_version(self._folder))
        if complete.exists():
            return
        files = self._manifest.files.values()
        refuse_of_other_size(self._bucket, list(files))
        for file in files:
            if file.path.startswith(_TABLES):
                path = self._folder / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                if not path.exists():
                    path.touch()
        self._fetch(file for file in files if not file.path.startswith((*_TABLES, *_LATER)))
        complete.touch()
        trim(self._folder.parent, self._folder)

    def _fetch(self, files: Iterable[ManifestFile]) -> None:
        missing = [file for file in files if not _has_bytes(self._folder / file.path, file)]
        if len(missing) == 1:
            self._fetch_one(missing[0])
        elif missing:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(self._fetch_one, missing))

    def _fetch_one(self, file: ManifestFile) -> None:
        link_object(have_object(self._bucket, file), self._folder / file.path)

    def _file(self, path: Path) -> ManifestFile | None:
        if not path.is_relative_to(self._folder):
            return None
        return self._manifest.files.get(path.relative_to(self._folder).as_posix())


def open_published(settings: Settings) -> Settings:
    """Settings of the newest version of the home at `settings.remote_url`, to be read; others as they are.

    Raises SettingError, SourceError and StoreError as `Bucket` and `read_published` do.
    """
    if settings.remote_url is None or settings.remote is not None:
        return settings
    bucket = Bucket(settings.remote_url)
    data, manifest = read_published(bucket)
    folder = settings.home / digest_of(data)[:32]
    home = PublishedHome(bucket, manifest, folder)
    home.prepare()
    return dataclasses.replace(settings, home=folder, remote=home)


def _has_bytes(path: Path, file: ManifestFile) -> bool:
    try:
        return path.stat().st_size == file.bytes
    except FileNotFoundError:
        return False
