"""What a channel was told already: `watch_told.json` in the home, which survives a rebuilt database.

An event is marked after it was delivered, by one rename of the file. A kill before it means that the event is
delivered again at the next run; none is ever lost. So each is told *at least* once, and once wherever no run is killed
between its delivery and its mark; a receiver tells a repetition by the event's id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import StoreError
from ..files import sweep, write_atomic

FILE = "watch_told.json"
_VERSION = 1
_MOST_BYTES = 64 * 2**20


def channel_name(kind: str, address: str = "") -> str:
    """How a channel is called in the file: addresses may hold secrets, so only a digest of them is kept."""
    return f"{kind}:{hashlib.sha256(address.encode()).hexdigest()[:16]}" if address else kind


class Told:
    """The ids told by channel and quarter. Only one process may change the file at a time (`write_lock`)."""

    def __init__(self, path: Path, marks: Mapping[str, Mapping[str, Iterable[str]]] | None = None) -> None:
        self.path = path
        self._marks = {
            channel: {quarter: set(ids) for quarter, ids in quarters.items()}
            for channel, quarters in (marks or {}).items()
        }

    @classmethod
    def read(cls, home: Path) -> Told:
        """The file of a home; empty if there is none. Raises StoreError, with the cure, if it is damaged."""
        path = home / FILE
        try:
            if path.stat().st_size > _MOST_BYTES:
                raise ValueError("too large")
            document = json.loads(path.read_bytes())
            if document["version"] != _VERSION:
                raise ValueError("another version")
            return cls(path, _checked(document["told"]))
        except FileNotFoundError:
            return cls(path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise StoreError(
                f"{path} cannot be read ({type(error).__name__}): move it away, then `tracker watch --seen` starts anew"
            ) from None

    def is_watched(self, quarter: str) -> bool:
        """Whether any channel was told of this quarter, or asked about it."""
        return any(quarter in quarters for quarters in self._marks.values())

    def unseen(self, channel: str, quarter: str, ids: Iterable[str]) -> list[str]:
        """The ids that the channel was not told, in their order."""
        known = self._marks.get(channel, {}).get(quarter, set())
        return [each for each in ids if each not in known]

    def mark(self, channel: str, ids: Mapping[str, Iterable[str]]) -> None:
        """Note the ids, by quarter, as told, in one step on disk. A quarter without ids is noted as watched."""
        marks = self._marks.setdefault(channel, {})
        before = {quarter: len(known) for quarter, known in marks.items()}
        for quarter, new in ids.items():
            marks.setdefault(quarter, set()).update(new)
        if before != {quarter: len(known) for quarter, known in marks.items()}:
            told = {
                name: {quarter: sorted(known) for quarter, known in sorted(quarters.items())}
                for name, quarters in sorted(self._marks.items())
            }
            sweep(self.path.parent)
            write_atomic(self.path, (json.dumps({"version": _VERSION, "told": told}, indent=1) + "\n").encode())


def _checked(told: Any) -> dict[str, dict[str, list[str]]]:
    """The marks, if they have the shape in which they are written. Raises ValueError otherwise."""
    for quarters in told.values():
        for ids in quarters.values():
            if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
                raise ValueError("not a list of ids")
    return dict(told)
