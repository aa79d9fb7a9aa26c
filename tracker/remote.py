"""A published home in object storage, as those see it who read: what lies where, without saying how it gets there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from .errors import SettingError

SCHEMES = ("s3", "gs", "az", "file")
EXAMPLE = "s3://bucket/13f"
# A path of this system has lost one of the two slashes, if it was made from an address.
_URL = re.compile(rf"({'|'.join(SCHEMES)}):/{{1,3}}([^/].*)", re.DOTALL)


class RemoteHome(Protocol):
    """A version of a published home, with a folder on this machine that has its small files.

    A large Parquet file is there as an empty file, until it is fetched: `source` says where its bytes are.
    """

    @property
    def url(self) -> str:
        """The address, as `s3://bucket/prefix`."""

    @property
    def storage_options(self) -> Mapping[str, object] | None:
        """What polars has to know to read from `source`, besides what it finds in the environment."""

    def source(self, path: Path) -> Path | str:
        """Where to read a Parquet file of the folder: itself, if its bytes are here, else an address."""

    def state(self, path: Path) -> tuple[int, int, int] | None:
        """Size, time of change and number of a file where it was pushed from: another one if its content is.

        None if the home has no such file.
        """

    def fetch_below(self, folder: str) -> None:
        """Have all files below a folder of the home on this machine, such as `editions`."""


def require_folder(path: Path, label: str) -> Path:
    """The path; SettingError if it is an address: a folder of that name would be made where the command was run."""
    if url := to_url(path):
        raise SettingError(f"{label} {url} is an address; name a folder of this machine")
    return path


def to_url(home: str | Path) -> str | None:
    """The address that a `--home` is, without a slash at its end; None if it is a folder of this system."""
    match = _URL.fullmatch(home if isinstance(home, str) else home.as_posix())
    if match is None:
        return None
    slashes = ":///" if match[1] == "file" else "://"
    return f"{match[1]}{slashes}{match[2].rstrip('/')}"
