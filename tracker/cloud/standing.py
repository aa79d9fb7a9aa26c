"""Which published version a home on this machine equals: `db/published.json`, written by a push and by a pull.

By it a push knows that nobody else has pushed since, and a pull that nothing here would be lost. A push notes the
version before it writes it, too: a kill in between leaves one of the two.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ..files import write_atomic
from ..json_text import parse_json
from .home_files import describe_file
from .manifest import CHOICES, DATABASE

_FILE = "published.json"
_DECIDING = (DATABASE, *CHOICES)


@dataclass(frozen=True)
class Standing:
    """The address; the digests of the manifests that the home may equal; and of the files that tell a change here."""

    url: str
    versions: tuple[str, ...]
    files: dict[str, str]


def read_standing(home: Path) -> Standing | None:
    """What was noted; None if nothing was, or it cannot be read."""
    try:
        facts = parse_json((home / "db" / _FILE).read_bytes())
        files = {str(path): str(digest) for path, digest in facts["files"].items()}
        versions = tuple(str(version) for version in facts["versions"])
        return Standing(str(facts["url"]), versions, files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def note_standing(home: Path, url: str, versions: tuple[str, ...]) -> None:
    """Note that the home, as it is now, is one of these versions at `url`."""
    standing = Standing(url, versions, _deciding(home))
    write_atomic(home / "db" / _FILE, json.dumps(asdict(standing), indent=1).encode())


def is_changed(home: Path, standing: Standing) -> bool:
    """Whether the home was written to since it was noted: its database, or the user's choices."""
    return _deciding(home) != standing.files


def _deciding(home: Path) -> dict[str, str]:
    described = {path: describe_file(home, path) for path in _DECIDING}
    return {path: file.sha256 for path, file in described.items() if file}
