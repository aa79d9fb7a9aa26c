"""The manifest of a published home: what belongs to it, read as if a stranger had written it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .. import bounds
from ..errors import StoreError
from ..json_text import parse_json
from ..store.pulled_homes import PULLING, WITHOUT_FILINGS

NAME = "manifest.json"
FORMAT = 1
_MOST_FILE_BYTES = 2**40
_TOP = ("db", "editions", "filings")
CHOICES = ("funds.csv", "amendments.csv")  # the user's own decisions, in the home directory itself
ALWAYS_READ = ("filings/reference/advisers/", "filings/reference/adv-filing-data/")
"""published with every home: who counts is decided from them, and answers say why"""

_SHA256 = re.compile(r"[0-9a-f]{64}")
# What names a file on every system; no name begins with a dot, so that what is being written is none.
_SEGMENT = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|.][^\x00-\x1f\x7f/\\:*?\"<>|]{0,199}")
DATABASE = "db/tracker.db"
BESIDE_DATABASE = tuple(f"{DATABASE}-{what}" for what in ("journal", "wal", "shm"))
OWN = frozenset(
    [*BESIDE_DATABASE, *(f"db/{name}" for name in ("refresh.lock", "watch.lock", "published.json")),
     *(f"db/{name}" for name in (PULLING, WITHOUT_FILINGS))]
)  # fmt: skip
"""what belongs to the folder, not to the home: it stays where it is"""

_KEYS = {"path", "bytes", "sha256", "mtime_ns", "inode"}


@dataclass(frozen=True)
class ManifestFile:
    """A file: its path in the home, what is in it, and its time of change and number where it was pushed from."""

    path: str
    bytes: int
    sha256: str
    mtime_ns: int
    inode: int

    @property
    def object_name(self) -> str:
        """Where its bytes lie."""
        return f"objects/{self.sha256}"


@dataclass(frozen=True)
class Manifest:
    """A version of a home: its files by path, the schema of its tables, and objects that only the one before names."""

    files: Mapping[str, ManifestFile]
    schema: int
    made_by: str
    pushed_at: str
    replaced: tuple[str, ...] = ()

    @property
    def objects(self) -> dict[str, int]:
        """SHA-256 and size of all files."""
        return {file.sha256: file.bytes for file in self.files.values()}

    @property
    def has_filings(self) -> bool:
        """Whether it has what its numbers are settled from, not only what answers read."""
        return any(path.startswith("filings/") and not path.startswith(ALWAYS_READ) for path in self.files)


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest as JSON, one file a line."""
    facts = {
        "format": FORMAT,
        "schema": manifest.schema,
        "made_by": manifest.made_by,
        "pushed_at": manifest.pushed_at,
        "replaced": list(manifest.replaced),
    }
    head = json.dumps(facts)[:-1]
    files = ",\n".join(json.dumps(asdict(manifest.files[path])) for path in sorted(manifest.files))
    return f'{head}, "files": [\n{files}\n]}}\n'.encode()


def digest_of(data: bytes) -> str:
    """The name of a version: the SHA-256 of its manifest."""
    return hashlib.sha256(data).hexdigest()


def read_manifest(data: bytes, url: str) -> Manifest:
    """The manifest in `data`. Raises StoreError for one that `push` cannot have written, and for one of a later format.

    Whatever it says, no path leaves the home or names one of its locks, and no file lies below another.
    """
    try:
        facts = parse_json(data, bounds.MANIFEST)
        if not isinstance(facts, dict) or not _is_number(facts.get("format")):
            raise ValueError("it is of no format")
        if facts["format"] > FORMAT:
            raise StoreError(f"{url}/{NAME} was written by a later version: update tracker")
        listed, replaced = facts.get("files"), facts.get("replaced")
        if not isinstance(listed, list) or not isinstance(replaced, list):
            raise ValueError("it lists no files")
        files = {file.path: file for file in map(_read_file, listed)}
        if len(files) < len(listed):
            raise ValueError("it names a file twice")
        _refuse_nested(files)
        if not all(isinstance(digest, str) and _SHA256.fullmatch(digest) for digest in replaced):
            raise ValueError("what it replaces are no digests")
        if DATABASE not in files or not _is_number(facts.get("schema")):
            raise ValueError("it names no database")
        texts = [facts.get("made_by"), facts.get("pushed_at")]
        made_by, pushed_at = (text[:100] if isinstance(text, str) else "" for text in texts)
        return Manifest(files, facts["schema"], made_by, pushed_at, tuple(replaced))
    except ValueError as error:
        problem = "it is no JSON" if isinstance(error, json.JSONDecodeError | UnicodeError) else str(error)
        raise StoreError(f"{url}/{NAME} is damaged ({problem:.200}): push the home again") from None


def _read_file(entry: Any) -> ManifestFile:
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise ValueError("an entry is not one of a file")
    path, digest = entry["path"], entry["sha256"]
    if not isinstance(path, str) or not is_path(path):
        raise ValueError(f"{path!r:.80} is no file of a home")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise ValueError(f"{path!r:.80} has no digest")
    numbers = [entry[name] for name in ("bytes", "mtime_ns", "inode")]
    if not all(_is_number(number) for number in numbers) or entry["bytes"] > _MOST_FILE_BYTES:
        raise ValueError(f"{path!r:.80} has a size or time that no file has")
    return ManifestFile(path, entry["bytes"], digest, entry["mtime_ns"], entry["inode"])


def is_path(path: str) -> bool:
    """Whether a home may have a file there that is published."""
    parts = path.split("/")
    is_below = len(parts) > 1 and parts[0] in _TOP and path not in OWN
    return path in CHOICES or (is_below and len(path) <= 500 and all(map(_SEGMENT.fullmatch, parts)))


def _refuse_nested(files: Mapping[str, ManifestFile]) -> None:
    for path in files:
        parts = path.split("/")
        if any("/".join(parts[:length]) in files for length in range(1, len(parts))):
            raise ValueError(f"{path!r:.80} lies below a file")


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**64
