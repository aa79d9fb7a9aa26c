"""How CUSIPs are written in a file of lines, noted in its footer: to find one CUSIP, nothing else has to be read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from ..json_text import parse_json
from ..securities import cusips
from ..tables import CUSIP_SPELLINGS, CusipSpellingsFrame
from .table_files import TableFiles

_NOTE = "cusips_cleaned"
# A footer is read with every question; a quarter of all filers has some hundred.
_MOST = 5_000


def note(filed: pl.Series) -> dict[str, str]:
    """Metadata for a Parquet file: the CUSIPs among `filed` that are not written as their clean form, with that."""
    cleaned = dict(cusips.read(filed).filter(pl.col("filed") != pl.col("cusip")).select("filed", "cusip").rows())
    return {_NOTE: json.dumps(cleaned)} if len(cleaned) <= _MOST else {}


def written(files: TableFiles, path: Path, wanted: Iterable[str]) -> pl.Series:
    """How the clean CUSIPs `wanted` are (or would be) written in the file's column `cusip`."""
    wanted = {*wanted}
    if (cleaned := _noted(files, path)) is not None:
        forms = {*(wanted - cleaned.keys()), *(filed for filed, clean in cleaned.items() if clean in wanted)}
        return pl.Series(sorted(forms), dtype=pl.String)
    filed = files.scan(path).select(pl.col("cusip").unique()).collect()["cusip"]
    return cusips.read(filed).filter(pl.col("cusip").is_in(wanted))["filed"]


def spellings(files: TableFiles, path: Path) -> CusipSpellingsFrame:
    """The CUSIPs in the file that are not written as their clean form, with that."""
    if (cleaned := _noted(files, path)) is not None:
        return CUSIP_SPELLINGS.frame({"cusip_as_filed": list(cleaned), "cusip": list(cleaned.values())})
    filed = files.scan(path).select(pl.col("cusip").unique()).collect()["cusip"]
    read = cusips.read(filed.drop_nulls()).filter(pl.col("filed") != pl.col("cusip"))
    return CUSIP_SPELLINGS.fit(read.rename({"filed": "cusip_as_filed"}))


def _noted(files: TableFiles, path: Path) -> dict[str, str] | None:
    """What `note` has written; None if there is no note, or one that it cannot have written: then CUSIPs are read."""
    try:
        cleaned = parse_json(files.metadata(path)[_NOTE].encode())
    except (KeyError, ValueError):
        return None
    is_note = isinstance(cleaned, dict) and len(cleaned) <= _MOST
    return cleaned if is_note and all(isinstance(clean, str) for clean in cleaned.values()) else None
