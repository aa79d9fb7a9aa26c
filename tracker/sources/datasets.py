"""SEC's Form 13F data sets: all that was filed in a window of time, in one zip.

https://www.sec.gov/data-research/sec-markets-data/form-13f-data-sets links to a zip for each window of filing dates:
`01sep2025-30nov2025_form13f.zip`, before 2024 a calendar quarter, `2023q4_form13f.zip`. In it lie tab-separated
files without quoting (form13f_data_set_metadata.json in the zip describes them; one zip nests them in a folder):

    ACCESSION_NUMBER        INFOTABLE_SK  NAMEOFISSUER        TITLEOFCLASS  CUSIP      FIGI  VALUE        SSHPRNAMT ...
    0000019617-25-001093    1             NVIDIA CORPORATION  COMMON        67066G104        91167099884  488619282 ...

A window holds reports for any period, so reading always asks for one. `read` gives what `form13f` gives of the
submissions themselves, but for the time of acceptance, which is not in the data sets.
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
from . import fetch_log, sec_pages
from .http import Client

__all__ = ["Fetched", "Window", "covers_until", "fetch", "on_disk", "window"]

SOURCE = "form-13f-data-sets"
URL = "https://www.sec.gov/data-research/sec-markets-data/form-13f-data-sets"
AGE = timedelta(days=1)

_DAY = r"\d{1,2}(?:" + "|".join(MONTHS) + r")\d{4}"
_NAME = re.compile(
    rf"(?:(?P<first>{_DAY})-(?P<last>{_DAY})|(?P<year>\d{{4}})q(?P<number>[1-4]))[_-]form13f[\w-]*\.zip",
    re.IGNORECASE | re.ASCII,
)
# Calendar quarters until the end of 2023, two months to come into step, then three months from each of these.
_FIRST_SEASON = date(2024, 3, 1)


@dataclass(frozen=True, order=True)
class Window:
    """Filing dates from `first` to `last`, both in."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"

    @classmethod
    def of(cls, day: date) -> Window:
        """The window that `day` lies in, as SEC has cut them so far."""
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
    """What `fetch` found. `unpublished` says of each window that is over and not to be had yet which one it is.

    `covers_until`: everything filed from the period's end up to this day is in `paths`; None where not even the
    window of the filing deadline is there, so that the period's reports have to come from elsewhere.
    """

    paths: list[Path]
    downloaded: int
    unpublished: list[str] = field(default_factory=list)
    covers_until: date | None = None


def fetch(
    client: Client, settings: Settings, quarter: Quarter, *, today: date, progress: Progress | None = None
) -> Fetched:
    """Save the data sets that can hold reports for `quarter`: of every window since its end, up to `today`.

    Amendments and late reports are filed years after, so all later windows are asked for. A zip on disk is final.
    What SEC does not have yet is no error; it is told in the result. Raises SourceError where the page or a listed
    zip cannot be had; zips that came stay.
    """
    progress = progress or Silent()
    links = sec_pages.fetch_links(client, settings, URL, SOURCE, _NAME, AGE)
    listed = {_path(settings, match[0]): url for match, url in links}
    wanted = _choose({**dict.fromkeys(on_disk(settings, quarter)), **listed}, quarter)
    absent = {path: url for path, url in wanted.items() if url and not path.is_file()}
    if absent:
        progress.start("downloading 13F data sets", len(absent))
        try:
            for _ in client.each(partial(_save, client), absent.items(), 2):
                progress.advance()
        finally:
            progress.end()
    paths = [path for path in wanted if path.is_file()]
    unpublished = _tell_unpublished([window(path) for path in paths], quarter, today)
    return Fetched(paths, sum(path.is_file() for path in absent), unpublished, covers_until(quarter, paths))


def on_disk(settings: Settings, quarter: Quarter) -> list[Path]:
    """The zips that are there and can hold reports for `quarter`, oldest window first."""
    names = settings.filings.joinpath("data-sets").glob("*.zip")
    return list(_choose(dict.fromkeys(path for path in sorted(names) if _NAME.fullmatch(path.name)), quarter))


def window(path: Path | str) -> Window:
    """The filing dates that a data set's name tells; ValueError for another name."""
    match = _NAME.fullmatch(Path(path).name)
    if not match:
        raise ValueError(f"{path} is not the name of a 13F data set")
    if match["year"]:
        quarter = Quarter(int(match["year"]), int(match["number"]))
        return Window(quarter.start, quarter.end)
    found = Window(_day(match["first"]), _day(match["last"]))
    if found.last < found.first:
        raise ValueError(f"{path} names a window that runs backwards")
    return found


def covers_until(quarter: Quarter, paths: list[Path]) -> date | None:
    """The last filing date up to which these data sets hold, without a gap, what was filed since the quarter's end.

    None where they do not reach the filing deadline.
    """
    covered = quarter.end
    for one in sorted(window(path) for path in paths):
        if one.first > covered + timedelta(days=1):
            break
        covered = max(covered, one.last)
    return covered if covered >= quarter.deadline else None


def _day(text: str) -> date:
    """A day as file names write it: 01sep2025."""
    return date(int(text[-4:]), MONTHS.index(text[-7:-4].upper()) + 1, int(text[:-7]))


def _path(settings: Settings, name: str) -> Path:
    return settings.filings / "data-sets" / name


def _choose(files: dict[Path, str | None], quarter: Quarter) -> dict[Path, str | None]:
    """The files whose window ends after the quarter, one a window (the first), in the windows' order."""
    chosen: dict[Window, Path] = {}
    for path in files:
        try:
            found = window(path)
        except ValueError:  # 31sep2025
            continue
        if found.last > quarter.end:
            chosen.setdefault(found, path)
    return {path: files[path] for _, path in sorted(chosen.items())}


def _save(client: Client, listed: tuple[Path, str]) -> None:
    path, url = listed
    try:
        fetch_log.save(client, url, path, source=SOURCE, check=sec_pages.check_zip)
    except NotPublishedError:  # on the page, but not there yet: missing from `paths` it is told as unpublished
        return


def _tell_unpublished(windows: list[Window], quarter: Quarter, today: date) -> list[str]:
    """Which windows since the quarter's end are over and not there, and the deadline's where that is not over."""
    told = []
    one = Window.of(quarter.deadline)
    while one.first <= quarter.deadline or one.last < today:
        if not any(there.first <= one.first and there.last >= one.last for there in windows):
            state = "not published yet" if one.last < today else "the window is not over"
            told.append(f"filings of {one}: {state}; SEC publishes about a month after a window's end")
        one = Window.of(one.last + timedelta(days=1))
    return told
