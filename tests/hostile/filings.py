"""Spoiled submissions, a hundred in a home: each is rejected, or its figures are those that expat reads.

None of them ends the refresh, and none keeps the sound one beside them from being read.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tests.hostile.areas import Bench
from tests.hostile.expat_reader import Row, tables
from tests.hostile.filing_mutants import KINDS

TOGETHER = 100
FIXTURES = Path(__file__).resolve().parents[1] / "filings"
_SOUND = "9900000000-25-999999"
_TRAILER = b"</SEC-DOCUMENT>"
_TOLD = 4
_NUMBER = re.compile(rb"\d{10}-\d\d-\d{6}")
_COLUMNS = ("cusip", "value", "shares", "share_type", "put_call")


class Filings:
    """A case is a home of `TOGETHER` mutants; if it fails, each of them is tried by itself to find the one."""

    name = "filings"

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        texts = [path.read_bytes() for path in sorted(FIXTURES.glob("*.txt"))]
        self._sound = [text for text in texts if _NUMBER.search(text) and [rows for rows in tables(text) if rows]]

    def why_skipped(self) -> None:
        """Never."""

    def tries_in(self, case: int) -> int:
        """The mutants of a home."""
        return TOGETHER

    def try_case(self, case: int, folder: Path) -> str | None:
        """See the module."""
        dice = self._bench.random(self.name, case)
        mutants: dict[str, bytes] = {}
        kinds: dict[str, str] = {}
        for number in range(1, TOGETHER + 1):
            accession_number = f"9900000000-25-{number:06d}"
            base, kind = dice.choice(self._sound), KINDS[(case + number) % len(KINDS)]
            spoiled = kind(_numbered(base, accession_number), dice)
            mutants[accession_number], kinds[accession_number] = spoiled, kind.__name__
        ended, problems = self._refresh(folder / "all", mutants)
        if ended:  # one of them ended it all: which?
            for accession_number, text in mutants.items():
                alone, _ = self._refresh(folder / accession_number, {accession_number: text})
                if alone:
                    return f"{kinds[accession_number]} of {accession_number}: {alone}"
            return f"only together: {ended}"
        named = [f"{kinds[accession_number]} of {accession_number} {problem}" for accession_number, problem in problems]
        return "; ".join(named[:_TOLD]) + (f"; and {len(named) - _TOLD} more" if len(named) > _TOLD else "") or None

    def _refresh(self, home: Path, mutants: Mapping[str, bytes]) -> tuple[str | None, list[tuple[str, str]]]:
        """What ended the refresh, if anything; and what is wrong with which mutant."""
        sound = _numbered((FIXTURES / "plain.txt").read_bytes(), _SOUND)
        for accession_number, text in {**mutants, _SOUND: sound}.items():
            cik = re.search(rb"CENTRAL INDEX KEY:\s*(\d{1,10})\s", text)
            folder = home / "filings" / "sec-edgar-filings" / f"{int(cik[1]) if cik else 1:010d}" / "13F-HR"
            path = folder / accession_number / "full-submission.txt"
            path.parent.mkdir(parents=True)
            path.write_bytes(text)
        ended = self._bench.children.run(home, "refresh", "2025Q3", "--offline")
        if ended.problem or ended.code not in (0, 1) or "error: " in ended.last_line:
            return ended.problem or f"exit code {ended.code}: {ended.last_line}", []
        stored = _Stored.of(home)
        if stored.lines.get(_SOUND) != _only(sound):
            return "the sound filing beside it was not read", []
        told = ((accession_number, stored.judge(accession_number, text)) for accession_number, text in mutants.items())
        return None, [(accession_number, problem) for accession_number, problem in told if problem]


@dataclass(frozen=True)
class _Stored:
    """What a home says of submissions: lines by accession number, the numbers rejected, and those read."""

    lines: dict[str, list[Row]]
    rejected: set[str]
    read: set[str]

    @classmethod
    def of(cls, home: Path) -> _Stored:
        lines: dict[str, list[Row]] = {}
        for path in sorted((home / "db" / "lines").rglob("*.parquet")):
            frame = pl.read_parquet(path, hive_partitioning=False).sort("accession_number", "line_number")
            for accession_number, *row in frame.select("accession_number", *_COLUMNS).iter_rows():
                lines.setdefault(accession_number, []).append(tuple(row))
        with closing(sqlite3.connect(home / "db" / "tracker.db")) as connection:
            rejects = connection.execute("select accession_number from rejects where severity = 'rejected'")
            rejected = {row[0] for row in rejects}
            read = {row[0] for row in connection.execute("select accession_number from filings")}
        return cls(lines, rejected, read)

    def judge(self, accession_number: str, text: bytes) -> str | None:
        """What is wrong with what became of a submission."""
        seen = [rows for rows in tables(text) if rows != []]
        counted, is_rejected = self.lines.get(accession_number), accession_number in self.rejected
        if counted is None:
            is_whole = text.rstrip().endswith(_TRAILER)  # else it counts as not downloaded yet
            if is_whole and not is_rejected and accession_number not in self.read:
                return "is neither read nor rejected"
            return "has a table that is left out without a word" if is_whole and any(seen) and not is_rejected else None
        if is_rejected:
            return "is rejected, and its lines are stored"
        if len(seen) != 1 or seen[0] is None:
            kinds = ["unsound" if rows is None else f"{len(rows)} rows" for rows in seen]
            return f"has {len(counted)} lines counted, and expat sees the tables {kinds}"
        if counted != seen[0]:
            pairs = [(one, other) for one, other in zip(counted, seen[0], strict=False) if one != other]
            return (
                f"counts {pairs[0][0]}, not {pairs[0][1]}" if pairs else f"has {len(counted)} lines, not {len(seen[0])}"
            )
        return None


def _numbered(text: bytes, accession_number: str) -> bytes:
    """The submission under another accession number."""
    return _NUMBER.sub(accession_number.encode(), text)


def _only(text: bytes) -> list[Row]:
    (rows,) = tables(text)
    assert rows
    return rows
