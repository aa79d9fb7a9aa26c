"""Where things lie and who we say we are: the only reader of the environment.

Everything lies under one home directory: `filings/` holds what was downloaded, byte for byte,
`db/` what was derived from it, `editions/` what was published.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import SettingError

IDENTITY_HELP = 'set TRACKER_IDENTITY="Name name@example.org" (SEC asks every client for a name and a mail address)'
_IDENTITY = re.compile(r"(?P<name>\S.*?)\s+<?(?P<mail>[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+)>?")


@dataclass(frozen=True)
class Settings:
    """The home directory and the identity that is shown to SEC."""

    home: Path
    identity: str | None = None

    @classmethod
    def from_environment(cls, home: Path | None = None) -> Settings:
        """Settings from `home` (else `TRACKER_HOME`, else the current directory) and `TRACKER_IDENTITY`."""
        chosen = home or Path(os.environ.get("TRACKER_HOME") or ".")
        return cls(chosen.expanduser().resolve(), os.environ.get("TRACKER_IDENTITY"))

    @property
    def filings(self) -> Path:
        """What was downloaded, unedited."""
        return self.home / "filings"

    @property
    def db(self) -> Path:
        """What was derived; can be rebuilt from `filings`."""
        return self.home / "db"

    @property
    def database(self) -> Path:
        """The SQLite file that a person looks things up in."""
        return self.db / "tracker.db"

    def require_identity(self) -> tuple[str, str]:
        """Name and mail address for SEC's User-Agent; raises SettingError that says how to set them."""
        match = _IDENTITY.fullmatch((self.identity or "").strip())
        if not match or not self.identity or not self.identity.isascii() or not self.identity.isprintable():
            said = f"{self.identity!r} is not a name and a mail address"
            problem = said if self.identity else "no identity is set"
            raise SettingError(f"{problem}: {IDENTITY_HELP}")
        return match["name"], match["mail"]
