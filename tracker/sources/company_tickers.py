"""SEC's list of tickers: https://www.sec.gov/files/company_tickers_exchange.json, today's only.

{"fields": ["cik", "name", "ticker", "exchange"], "data": [[1045810, "NVIDIA CORP", "NVDA", "Nasdaq"], ...]}
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import polars as pl

from ..edgar_facts import HOST
from ..errors import IncompleteError, SourceError
from ..json_text import parse_json
from ..settings import Settings
from ..tables import TICKERS, TickersFrame
from . import fetch_log, sec_pages
from .http import Client

SOURCE = "tickers"
_FILE = "company_tickers_exchange.json"
URL = f"https://{HOST}/files/{_FILE}"
AGE = timedelta(days=1)
_FIELDS = ("cik", "name", "ticker", "exchange")


def fetch(client: Client, settings: Settings) -> Path:
    """Save the list, unless the copy on disk is less than a day old and can be read. Raises SourceError.

    What cannot be read does not replace a copy.
    """
    path = sec_pages.folder(settings, SOURCE) / _FILE
    if fetch_log.is_fresh(path, AGE) and _is_list(path):
        return path
    return fetch_log.save(client, URL, path, source=SOURCE, check=_check)


def on_disk(settings: Settings) -> list[Path]:
    """The list, if it exists."""
    return sorted(sec_pages.folder(settings, SOURCE).glob(_FILE))


def read(paths: Path | Iterable[Path]) -> TickersFrame:
    """The tickers in the saved list; no network.

    Columns are found by name. A ticker that appears twice keeps its first row; rows without a ticker are left out.
    Raises SourceError for a file of another form.
    """
    lists = [_read(path) for path in ([paths] if isinstance(paths, Path) else paths)]
    tickers = pl.concat([TICKERS.frame(), *lists])
    return TICKERS.check(tickers.unique("ticker", keep="first", maintain_order=True))


def _check(body: bytes) -> None:
    """IncompleteError unless `body` is such a list: one that cannot be read must not be kept for a day."""
    try:
        is_empty = _parse(body).is_empty()
    except ValueError as error:
        raise IncompleteError(f"what arrived is not SEC's list of tickers: {error}") from None
    if is_empty:
        raise IncompleteError(f"{_FILE} has no tickers")


def _is_list(path: Path) -> bool:
    try:
        _parse(path.read_bytes())
    except (OSError, ValueError):
        return False
    return True


def _read(path: Path) -> TickersFrame:
    try:
        return _parse(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SourceError(f"{path.name} is not SEC's list of tickers ({error}); delete it and refresh again") from error


def _parse(body: bytes) -> TickersFrame:
    """The tickers in a list. Raises ValueError if it is none."""
    content = parse_json(body)
    try:
        places = [content["fields"].index(name) for name in _FIELDS]
        columns = {name: [row[place] for row in content["data"]] for name, place in zip(_FIELDS, places, strict=True)}
        tickers = TICKERS.frame(columns)
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError, pl.exceptions.PolarsError) as error:
        raise ValueError(" ".join(f"{error}".split())[:200]) from error
    blank = pl.col(pl.String).str.strip_chars().replace("", None)
    return tickers.with_columns(blank).filter(pl.col("ticker").is_not_null())
