"""Parsing submissions as ratios to `lxml.etree.parse` of the same bytes with nothing extracted: nothing asserts them.

python -m tests.benchmarks.bench_form13f [SUBMISSION.txt ...]

Without arguments: made-up submissions of 100 to 20,000 lines. The bytes that lxml parses are those between the
`<XML>` tags; `table` is the information table alone, to a typed and checked frame, `whole` the submission with its
header, cover page and wrapper.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree

from tests.submissions import accession, cusip, line, submission
from tracker.filings import submission as form13f
from tracker.filings import submission_xml

PREFIXES = ("", "ns1:")


def best(work: Callable[[], object], seconds: float = 2.0) -> float:
    """Seconds of the fastest of some rounds."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < until:
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def measure(name: str, data: bytes, number: str) -> None:
    """Print one line for a submission."""
    parsed = form13f.parse(data, number)
    blocks = [block for _, block in form13f._xml_blocks(data)]
    table = blocks[-1]
    plain = best(lambda: etree.parse(io.BytesIO(table)))
    plain_whole = best(lambda: [etree.parse(io.BytesIO(block)) for block in blocks])
    read = best(lambda: submission_xml.read_table(table))
    whole = best(lambda: form13f.parse(data, number))
    print(f"{name:24}{parsed.lines.height:8,} lines {len(table) / 2**20:6.1f} MiB  lxml {plain * 1000:8.1f} ms", end="")
    print(f"  table {read * 1000:8.1f} ms {read / plain:5.2f} x", end="")
    print(f"  whole {whole * 1000:8.1f} ms {whole / plain_whole:5.2f} x")


def make(count: int, prefix: str) -> bytes:
    """A submission of so many lines."""
    cusips = [cusip(f"{number:08d}") for number in range(500)]
    lines = [
        line(
            cusips[number % 500], number * 317 % 10**8, number * 91 % 10**6, f"EXAMPLE ISSUER {number % 500} HLDGS",
            put_call=("", "", "", "", "Put")[number % 5], other_manager=("", "1")[number % 2],
        )
        for number in range(count)
    ]  # fmt: skip
    return submission(lines=lines, prefix=prefix)


def main() -> None:
    """Measure the files given, or made-up ones."""
    for path in map(Path, sys.argv[1:]):
        measure(path.stem, path.read_bytes(), path.stem if path.stem != "full-submission" else path.parent.name)
    for count in () if sys.argv[1:] else (100, 1_000, 20_000):
        for prefix in PREFIXES:
            measure(f"made up, prefix {prefix!r}", make(count, prefix), accession(1))


if __name__ == "__main__":
    main()
