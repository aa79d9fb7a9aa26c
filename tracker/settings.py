"""Where things are kept and under which identity we send requests: the only reader of the environment.

Everything is below one home directory: `filings/` has what was downloaded, byte for byte, `db/` what was derived from
it, `editions/` what was published. A home that was pushed to object storage has a folder in the user's cache, which is
its home directory here.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from .errors import SettingError
from .remote import RemoteHome, to_url

IDENTITY_HELP = (
    'set TRACKER_IDENTITY="Name name@example.org" (the SEC requires a name and an email address of every client)'
)
_IDENTITY = re.compile(r"(?P<name>\S.*?)\s+<?(?P<mail>[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+)>?")


@dataclass(frozen=True)
class Settings:
    """The home directory, the identity shown to SEC, optional keys to OpenFIGI, Finviz and Massive (never printed)."""

    home: Path
    identity: str | None = None
    openfigi_key: str | None = field(default=None, repr=False)
    finviz_token: str | None = field(default=None, repr=False)
    massive_key: str | None = field(default=None, repr=False)
    remote_url: str | None = None  # where the home is published, if it is not a folder of this machine
    remote: RemoteHome | None = field(default=None, repr=False, compare=False)  # once it is opened

    @classmethod
    def from_environment(cls, home: str | Path | None = None) -> Settings:
        """Settings from `home` (else `TRACKER_HOME`, else the current directory) and the environment.

        It reads `TRACKER_IDENTITY`, `OPENFIGI_API_KEY`, `FINVIZ_TOKEN` and `MASSIVE_API_KEY` (blank means none). An
        address in object storage is not opened yet. Raises SettingError if `home` is a file.
        """
        given = home or os.environ.get("TRACKER_HOME") or "."
        openfigi, finviz, massive = (
            (os.environ.get(name) or "").strip() or None
            for name in ("OPENFIGI_API_KEY", "FINVIZ_TOKEN", "MASSIVE_API_KEY")
        )
        identity = os.environ.get("TRACKER_IDENTITY")
        if url := to_url(given):
            folder = cache_folder() / "homes" / hashlib.sha256(url.encode()).hexdigest()[:16]
            return cls(folder, identity, openfigi, finviz, massive, remote_url=url)
        home = Path(given).expanduser().resolve()
        if home.exists() and not home.is_dir():
            raise SettingError(f"{home} is not a folder: choose another with --home or TRACKER_HOME")
        return cls(home, identity, openfigi, finviz, massive)

    @property
    def place(self) -> str:
        """Where the home is, as people name it: its folder, or its address."""
        return self.remote_url or str(self.home)

    def require_own(self) -> None:
        """Raise SettingError if the home is a published one, which is read only."""
        if self.remote_url:
            raise SettingError(
                f"{self.remote_url} is read, not written: `tracker pull {self.remote_url} DIR`, run this with "
                f"`--home DIR`, then `tracker --home DIR push {self.remote_url}`"
            )

    def is_own_place(self, folder: Path) -> bool:
        """Whether a folder is the home, or among its files: what is made from the home is not to be written there."""
        place, home = folder.resolve(), self.home.resolve()
        below = (self.filings, self.db, self.editions)
        return place == home or any(place.is_relative_to(own.resolve()) for own in below)

    @property
    def option_file(self) -> Path:
        """The user's own values for options that are not given."""
        return self.home / "tracker.toml"

    @property
    def filings(self) -> Path:
        """What was downloaded, unedited."""
        return self.home / "filings"

    @property
    def db(self) -> Path:
        """What was derived; it can be rebuilt from `filings`."""
        return self.home / "db"

    @property
    def database(self) -> Path:
        """The SQLite file for people to look things up in."""
        return self.db / "tracker.db"

    @property
    def editions(self) -> Path:
        """What was published: one folder per edition."""
        return self.home / "editions"

    def require_identity(self) -> tuple[str, str]:
        """Name and email address for SEC's User-Agent. Raises SettingError, which explains how to set them."""
        match = _IDENTITY.fullmatch((self.identity or "").strip())
        if not match or not self.identity or not self.identity.isascii() or not self.identity.isprintable():
            malformed = f"{self.identity!r} is not a name and an email address"
            problem = malformed if self.identity else "no identity is set"
            raise SettingError(f"{problem}: {IDENTITY_HELP}")
        return match["name"], match["mail"]


def cache_folder() -> Path:
    """Where files of published homes are kept: `TRACKER_CACHE`, else `user_cache_folder`."""
    if chosen := os.environ.get("TRACKER_CACHE"):
        return Path(chosen).expanduser().resolve()
    return user_cache_folder()


def user_cache_folder() -> Path:
    """The folder for what all of this user's runs share: in `XDG_CACHE_HOME`, else where the system has such folders.

    Raises RuntimeError for a user without a home folder.
    """
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if given.is_absolute():  # the specification has others ignored
        return given / "tracker"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local", "tracker", "Cache")
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "tracker"
