"""Where things are kept and under which identity we send requests: the only reader of the environment.

Everything is below one home directory: `filings/` has what was downloaded, byte for byte, `db/` what was derived from
it, `editions/` what was published.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .errors import SettingError

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

    @classmethod
    def from_environment(cls, home: Path | None = None) -> Settings:
        """Settings from `home` (else `TRACKER_HOME`, else the current directory) and the environment.

        It reads `TRACKER_IDENTITY`, `OPENFIGI_API_KEY`, `FINVIZ_TOKEN` and `MASSIVE_API_KEY` (blank means none). Raises
        SettingError if `home` is a file.
        """
        chosen = home or Path(os.environ.get("TRACKER_HOME") or ".")
        keys = [
            (os.environ.get(name) or "").strip() or None
            for name in ("OPENFIGI_API_KEY", "FINVIZ_TOKEN", "MASSIVE_API_KEY")
        ]
        identity = os.environ.get("TRACKER_IDENTITY")
        home = chosen.expanduser().resolve()
        if home.exists() and not home.is_dir():
            raise SettingError(f"{home} is not a folder: choose another with --home or TRACKER_HOME")
        return cls(home, identity, *keys)

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
