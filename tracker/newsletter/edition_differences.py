"""How an edition would differ if it were published now: what all kinds of editions share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..output import Column
from .edition_links import PAGE, without_links

COLUMNS = (
    Column("ticker", "Ticker"),
    Column("what", "What"),
    Column("then", "Published"),
    Column("now", "Now"),
    Column("because", "Because"),
)


@dataclass(frozen=True)
class Differences:
    """Rows with ticker (None for the edition as a whole), what, then, now and because; the rest of an answer."""

    rows: list[dict[str, Any]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()
    methodology: Mapping[str, Any] = field(default_factory=dict)


def difference(ticker: str | None, what: str, then: object, now: object, because: str) -> dict[str, Any]:
    """A row; of two lists, what is only in one of them."""
    if isinstance(then, list) and isinstance(now, list):
        gone, new = ([str(item) for item in a if item not in b] for a, b in ((then, now), (now, then)))
        return {"ticker": ticker, "what": what, "then": ", ".join(gone) or None, "now": ", ".join(new) or None,
                "because": because}  # fmt: skip
    return {"ticker": ticker, "what": what, "then": _plainly(then), "now": _plainly(now), "because": because}


def edits_by_hand(folder: Path, digests: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row for each file beside the document that is no longer as published; none if the document is alone."""
    if not (folder / "index.html").exists():
        return []

    def is_as_published(name: str, digest: str) -> bool:
        path = folder / name
        if not path.is_file():
            return False
        data = without_links(path.read_bytes()) if name == PAGE else path.read_bytes()
        return hashlib.sha256(data).hexdigest() == digest

    return [
        difference(None, name, "as published", "changed or gone", "edited by hand")
        for name, digest in digests.items()
        if not is_as_published(name, digest)
    ]


def _plainly(value: object) -> object:
    if isinstance(value, dict):
        return "; ".join(f"{key} {member}" for key, member in value.items())
    return value
