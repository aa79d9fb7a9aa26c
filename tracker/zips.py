"""Zip files from outside: opened in one way, and damaged in one way."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from .errors import SourceError

# All that zipfile raises for bytes that are not a sound zip: RuntimeError and its kinds are for an encrypted member,
# or for a compression that zipfile does not know.
_DAMAGE = (OSError, zipfile.BadZipFile, RuntimeError, EOFError, zlib.error)
_RAW_WINDOW = -15  # a zip has bare deflate streams
_READ_BYTES = 2**18  # what they inflate to is summed before it leaves the cache
_LOCAL_HEADER = 30  # bytes, of which the last four are the lengths of the name and of what comes after it


@cache
def deflate() -> ModuleType:
    """What inflates: isal in a third of the time of zlib, where there is a wheel of it for the machine."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip at `path`, for reading; raises SourceError if it is damaged, also while it is being read."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except _DAMAGE as error:
        raise SourceError(f"{path.name} is damaged ({error}); remove it and refresh again") from error


def blocks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, size: int) -> Iterator[bytes]:
    """The content of a member of an archive that `open_zip` has opened: `size` bytes at a time, the last ones fewer.

    Whatever size the member declares, no more than a block is in memory. It is compared with what was read, as is the
    checksum: what `zipfile` raises for damage is raised here, too.
    """
    with archive.open(entry) as member:  # compares the name with the member's own header
        if entry.compress_type != zipfile.ZIP_DEFLATED or archive.filename is None:
            while block := member.read(size):
                yield block
            return
    with Path(archive.filename).open("rb") as file:
        file.seek(entry.header_offset)
        lengths = file.read(_LOCAL_HEADER)[-4:]
        file.seek(int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little"), 1)
        checksum = total = 0
        for block in _inflate(file, entry.compress_size, size):
            checksum, total = deflate().crc32(block, checksum), total + len(block)
            yield block
    if (checksum, total) != (entry.CRC, entry.file_size):
        raise zipfile.BadZipFile(f"{entry.filename} is not what it was when it was packed")


def _inflate(file: BinaryIO, packed: int, size: int) -> Iterator[bytes]:
    """Blocks of what the next `packed` bytes of `file` inflate to."""
    library = deflate()
    stream = library.decompressobj(_RAW_WINDOW)
    raw = b""
    while not stream.eof:
        parts, missing = [], size
        while missing and not stream.eof:
            if not raw:
                raw = file.read(min(_READ_BYTES, packed))
                packed -= len(raw)
            is_last = not raw
            try:
                parts.append(stream.decompress(raw, missing))
            except library.error as error:
                raise zlib.error(str(error)) from error
            raw = stream.unconsumed_tail
            missing -= len(parts[-1])
            if is_last and not parts[-1] and not stream.eof:
                raise EOFError("a member ends too early")
        if missing < size:
            yield b"".join(parts)
