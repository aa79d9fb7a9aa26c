"""SEC's roster of registered investment advisers (Form ADV), which shows who advises hedge funds.

https://www.sec.gov/data-research/sec-markets-data/information-about-registered-investment-advisers-exempt-reporting-advisers
links to a zip for each month (`ia120125.zip` is for 2025-12-01), with one wide CSV in Latin-1:

    Organization CRD#,SEC#,CIK#,Primary Business Name,...,5F(2)(c),...,Any Hedge Funds,...
    249,801-887,,OPPENHEIMER & CO. INC.,...,32418994154,...,Y,...

Not every month has every column.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from ..errors import SourceError
from ..output import plural
from ..progress import Progress, Silent
from ..settings import Settings
from ..tables import ADVISERS, AdvisersFrame
from . import fetch_log, sec_pages
from .http import Client

SOURCE = "advisers"
URL = (
    "https://www.sec.gov/data-research/sec-markets-data/"
    "information-about-registered-investment-advisers-exempt-reporting-advisers"
)
AGE = timedelta(days=7)
MAX_BYTES = 2**29

_NAME = re.compile(r"ia(?P<day>\d{8}|\d{6})(?:[_-]\d+)?\.zip", re.ASCII)  # not `...-exempt.zip`: other columns
_MEMBER = re.compile(r"ia.*\.csv", re.IGNORECASE)
# our column: the roster's
_COLUMNS = {
    "crd_number": "Organization CRD#",
    "sec_file_number": "SEC#",
    "ciks": "CIK#",
    "name": "Primary Business Name",
    "legal_name": "Legal Name",
    "regulatory_assets_usd": "5F(2)(c)",
    "pooled_assets_usd": "5D(f)(3)",
    "has_private_funds": "7B",
    "has_hedge_funds": "Any Hedge Funds",
    "hedge_fund_count": "Total number of Hedge funds",
    "has_private_equity_funds": "Any PE Funds",
    "private_fund_assets_usd": "Total Gross Assets of Private Funds",
}
_AMOUNTS = ("regulatory_assets_usd", "pooled_assets_usd", "hedge_fund_count", "private_fund_assets_usd")
_REQUIRED = ("crd_number", "name")


def fetch(client: Client, settings: Settings) -> Path:
    """Save the newest roster that SEC's page links to; the page is fetched once a week. Raises SourceError."""
    links = sec_pages.fetch_links(client, settings, URL, SOURCE, _NAME, AGE)
    dated = [(day, match[0], url) for match, url in links if (day := _day(match))]
    if not dated:
        raise SourceError(f"{URL} links to no roster with a date in its name; please report this")
    _, name, url = max(dated)
    path = sec_pages.folder(settings, SOURCE) / name
    if fetch_log.fetched_at(path) is None:
        fetch_log.save(client, url, path, source=SOURCE, check=sec_pages.check_zip)
    return path


def on_disk(settings: Settings) -> list[Path]:
    """The rosters on disk, oldest first."""
    dated = []
    for path in sec_pages.folder(settings, SOURCE).glob("ia*.zip"):
        match = _NAME.fullmatch(path.name)
        if match and (day := _day(match)):
            dated.append((day, path))
    return [path for _, path in sorted(dated)]


def _day(match: re.Match[str]) -> date | None:
    """The roster's day: `120125` and `12012025` are 2025-12-01. None if it is not a date."""
    try:
        return datetime.strptime(match["day"], "%m%d%y" if len(match["day"]) == 6 else "%m%d%Y").date()
    except ValueError:
        return None


def read(paths: Path | Iterable[Path], progress: Progress | None = None) -> AdvisersFrame:
    """The firms in a saved roster, or in several: then a firm's row is from the last that has it; no network.

    Noted on `progress`: columns that a roster lacks (they are null), rows without a CRD number, amounts that are not
    numbers. Raises SourceError for a zip that is damaged or has other contents.
    """
    progress = progress or Silent()
    rosters = [_read(path, progress) for path in ([paths] if isinstance(paths, Path) else paths)]
    advisers = pl.concat([ADVISERS.frame(), *rosters])
    return ADVISERS.check(advisers.unique("crd_number", keep="last", maintain_order=True))


def _read(path: Path, progress: Progress) -> AdvisersFrame:
    body = sec_pages.read_member(path, _MEMBER, MAX_BYTES)
    text = body.decode("utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else "latin-1")
    try:
        # every column as text: CRD numbers, CIKs and SEC numbers are identifiers, not quantities
        raw = pl.read_csv(io.BytesIO(text.encode()), infer_schema=False, truncate_ragged_lines=True)
    except pl.exceptions.PolarsError as error:
        raise SourceError(f"{path.name} cannot be read as CSV: {' '.join(str(error).split())[:200]}") from error
    headed = {name.strip().casefold(): name for name in raw.columns}
    absent = [name for name, title in _COLUMNS.items() if title.casefold() not in headed]
    if missing := [_COLUMNS[name] for name in _REQUIRED if name in absent]:
        raise SourceError(f"{path.name} is not an adviser roster: it lacks the column {missing[0]!r}")
    if absent:
        lacking = ", ".join(repr(_COLUMNS[name]) for name in absent)
        progress.note(f"{path.name} lacks {lacking}: managers are classified without them")
    rows = raw.select(
        pl.lit(None, pl.String).alias(name)
        if name in absent
        else pl.col(headed[title.casefold()]).str.strip_chars().replace("", None).alias(name)
        for name, title in _COLUMNS.items()
    )
    rows = rows.with_columns(pl.col("crd_number").str.strip_chars_start("0").replace("", None))
    firms = rows.filter(pl.col("crd_number").str.contains(r"^\d+$").fill_null(False))
    if firms.height < rows.height:
        left_out = plural(rows.height - firms.height, "row")
        progress.note(f"{path.name}: {left_out} without a CRD number left out")
    return _convert(firms, path, progress)


def _convert(rows: pl.DataFrame, path: Path, progress: Progress) -> AdvisersFrame:
    converted = rows.with_columns(
        pl.col("ciks").str.extract_all(r"\d{1,10}").list.eval(pl.element().cast(pl.Int64)).fill_null([]),
        pl.col(r"^has_.*$").str.to_uppercase().replace_strict({"Y": True, "N": False}, default=None),
        *(pl.col(name).str.replace_all(r"[$, ]", "").cast(pl.Float64, strict=False) for name in _AMOUNTS),
    )
    for name in _AMOUNTS:
        if lost := converted[name].null_count() - rows[name].null_count():
            verb = "is not a number" if lost == 1 else "are not numbers"
            progress.note(f"{path.name}: {plural(lost, 'amount')} in {_COLUMNS[name]!r} {verb}")
    return ADVISERS.fit(converted)
