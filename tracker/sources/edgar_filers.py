"""What EDGAR knows of a filer besides its filings: industry, business address, phone and former names.

It is in the list of submissions that is fetched for a filer (see `submission_lists`), below `filings/submissions/`:

    {"cik": "1037389", "name": "RENAISSANCE TECHNOLOGIES LLC", "sic": "6282", "sicDescription": "Investment Advice",
     "addresses": {"business": {"street1": "800 THIRD AVE", "stateOrCountry": "NY", ...}, ...},
     "phone": "212-486-6780", "formerNames": [{"name": "RENAISSANCE TECHNOLOGIES CORP", "from": ...}], "filings": ...}

A list can be long, so what is read of it is kept as Parquet beside the lists, with each file's size and time: only what
is new is read again. It may be deleted at any time.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl

from ..files import atomic_path
from ..settings import Settings
from ..tables import EDGAR_FILERS, EdgarFilersFrame
from . import submission_lists

# Raised whenever what is made of a list changes.
PARSER_VERSION = "1"
MAX_FORMER_NAMES = 50

_LIST = re.compile(r"CIK(\d{10})\.json", re.ASCII)
_KEPT = {"cik": pl.Int64(), "bytes": pl.Int64(), "changed_ns": pl.Int64()}


def read(settings: Settings) -> EdgarFilersFrame:
    """The filers whose list of submissions is on disk, sorted by CIK; no network. A malformed list is left out."""
    folder = submission_lists.list_path(settings, 0).parent
    present = _present(folder)
    if present.is_empty():
        return EDGAR_FILERS.frame()
    kept = _read_kept(folder)
    current = kept.join(present, on=list(_KEPT), how="semi")
    changed = present.join(current, on="cik", how="anti")
    if changed.is_empty() and current.height == kept.height:
        return EDGAR_FILERS.check(EDGAR_FILERS.fit(current))
    rows = [
        row | stamp
        for stamp in changed.iter_rows(named=True)
        if (row := _row(submission_lists.list_path(settings, stamp["cik"]), stamp["cik"]))
    ]
    parsed = pl.DataFrame(rows, schema={**EDGAR_FILERS.schema, **_KEPT})
    filers = pl.concat([current, parsed]).sort("cik")
    with suppress(OSError), atomic_path(_beside(folder)) as temporary:  # such as a read-only disk
        filers.write_parquet(temporary, metadata={"parser": PARSER_VERSION})
    return EDGAR_FILERS.check(EDGAR_FILERS.fit(filers))


def _present(folder: Path) -> pl.DataFrame:
    rows = []
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if match := _LIST.fullmatch(entry.name):
                stat = entry.stat()
                rows.append((int(match[1]), stat.st_size, stat.st_mtime_ns))
    return pl.DataFrame(rows, schema=_KEPT, orient="row")


def _beside(folder: Path) -> Path:
    return folder / "filers.parquet"


def _read_kept(folder: Path) -> pl.DataFrame:
    schema = {**EDGAR_FILERS.schema, **_KEPT}
    try:
        if pl.read_parquet_metadata(_beside(folder)).get("parser") == PARSER_VERSION:
            kept = pl.read_parquet(_beside(folder))
            if dict(kept.schema) == schema and kept["cik"].is_unique().all():
                return kept
    except (OSError, pl.exceptions.PolarsError):
        pass
    return pl.DataFrame(schema=schema)


def _row(path: Path, cik: int) -> dict[str, object] | None:
    """What one list states; None if it is malformed, or another filer's."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or _text(content.get("cik")).lstrip("0") != str(cik):
        return None
    addresses = content.get("addresses")
    business = addresses.get("business") if isinstance(addresses, dict) else None
    address: dict[str, Any] = business if isinstance(business, dict) else {}
    former = content.get("formerNames")
    names = [_text(each.get("name")) for each in former if isinstance(each, dict)] if isinstance(former, list) else []
    sic = _text(content.get("sic"))
    return {
        "name": _text(content.get("name")) or None,
        "sic_code": sic if re.fullmatch(r"[0-9]{4}", sic) else None,
        "sic_description": _text(content.get("sicDescription")) or None,
        "street": _text(address.get("street1")) or None,
        "state": _text(address.get("stateOrCountry")).upper() or None,
        "phone": _text(content.get("phone")) or None,
        "former_names": [name for name in names if name][:MAX_FORMER_NAMES],
    }


def _text(value: object) -> str:
    return " ".join(str(value).split())[:200] if isinstance(value, str | int) else ""
