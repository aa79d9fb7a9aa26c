"""SEC's rosters of investment advisers (Form ADV), registered and exempt, which show who advises hedge funds.

https://www.sec.gov/data-research/sec-markets-data/information-about-registered-investment-advisers-exempt-reporting-advisers
links to two zips for each month (`ia120125.zip` and `ia120125-exempt.zip` are for 2025-12-01), each with one wide CSV
in Latin-1:

    Organization CRD#,SEC#,CIK#,Primary Business Name,...,5F(2)(c),...,Any Hedge Funds,...
    249,801-887,,OPPENHEIMER & CO. INC.,...,32418994154,...,Y,...

Not every month has every column, and exempt advisers state no regulatory assets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from .. import bounds
from ..errors import SourceError
from ..output import plural
from ..progress import Progress, Silent
from ..settings import Settings
from ..tables import ADVISERS, AdvisersFrame
from . import adviser_columns, fetch_log, sec_pages
from .http import Client

SOURCE = "advisers"
URL = (
    "https://www.sec.gov/data-research/sec-markets-data/"
    "information-about-registered-investment-advisers-exempt-reporting-advisers"
)
AGE = timedelta(days=7)

_NAME = re.compile(
    r"ia(?P<day>\d{8}|\d{6})(?:[_-]\d+)?(?P<exempt>[_-]exempt)?(?:[_-]\d+)?\.zip", re.ASCII | re.IGNORECASE
)
_MEMBER = re.compile(r".*\.csv", re.IGNORECASE)
_REQUIRED = ("crd_number", "name")
_SHOWN = 4
_UTF8, _BLOCK = b"\xef\xbb\xbf", 2**20


def fetch(client: Client, settings: Settings, *, exempt: bool = False) -> Path:
    """Save the newest roster of its kind that SEC's page links to; the page is fetched once a week.

    Raises SourceError.
    """
    links = sec_pages.fetch_links(client, settings, URL, SOURCE, _NAME, AGE)
    dated = [(day, match[0], url) for match, url in links if (day := _day(match)) and bool(match["exempt"]) == exempt]
    if not dated:
        kind = "exempt" if exempt else "registered"
        raise SourceError(f"{URL} links to no roster of {kind} advisers with a date in its name")
    _, name, url = max(dated)
    path = sec_pages.folder(settings, SOURCE) / name
    if fetch_log.fetched_at(path) is None:
        fetch_log.save(client, url, path, source=SOURCE, check=sec_pages.check_zip)
    return path


def on_disk(settings: Settings) -> list[Path]:
    """The rosters on disk, oldest first; of one day the exempt one first."""
    dated = []
    for path in sec_pages.fetched_folder(settings, SOURCE).glob("ia*.zip"):
        match = _NAME.fullmatch(path.name)
        if match and (day := _day(match)):
            dated.append((day, not match["exempt"], path))
    return [path for _, _, path in sorted(dated)]


def day_of(path: Path) -> date | None:
    """The day that a roster's file name states: `ia120125.zip` is of 2025-12-01. None if it states none."""
    match = _NAME.fullmatch(path.name)
    return _day(match) if match else None


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
    return merge(_read(path, progress) for path in ([paths] if isinstance(paths, Path) else paths))


def merge(rosters: Iterable[AdvisersFrame]) -> AdvisersFrame:
    """One row a firm: that of the last of the `rosters` that has it."""
    advisers = pl.concat([ADVISERS.frame(), *rosters])
    return ADVISERS.check(advisers.unique("crd_number", keep="last", maintain_order=True))


def _read(path: Path, progress: Progress) -> AdvisersFrame:
    match = _NAME.fullmatch(path.name)
    is_exempt = bool(match and match["exempt"])
    body = sec_pages.read_member(path, _MEMBER, bounds.ADVISER_ROSTER)
    if not body.startswith(_UTF8) and not body.isascii():
        body = b"".join(body[at : at + _BLOCK].decode("latin-1").encode() for at in range(0, len(body), _BLOCK))
    try:
        # every column as text: CRD numbers, CIKs and SEC numbers are identifiers, not quantities
        columns = pl.read_csv(body, infer_schema=False, truncate_ragged_lines=True, n_rows=0).columns
        headings = adviser_columns.find_headings(columns)
        read = sorted({heading for headings_of_one in headings.values() for heading in headings_of_one})
        raw = pl.read_csv(body, infer_schema=False, truncate_ragged_lines=True, columns=read or None)
    except pl.exceptions.PolarsError as error:
        raise SourceError(f"{path.name} cannot be read as CSV: {' '.join(str(error).split())[:200]}") from error
    for name in _REQUIRED:
        if name not in headings:
            missing = adviser_columns.first_heading(name)
            raise SourceError(f"{path.name} is not an adviser roster: it lacks the column {missing!r}")
    _note_absent(path, headings, is_exempt, progress)
    firms, lost = adviser_columns.convert(raw, headings)
    if firms.height < raw.height:
        left_out = plural(raw.height - firms.height, "row")
        progress.note(f"{path.name}: {left_out} without a CRD number left out")
    for heading, count in lost.items():
        verb = "is not a number" if count == 1 else "are not numbers"
        progress.note(f"{path.name}: {plural(count, 'amount')} in {heading!r} {verb}")
    return ADVISERS.fit(firms.with_columns(pl.lit(is_exempt).alias("is_exempt")))


def _note_absent(path: Path, headings: adviser_columns.Headings, is_exempt: bool, progress: Progress) -> None:
    asked = [name for name in adviser_columns.ANSWERS if not (is_exempt and name in adviser_columns.REGISTERED_ONLY)]
    if absent := [adviser_columns.first_heading(name) for name in asked if name not in headings]:
        shown = ", ".join(repr(heading) for heading in absent[:_SHOWN])
        more = f" and {plural(len(absent) - _SHOWN, 'other column')}" if len(absent) > _SHOWN else ""
        progress.note(f"{path.name} lacks {shown}{more}: managers are classified without them")
