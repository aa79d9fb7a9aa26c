"""What EDGAR knows of a filer besides its filings: industry, business address, phone and former names.

It is in the header of every submission (see `submission_headers`), as of its day, and in the list of submissions that
is fetched for a filer with late filings (see `submission_lists`), below `filings/submissions/`:

    {"cik": "1037389", "name": "RENAISSANCE TECHNOLOGIES LLC", "sic": "6282", "sicDescription": "Investment Advice",
     "addresses": {"business": {"street1": "800 THIRD AVE", "stateOrCountry": "NY", ...}, ...},
     "phone": "212-486-6780", "formerNames": [{"name": "RENAISSANCE TECHNOLOGIES CORP", "from": ...}], "filings": ...}

There are many, so what is read of them is kept as Parquet beside the lists, with each list's size and time: only what
is new is read again. It may be deleted at any time.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ..files import atomic_path
from ..json_text import parse_json
from ..settings import Settings
from ..tables import EDGAR_FILERS, EdgarFilersFrame
from . import submission_files, submission_headers, submission_lists

# Raised whenever what is made of a list or a header changes.
PARSER_VERSION = "2"
MAX_FORMER_NAMES = 50

_LIST = re.compile(r"CIK(\d{10})\.json", re.ASCII)
_STAMP = {"file": pl.String(), "cik": pl.Int64(), "bytes": pl.Int64(), "changed_ns": pl.Int64()}
_STATED = {**EDGAR_FILERS.schema, **_STAMP, "filed_on": pl.Date()}
_TEXTS = ("name", "sic_code", "sic_description", "street", "state", "phone")


def read(settings: Settings) -> EdgarFilersFrame:
    """The filers of whom a submission or a list is on disk, sorted by CIK; no network.

    The newest of them that states something counts; former names are those of all. A malformed one is left out.
    """
    beside = settings.filings / "submissions" / "filers.parquet"
    present = pl.DataFrame(_present(settings), schema=_STAMP, orient="row")
    if present.is_empty():
        return EDGAR_FILERS.frame()
    kept = _read_kept(beside)
    current = kept.join(present, on=list(_STAMP), how="semi")
    new = present.join(current, on="file", how="anti")
    if not new.is_empty() or current.height < kept.height:
        rows = [
            row | stamp
            for stamp in new.iter_rows(named=True)
            if (row := _row(settings.filings / stamp["file"], stamp["cik"]))
        ]
        current = pl.concat([current, pl.DataFrame(rows, schema=_STATED)])
        with suppress(OSError), atomic_path(beside) as temporary:  # such as a read-only disk
            current.write_parquet(temporary, metadata={"parser": PARSER_VERSION})
    ordered = current.sort("filed_on", "file", nulls_last=False).group_by("cik", maintain_order=True)
    names = pl.col("former_names").explode().drop_nulls().unique(maintain_order=True).head(MAX_FORMER_NAMES)
    filers = ordered.agg(pl.col(_TEXTS).drop_nulls().last(), names)
    return EDGAR_FILERS.check(EDGAR_FILERS.fit(filers.sort("cik")))


def _present(settings: Settings) -> Iterator[tuple[str, int, int, int]]:
    """Columns of _STAMP: lists, and submissions, which never change once they are there."""
    folder = submission_lists.list_path(settings, 0).parent
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if match := _LIST.fullmatch(entry.name):
                about = entry.stat()
                yield f"{folder.name}/{entry.name}", int(match[1]), about.st_size, about.st_mtime_ns
    for _, cik, path in submission_files.each_path(settings):
        yield path.relative_to(settings.filings).as_posix(), cik, 0, 0


def _read_kept(path: Path) -> pl.DataFrame:
    try:
        if pl.read_parquet_metadata(path).get("parser") == PARSER_VERSION:
            kept = pl.read_parquet(path)
            if dict(kept.schema) == _STATED and kept["file"].is_unique().all():
                return kept
    except (OSError, pl.exceptions.PolarsError):
        pass
    return pl.DataFrame(schema=_STATED)


def _row(path: Path, cik: int) -> dict[str, object] | None:
    """What one list or header states; None if it is malformed, or another filer's."""
    return _read_list(path, cik) if path.suffix == ".json" else submission_headers.read_header(path, cik)


def _read_list(path: Path, cik: int) -> dict[str, object] | None:
    try:
        content = parse_json(path.read_bytes())
    except (OSError, ValueError):
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
        "filed_on": _newest_day(content.get("filings")),
    }


def _newest_day(filings: object) -> date | None:
    """When the newest submission of a list was filed: the list is as of then, or later."""
    recent = filings.get("recent") if isinstance(filings, dict) else None
    days = recent.get("filingDate") if isinstance(recent, dict) else None
    with suppress(ValueError):
        return max((date.fromisoformat(str(day)) for day in days), default=None) if isinstance(days, list) else None
    return None


def _text(value: object) -> str:
    return " ".join(str(value).split())[:200] if isinstance(value, str | int) else ""
