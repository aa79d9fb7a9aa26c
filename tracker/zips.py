"""Zip files from outside: opened in one way, and damaged in one way."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import SourceError

# All that zipfile raises for bytes that are not a sound zip: RuntimeError and its kinds are for an encrypted member,
# or for a compression that zipfile does not know.
_DAMAGE = (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip at `path`, for reading; raises SourceError if it is damaged, also while it is being read."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _DAMAGE as error:
        raise SourceError(f"{path.name} is damaged ({error}); remove it and refresh again") from error
