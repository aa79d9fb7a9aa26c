"""SEC's Form 13F data sets: everything filed in a window of time, in one zip.

https://www.sec.gov/data-research/sec-markets-data/form-13f-data-sets links to a zip for each window of filing dates:
`01sep2025-30nov2025_form13f.zip`, before 2024 a calendar quarter, `2023q4_form13f.zip`. It contains tab-separated files
without quoting (form13f_data_set_metadata.json in the zip describes them; one zip nests them in a folder):

    ACCESSION_NUMBER        INFOTABLE_SK  NAMEOFISSUER        TITLEOFCLASS  CUSIP      FIGI  VALUE        SSHPRNAMT ...
    0000019617-25-001093    1             NVIDIA CORPORATION  COMMON        67066G104        91167099884  488619282 ...

A window has reports for any period. The time of acceptance is not in the data sets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from ..errors import NotPublishedError
from ..progress import Progress, Silent
from ..quarters import MONTHS, Quarter
from ..settings import Settings
from . import fetch_log, listed_sizes, sec_pages
from .http import Client

__all__ = ["Fetched", "Window", "covers_until", "fetch", "find_absent", "on_disk", "window"]

SOURCE = "form-13f-data-sets"
URL = "https://www.sec.gov/data-research/sec-markets-data/form-13f-data-sets"
AGE = timedelta(days=1)

_DAY = r"\d{1,2}(?:" + "|".join(MONTHS) + r")\d{4}"
_NAME = re.compile(
    rf"(?:(?P<first>{_DAY})-(?P<last>{_DAY})|(?P<year>\d{{4}})q(?P<number>[1-4]))[_-]form13f[\w-]*\.zip",
    re.IGNORECASE | re.ASCII,
)
# Calendar quarters until the end of 2023, then two months, then three months at a time from here.
_FIRST_SEASON = date(2024, 3, 1)


@dataclass(frozen=True, order=True)
class Window:
    """Filing dates from `first` to `last`, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    @classmethod
    def of(cls, day: date) -> Window:
        """The window that includes `day`, as SEC has defined them so far."""
        if day.year < 2024:
            return cls(Quarter.of(day).start, Quarter.of(day).end)
        if day < _FIRST_SEASON:
            return cls(date(2024, 1, 1), date(2024, 2, 29))
        months = day.year * 12 + day.month - 1
        begin = months - (months + 1) % 3
        after = begin + 3
        return cls(date(begin // 12, begin % 12 + 1, 1), date(after // 12, after % 12 + 1, 1) - timedelta(days=1))


@dataclass(frozen=True)
class Fetched:
    """What `fetch` found. `unpublished` describes each window that is over and not available yet.

    `covers_until`: everything filed from the period's end up to this day is in `paths`; None if not even the window of
    the filing deadline is, so that the period's reports have to come from elsewhere.
    """

    paths: list[Path]
    downloaded: int
    unpublished: list[str] = field(default_factory=list)
    covers_until: date | None = None


def fetch(
    client: Client, settings: Settings, quarter: Quarter, *, today: date, progress: Progress | None = None
) -> Fetched:
    """Save the data sets that can have reports for `quarter`: those of every window since its end, up to `today`.

    Amendments and late reports are filed years later, so all later windows are wanted. A fetched zip is final. A data
    set that SEC has not published is not an error; the result names it. Raises SourceError if the page or a listed zip
    is not available; zips that have arrived are kept.
    """
    progress = progress or Silent()
    wanted = _find_wanted(client, settings, quarter)
    absent = {path: url for path, url in wanted.items() if url and fetch_log.fetched_at(path) is None}
    if absent:
        progress.start("downloading 13F data sets", len(absent))
        try:
            for _ in client.each(partial(_save, client), absent.items(), 2):
                progress.advance()
        finally:
            progress.end()
    paths = [path for path in wanted if path.is_file()]
    unpublished = _unpublished([window(path) for path in paths], quarter, today)
    return Fetched(paths, sum(path.is_file() for path in absent), unpublished, covers_until(quarter, paths))


def find_absent(client: Client, settings: Settings, quarter: Quarter) -> dict[Path, int | None]:
    """The data sets that `fetch` would download: where they go, and their bytes as SEC's page states them.

    Null bytes are not stated. Raises SourceError if the page is not available.
    """
    wanted = _find_wanted(client, settings, quarter)
    sizes = listed_sizes.read_sizes(sec_pages.listing_path(settings, SOURCE).read_bytes())
    return {path: sizes.get(path.name) for path, url in wanted.items() if url and fetch_log.fetched_at(path) is None}


def on_disk(settings: Settings, quarter: Quarter) -> list[Path]:
    """The zips on disk that can have reports for `quarter`, oldest window first."""
    names = _folder(settings).glob("*.zip")
    return list(_choose(dict.fromkeys(path for path in sorted(names) if _NAME.fullmatch(path.name)), quarter))


def window(path: Path | str) -> Window:
    """The filing dates in a data set's name; ValueError for another name."""
    match = _NAME.fullmatch(Path(path).name)
    if not match:
        raise ValueError(f"{path} is not the name of a 13F data set")
    if match["year"]:
        quarter = Quarter(int(match["year"]), int(match["number"]))
        return Window(quarter.start, quarter.end)
    named = Window(_day(match["first"]), _day(match["last"]))
    if named.last < named.first:
        raise ValueError(f"{path} names a window that runs backwards")
    return named


def covers_until(quarter: Quarter, paths: list[Path]) -> date | None:
    """The last day up to which these data sets have, without a gap, everything filed since the quarter's end.

    None if they do not reach the filing deadline.
    """
    covered = quarter.end
    for dates in sorted(window(path) for path in paths):
        if dates.first > covered + timedelta(days=1):
            break
        covered = max(covered, dates.last)
    return covered if covered >= quarter.deadline else None


def _find_wanted(client: Client, settings: Settings, quarter: Quarter) -> dict[Path, str | None]:
    """The data sets for `quarter` in the order of their windows, with addresses; null for those only on disk."""
    links = sec_pages.fetch_links(client, settings, URL, SOURCE, _NAME, AGE)
    listed = {_path(settings, match[0]): url for match, url in links}
    return _choose({**dict.fromkeys(on_disk(settings, quarter)), **listed}, quarter)


def _day(text: str) -> date:
    """A day as file names write it: 01sep2025."""
    return date(int(text[-4:]), MONTHS.index(text[-7:-4].upper()) + 1, int(text[:-7]))


def _folder(settings: Settings) -> Path:
    return settings.filings / "data-sets"


def _path(settings: Settings, name: str) -> Path:
    return _folder(settings) / name


def _choose(files: dict[Path, str | None], quarter: Quarter) -> dict[Path, str | None]:
    """The files whose window ends after the quarter, one per window (the first), in the windows' order."""
    chosen: dict[Window, Path] = {}
    for path in files:
        try:
            dates = window(path)
        except ValueError:  # 31sep2025
            continue
        if dates.last > quarter.end:
            chosen.setdefault(dates, path)
    return {path: files[path] for _, path in sorted(chosen.items())}


def _save(client: Client, listed: tuple[Path, str]) -> None:
    path, url = listed
    try:
        fetch_log.save(client, url, path, source=SOURCE, check=sec_pages.check_zip)
    except NotPublishedError:  # listed, but not there yet: reported as unpublished, as it is not in `paths`
        return


def _unpublished(windows: list[Window], quarter: Quarter, today: date) -> list[str]:
    """The windows since the quarter's end that are over and missing, and the deadline's even if it is not over."""
    missing = []
    due = Window.of(quarter.deadline)
    while due.first <= quarter.deadline or due.last < today:
        if not any(window.first <= due.first and window.last >= due.last for window in windows):
            state = "not published yet" if due.last < today else "the window is not over"
            missing.append(f"filings of {due}: {state}; SEC publishes about a month after a window's end")
        due = Window.of(due.last + timedelta(days=1))
    return missing
