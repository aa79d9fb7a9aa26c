"""What a history of quarters will take: downloads, requests, time and room, told before anything is fetched."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import SettingError
from ..output import plural
from ..quarters import Quarter
from ..settings import Settings
from ..sources import datasets
from ..sources.http import Client

# Measured with 3.4 million lines and 1,000 funds on two cores: a data set of 81 MB becomes 55 MB of lines and 240 MB of
# holdings, positions and counts, and is read and counted in 28 s.
_DERIVED_BYTES = 3.7  # for each byte of a zip
_SECONDS_PER_BYTE = 28 / 81e6
_USUAL_BYTES = 90 * 2**20  # of a zip whose size SEC's page does not state
_REFERENCE_BYTES = 200 * 2**20  # fails-to-deliver files, rosters, form indexes
_GB = 1e9


@dataclass(frozen=True)
class HistoryNeeds:
    """What `quarters` lack, of `free_bytes` on the disk.

    `downloads` are data sets, of `download_bytes` by SEC's page; of `unlisted` it states no size, each is taken for 90
    MB. `data_set_bytes` are those of the data sets with the deadlines of quarters that are not loaded, on disk or not.
    """

    quarters: Sequence[Quarter]
    data_sets: int
    downloads: int
    unlisted: int
    download_bytes: int
    data_set_bytes: int
    free_bytes: int

    @property
    def needed_bytes(self) -> int:
        """What it takes on the disk: the downloads, and what is derived from them."""
        reference = _REFERENCE_BYTES if self.downloads else 0
        return round(self.download_bytes + reference + self.data_set_bytes * _DERIVED_BYTES)

    def sentence(self) -> str:
        """What it takes, for the user."""
        counted = f"{plural(len(self.quarters), 'quarter')}, {self.quarters[0]} to {self.quarters[-1]}"
        unlisted = f", {self.unlisted} of them of a size that SEC does not state" if self.unlisted else ""
        fetched = (
            f"{self.downloads:,} of {plural(self.data_sets, 'data set')} to download, {_size(self.download_bytes)} in "
            f"as many requests{unlisted}, beside reference data and single filings"
            if self.downloads
            else f"all of {plural(self.data_sets, 'data set')} are on disk"
        )
        minutes = max(1, round(self.data_set_bytes * _SECONDS_PER_BYTE / 60))
        return (
            f"{counted}: {fetched}; about {plural(minutes, 'minute')} of reading and counting on two cores; "
            f"about {_size(self.needed_bytes)} more on disk, where {_size(self.free_bytes)} are free"
        )

    def require_room(self, home: Path) -> None:
        """Raise SettingError if the disk cannot hold it."""
        if self.needed_bytes > self.free_bytes:
            raise SettingError(
                f"{self.quarters[0]}..{self.quarters[-1]} takes about {_size(self.needed_bytes)}, and the disk of "
                f"{home} has {_size(self.free_bytes)} left: free some, use another (--home), or name fewer quarters"
            )


def measure_needs(
    settings: Settings, quarters: Sequence[Quarter], loaded: Sequence[Quarter], client: Client | None
) -> HistoryNeeds:
    """What `quarters` take of which `loaded` are there; without a client nothing is downloaded.

    Raises SourceError if SEC's page of data sets is not available.
    """
    on_disk = datasets.on_disk(settings, quarters[0])
    absent = datasets.find_absent(client, settings, quarters[0]) if client else {}
    sizes = {path: path.stat().st_size for path in on_disk}
    sizes |= {path: _USUAL_BYTES if size is None else size for path, size in absent.items()}
    new = [quarter.deadline for quarter in quarters if quarter not in loaded]
    windows = {path: datasets.window(path) for path in sizes}
    main = [path for path in sizes if any(windows[path].first <= day <= windows[path].last for day in new)]
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    return HistoryNeeds(
        quarters,
        data_sets=len(sizes),
        downloads=len(absent),
        unlisted=sum(size is None for size in absent.values()),
        download_bytes=sum(sizes[path] for path in absent),
        data_set_bytes=sum(sizes[path] for path in main),
        free_bytes=shutil.disk_usage(place).free,
    )


def _size(count: float) -> str:
    return f"{count / _GB:,.1f} GB" if count >= _GB else f"{count / 1e6:,.0f} MB"
