"""What an `edition.json` must have, of either kind: the one place that says so, whoever reads one.

An older version's edition lacks members that were added since; those that all have are required here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..reports.json_shape import Each, Maybe, day, find_flaw, flag, mapping, number, quarter, read_json, text, whole
from ..reports.list_shape import METHODOLOGY, ROW
from .strategy_document import KIND

_WHAT = "an edition of `tracker publish`"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_LENGTH = 80
_ADDRESS = re.compile(r"https?://[^\s\"'<>\\]+")
_FILE = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*")  # below the folder, not hidden
_SHA256 = re.compile(r"[0-9a-f]{64}")


def is_slug(value: Any) -> bool:
    """Whether it can be the name of an edition's folder."""
    return isinstance(value, str) and len(value) <= SLUG_LENGTH and _SLUG.fullmatch(value) is not None


def is_address(value: Any) -> bool:
    """Whether it is the address of a folder on the web."""
    return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _is_file(name: str) -> bool:
    return _FILE.fullmatch(name) is not None


_PICTURE = {"file": _is_file, "sha256": text, "width": whole, "height": whole}
_COMMON = {
    "format": Maybe(whole),
    "title": text,
    "slug": is_slug,
    "base_url": Maybe(is_address),
    "as_of": day,
    "state": mapping,
    "files": Each(_is_file, _is_digest),
}
_FILING = {"accession_number": text, "cik": Maybe(whole), "manager_name": Maybe(text)}
_LIST = {
    **_COMMON,
    "methodology": {**METHODOLOGY, "period_of_report": day, "hedge_funds_counted": whole},
    "rows": [{**ROW, **dict.fromkeys(("rank", "holders"), whole), **dict.fromkeys(("name", "listing"), text),
              **dict.fromkeys(("market_cap_usd", "return_pct"), number)}],
    "stocks": [{"ticker": text, "filings": [_FILING]}],
    "held_back": Maybe([{"ticker": text}]),
    "notes": Maybe({"text": text, "pictures": Each(text, _PICTURE)}),
    **dict.fromkeys(("market", "coverage", "market_windows"), Maybe(mapping)),
}  # fmt: skip
_RESULT = {
    "from": Maybe(day),
    "to": Maybe(day),
    "rule": text,
    "is_too_short": flag,
    "looks_ahead": [text],
    **dict.fromkeys(("quarters", "names"), whole),
}
_STRATEGY = {
    **_COMMON,
    "methodology": {"quarter": quarter, "period_of_report": day, "rule_sha256": Maybe(text)},
    "state": {"known_on": day, "candidates_sha256": Maybe(Each(text, text)), "closes_sha256": Maybe(text)},
    "rows": [{"signal_date": day, "ticker": text, "quarter": quarter}],
    "result": _RESULT,
    "signals": [{"funds": whole}],
    "notes": [text],
    "filings": mapping,
    "years": [mapping],
    "quarters": [mapping],
    "daily": [mapping],
}
_SHAPES = {"list": _LIST, KIND: _STRATEGY}


def read_edition(path: Path) -> dict[str, Any]:
    """The document in that file. Raises InputError, which says what is wrong with it."""
    document = read_json(path, _WHAT)
    if (flaw := _flaw(document)) is not None:
        raise InputError(f"{path} is not {_WHAT} ({flaw})")
    assert isinstance(document, dict)
    return document


def _flaw(document: Any) -> str | None:
    if not isinstance(document, dict):
        return f"it is {type(document).__name__}"
    kind = document.get("kind", "list")
    shape = _SHAPES.get(kind) if isinstance(kind, str) else None
    if shape is None:
        return f"its kind is {kind!r:.60}"
    if (flaw := find_flaw(document, shape)) is not None:
        return flaw
    if kind == KIND:
        return None if document["signals"] else "it has no signals"
    listed, described = ([row["ticker"] for row in document[part]] for part in ("rows", "stocks"))
    if len({*listed}) < len(listed) or len({row["rank"] for row in document["rows"]}) < len(listed):
        return "a stock or a rank is there twice"
    return None if {*listed} <= {*described} else "a stock of the list is not described"
