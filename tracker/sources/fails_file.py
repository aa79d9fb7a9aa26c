"""One fails-to-deliver file: its pairs of CUSIP and symbol, parsed once and kept as Parquet beside the zip.

A description can contain the separator. The Parquet carries the digest of the zip and the version of this parser: it
is rebuilt when either changes or when it cannot be read, and may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from .. import bounds
from ..errors import SourceError
from ..files import atomic_path
from ..json_text import parse_json
from ..tables import CUSIP_SYMBOLS, CusipSymbolsFrame
from . import sec_pages
from .written_days import in_range

# Raised whenever what is made of a file changes.
PARSER_VERSION = 1
MEMBER = re.compile(r"cns.*\.(?:txt|csv)", re.IGNORECASE)

_ROW = (
    r"^(?P<date>[0-9]{8})\|(?P<cusip>[^|]*)\|(?P<symbol>[^|]*)\|(?P<quantity>[^|]*)\|"
    r"(?P<description>.*)\|(?P<price>[^|]*)$"
)
_NO_ROW = r"^\s*$|^SETTLEMENT DATE\||^Trailer "
# Tickers are letters here. Other symbols state what becomes of the CUSIP (1702REG, A102PAYRTS).
_SYMBOL = r"^[A-Z]+$"
_TEST = r"^(TEST[A-Z]?|[A-Z]TEST|Z[A-Z]ZZT)$"  # for tests of the exchanges and the clearing corporation
_COUNT = re.compile(rb"^Trailer record count (\d{1,18})", re.MULTILINE)


@dataclass(frozen=True)
class FailsFile:
    """What one file holds.

    `without_symbol` counts lines whose symbol is a placeholder (empty, asterisks, the beginning of the CUSIP itself,
    anything but letters) or an exchange's test symbol (TESTA). `trailer_count` is None if there is no trailer.
    """

    name: str
    pairs: CusipSymbolsFrame
    line_count: int
    unreadable: int
    without_symbol: int
    trailer_count: int | None


def load(path: Path) -> FailsFile:
    """The zip at `path`, parsed, or as it was kept. Raises SourceError if it is damaged or has something else in it.

    In a folder that cannot be written to nothing is kept.
    """
    try:
        with path.open("rb") as file:
            made_from = f"{PARSER_VERSION} {hashlib.file_digest(file, 'blake2b').hexdigest()}"
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror}") from error
    if (kept := _read_kept(path, made_from)) is not None:
        return kept
    parsed = parse(path)
    with suppress(OSError):  # such as a read-only disk
        _keep(path, made_from, parsed)
    return parsed


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.parquet")


def _read_kept(path: Path, made_from: str) -> FailsFile | None:
    kept = _beside(path)
    try:
        metadata = pl.read_parquet_metadata(kept)
        if metadata.get("made_from") != made_from:
            return None
        counts = parse_json(metadata["counts"].encode())
        return FailsFile(path.name, CUSIP_SYMBOLS.check(pl.read_parquet(kept)), **counts)
    except (OSError, ValueError, TypeError, KeyError, pl.exceptions.PolarsError):
        return None


def _keep(path: Path, made_from: str, parsed: FailsFile) -> None:
    counts = {name: value for name, value in vars(parsed).items() if name not in ("name", "pairs")}
    with atomic_path(_beside(path)) as temporary:
        parsed.pairs.write_parquet(temporary, metadata={"made_from": made_from, "counts": json.dumps(counts)})


def read_rows(path: Path) -> tuple[pl.DataFrame, int, int | None]:
    """The rows of the zip at `path` that are readable, how many rows it has, and how many its trailer declares.

    Columns date (of settlement), cusip, symbol, quantity, description and price, all but the first as text. Raises
    SourceError as `load` does.
    """
    body = sec_pages.read_member(path, MEMBER, bounds.FAILS_FILE)
    if b"|CUSIP|SYMBOL|" not in body[:200]:
        raise SourceError(f"{path.name} is not a fails-to-deliver file; remove it and refresh again")
    declared = _COUNT.search(body[-1000:])
    text = pl.Series("line", [body.decode("latin-1")], pl.String())
    lines = text.str.split("\n").explode().str.strip_chars_end("\r").to_frame()
    lines = lines.filter(~pl.col("line").str.contains(_NO_ROW))
    rows = lines.select(pl.col("line").str.extract_groups(_ROW).alias("groups")).unnest("groups")
    cusip, symbol = (pl.col(name).str.strip_chars().str.to_uppercase() for name in ("cusip", "symbol"))
    rows = rows.with_columns(
        cusip,
        symbol,
        in_range(pl.col("date").str.to_date("%Y%m%d", strict=False)),
        pl.col("description").str.strip_chars().replace("", None),
    )
    is_sound = (pl.col("date").is_not_null() & pl.col("cusip").str.contains(r"^[0-9A-Z*@#]{9}$")).fill_null(False)
    return rows.filter(is_sound), rows.height, int(declared[1]) if declared else None


def parse(path: Path) -> FailsFile:
    """Unpack and parse the zip at `path`; raises SourceError as `load` does."""
    sound, line_count, trailer_count = read_rows(path)
    is_prefix = (pl.col("symbol").str.len_chars() >= 6) & pl.col("cusip").str.starts_with(pl.col("symbol"))
    is_ticker = pl.col("symbol").str.contains(_SYMBOL) & ~pl.col("symbol").str.contains(_TEST) & ~is_prefix
    named = sound.filter(is_ticker)
    seen = named.select("cusip", "symbol", "description", first_seen="date", last_seen="date")
    return FailsFile(
        name=path.name,
        pairs=merge([seen]),
        line_count=line_count,
        unreadable=line_count - sound.height,
        without_symbol=sound.height - named.height,
        trailer_count=trailer_count,
    )


def merge(parts: Iterable[pl.DataFrame]) -> CusipSymbolsFrame:
    """One row a CUSIP and symbol: the span of days, and the newest description. `parts` have these columns, too."""
    pairs = pl.concat([CUSIP_SYMBOLS.frame(), *(CUSIP_SYMBOLS.fit(part) for part in parts)])
    newest_first = pairs.sort("last_seen", descending=True, maintain_order=True)
    merged = newest_first.group_by("cusip", "symbol").agg(
        pl.col("description").drop_nulls().first(), pl.col("first_seen").min(), pl.col("last_seen").max()
    )
    return CUSIP_SYMBOLS.fit(merged).sort("cusip", "symbol")
