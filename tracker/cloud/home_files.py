"""Which files of a home on this machine are published, and what is in them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import SettingError
from ..progress import Progress
from ..settings import Settings
from .bucket import Bucket
from .manifest import ALWAYS_READ, CHOICES, OWN, ManifestFile, is_path

# What holds for one state of one machine's database.
_KEPT_ROWS = ("db/prepared/filings/", "db/prepared/other_managers/")
_TIMES_READ = 3  # a file that answers write may be replaced while it is read


def published_paths(home: Path, with_filings: bool, progress: Progress) -> list[str]:
    """The paths of a home's files that are published, in order.

    Links, locks and what is being written are left out, and so is, with a note, a name that some system cannot have.
    """
    folders = ["db", "editions", *(["filings"] if with_filings else ALWAYS_READ)]
    paths = [path for folder in folders for path in _below(home, home / folder)]
    paths = [path for path in paths if not path.startswith(_KEPT_ROWS)]
    for path in paths:
        if not is_path(path) and path not in OWN:
            progress.note(f"{path} is left out: another system may not have a file of this name")
    return sorted(path for path in (*paths, *(name for name in CHOICES if (home / name).is_file())) if is_path(path))


def refuse_own_place(bucket: Bucket, settings: Settings) -> None:
    """Raise SettingError if the bucket is a folder that is the home, or among its files.

    Copies for engines would be the home's own tables then, and a push would publish what the one before sent.
    """
    if bucket.scheme == "file" and settings.is_own_place(Path(bucket.root)):
        raise SettingError(f"{bucket.url} is in the home {settings.home} itself: name another folder")


def describe_files(home: Path, paths: list[str], progress: Progress) -> dict[str, ManifestFile]:
    """The files at these paths with their digests, by path; one that is gone meanwhile is left out."""
    progress.start("reading files", len(paths))
    described = {}
    for path in paths:
        if file := describe_file(home, path):
            described[path] = file
        progress.advance()
    progress.end()
    return described


def describe_file(home: Path, path: str) -> ManifestFile | None:
    """The file at a path below `home`, with its digest; None if there is none."""
    for _ in range(_TIMES_READ):
        try:
            with (home / path).open("rb") as file:
                status = os.fstat(file.fileno())
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found = ManifestFile(path, status.st_size, digest, status.st_mtime_ns, status.st_ino)
            if is_same(home, found):
                return found
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
    return None


def is_same(home: Path, file: ManifestFile) -> bool:
    """Whether a file is still the one that was described."""
    status = (home / file.path).stat()
    return (status.st_size, status.st_mtime_ns, status.st_ino) == (file.bytes, file.mtime_ns, file.inode)


def _below(home: Path, folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and not path.is_symlink():
                yield path.relative_to(home).as_posix()
