"""How large what comes from outside may be, by its kind, once it is unpacked.

Whoever reads it holds it to its bound before anything is made of it, and refuses more with its own error. Each bound is
several times the largest that has been seen, and so small that no one file takes a gibibyte of memory to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MIB = 2**20
_BLOCK = MIB


@dataclass(frozen=True)
class Bound:
    """The most bytes, the most lines, and the most bytes of one line; what is None is not counted."""

    most_bytes: int
    most_lines: int | None = None
    longest_line: int | None = None


# What is seen, and why the bound is where it is.
SUBMISSION = Bound(256 * MIB)  # 6 MB for 10,000 lines; EDGAR takes 100 MB
COVER_PAGE = Bound(8 * MIB)  # its XML: 1,998 other managers of 700 bytes are 1.4 MB; a tree takes 40 times as much
INFORMATION_TABLE = Bound(256 * MIB, 1_000_000, MIB)  # its XML, and of it the lines: 450 bytes each
DATA_SET_LINES = Bound(2**30, 5_000_000)  # 3.4 million lines of 120 bytes in 2025
DATA_SET_TABLE = Bound(256 * MIB, 500_000)  # of submissions, of cover pages: 10,000 rows of 300 bytes
FAILS_FILE = Bound(64 * MIB, 1_000_000, 2_000)  # 60,000 lines of 80 bytes in half a month
ADVISER_ROSTER = Bound(128 * MIB, 200_000, MIB)  # 20,000 firms of 2,500 bytes
ADV_TABLE = Bound(2**30, 5_000_000, MIB)  # 500 MB for 2011 to 2024; scanned on disk, never in memory as a whole
FORM_INDEX = Bound(160 * MIB, 1_000_000, 2_000)  # 400,000 lines of 150 bytes in a quarter
LISTING_PAGE = Bound(4 * MIB)  # 300 KB; a tree of small elements takes 60 times as much
JSON = Bound(16 * MIB)  # 3 MB for the longest list of submissions; `{},` takes 30 times as much once it is read
MANIFEST = Bound(36 * MIB)  # of a published home: 240 bytes a file, so some 150,000; `{},` takes 24 times as much
USER_TABLE = Bound(256 * MIB, 4_000_000, 2**16)  # ten years of closes of 1,500 names; more is imported in parts


def problem(data: bytes, bound: Bound) -> str | None:
    """How `data` is beyond `bound`, as `has more than 1,000 lines`; None if it is not."""
    return next(_problems([data], bound), None)


def read(file: IO[bytes], bound: Bound) -> tuple[bytes, str | None]:
    """The rest of `file`, and how it is beyond `bound`: then it is not read further, and nothing of it is returned."""
    blocks: list[bytes] = []

    def read_blocks() -> Iterator[bytes]:
        while block := file.read(_BLOCK):
            blocks.append(block)
            yield block

    beyond = next(_problems(read_blocks(), bound), None)
    return b"".join(blocks) if beyond is None else b"", beyond


def read_file(path: Path, bound: Bound) -> tuple[bytes, str | None]:
    """As `read`, of the file at `path`. Raises OSError."""
    with path.open("rb") as file:
        return read(file, bound)


class Meter:
    """Counts what passes block by block: `lines`, if they are bounded."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._bytes = self.lines = self._line = 0

    def problem(self, block: bytes) -> str | None:
        """How all that has passed is beyond the bound with `block`, the next one; None if it is not."""
        bound = self._bound
        self._bytes += len(block)
        if self._bytes > bound.most_bytes:
            return f"is larger than {bound.most_bytes:,} bytes"
        if bound.most_lines is not None:
            self.lines += block.count(b"\n")
            if self.lines > bound.most_lines:
                return f"has more than {bound.most_lines:,} lines"
        if bound.longest_line is not None and self._has_long_line(block, bound.longest_line):
            return f"has a line of more than {bound.longest_line:,} bytes"
        return None

    def _has_long_line(self, block: bytes, longest: int) -> bool:
        """Whether a line is longer; `_line` is how much of the present one has passed."""
        at = 0
        while len(block) - at + self._line > longest:
            end = block.rfind(b"\n", at, at + longest - self._line + 1)
            if end < 0:
                return True
            at, self._line = end + 1, 0
        self._line = len(block) - 1 - end if (end := block.rfind(b"\n", at)) >= 0 else self._line + len(block) - at
        return False


def _problems(blocks: Iterable[bytes], bound: Bound) -> Iterator[str]:
    meter = Meter(bound)
    for block in blocks:
        if beyond := meter.problem(block):
            yield beyond
