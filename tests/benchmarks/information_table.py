"""Information tables to typed and checked columns, beside `lxml.etree.parse` of the same bytes and other parsers."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from lxml import etree

from tests.submissions import cusip, line, table
from tracker.filings import information_tables

from .figures import Row
from .options import Options
from .runner import Spread, Usage, interleave, timed

LINES = (100, 1_000, 20_000)
# Lines of the tables of a season, few of which are long: a refresh reads 50 submissions together.
SEASON = (3, 6, 8, 9, 11, 13, 18, 23, 29, 37, 41, 50, 64, 83, 105, 119, 172, 232, 400, 1_000)
TOGETHER = 50
INSTALL = {"pandas": "pip install -e '.[bench]'", "edgartools": "pip install edgartools"}


def measure(options: Options) -> Iterator[Row]:
    """Milliseconds of CPU for a table of each size, and for many together; the peers for the largest."""
    sizes = LINES[:1] if options.is_quick else LINES
    yield _together(options)
    for count in sizes:
        block = make(count)
        tasks: dict[str, Callable[[], Usage]] = {
            "lxml": partial(timed, partial(_parse_bare, [block])),
            "ours": partial(timed, lambda block=block: information_tables.read_table(block)),
        }
        peers = _peers(block) if count == sizes[-1] else {}
        missing = [name for name, work in peers.items() if work is None]
        tasks |= {name: partial(timed, work) for name, work in peers.items() if work}
        usages = interleave(tasks, 3 if options.is_quick else 15)
        bare, size = _ms(usages["lxml"]), f"{count:,} lines"
        yield Row(f"information table of {size} to columns (CPU)", _ms(usages["ours"]), "lxml", bare, "<= 1.5x", "ms")
        for name in peers:
            figure = f"the same by {name}"
            if name in missing:
                yield Row(figure, note=f"not installed: {INSTALL[name]}")
            else:
                yield Row(figure, _ms(usages[name]), "lxml", bare, unit="ms")


def _together(options: Options) -> Row:
    """The tables of a season that a refresh reads together, each of which lxml parses by itself."""
    blocks = [make(SEASON[number % len(SEASON)]) for number in range(TOGETHER)]
    tasks: dict[str, Callable[[], Usage]] = {
        "lxml": partial(timed, partial(_parse_bare, blocks)),
        "ours": partial(timed, lambda: information_tables.read_tables(blocks)),
    }
    usages = interleave(tasks, 3 if options.is_quick else 15)
    figure = f"{TOGETHER} information tables of a season together (CPU)"
    return Row(figure, _ms(usages["ours"]), "lxml", _ms(usages["lxml"]), "<= 1.5x", "ms")


def _parse_bare(blocks: Sequence[bytes]) -> None:
    """Build the trees, and pay for what they leave behind.

    glibc puts the memory of freed nodes in order when something large is next asked for: by lxml itself if it parses
    again and again, by us if we take turns.
    """
    for block in blocks:
        etree.parse(io.BytesIO(block))
    bytearray(2**17)


def make(count: int) -> bytes:
    """An information table of so many lines."""
    cusips = [cusip(f"{number:08d}") for number in range(500)]
    lines = [
        line(
            cusips[number % 500],
            number * 317 % 10**8,
            number * 91 % 10**6,
            f"EXAMPLE ISSUER {number % 500} HLDGS",
            put_call=("", "", "", "", "Put")[number % 5],
            other_manager=("", "1")[number % 2],
        )
        for number in range(count)
    ]
    return table(lines).encode()


def _ms(usages: list[Usage]) -> Spread:
    return Spread(tuple(usage.cpu * 1000 for usage in usages))


def _peers(block: bytes) -> dict[str, Callable[[], object] | None]:
    """Those that are installed, and None for those that are not."""
    peers: dict[str, Callable[[], object] | None] = {"pandas": None, "edgartools": None}
    try:
        import pandas
    except ImportError:
        pass
    else:
        peers["pandas"] = lambda: pandas.read_xml(io.BytesIO(block), xpath="//*[local-name()='infoTable']")
    try:
        from edgar.thirteenf.parsers.infotable_xml import parse_infotable_xml
    except ImportError:
        pass
    else:
        text = block.decode()
        peers["edgartools"] = lambda: parse_infotable_xml(text)
    return peers
