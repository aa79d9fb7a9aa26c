"""Count who holds what: positions and holder counts of each quarter, where what they are made from has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import polars as pl

from .. import __version__
from ..filings import holdings
from ..progress import Progress
from ..quarters import Quarter
from ..rankings import holder_counts
from ..rankings.reporting import who_reported
from ..securities import ticker_map
from ..store import Store
from ..tables import (
    COUNTED_FROM,
    CUSIP_MATCHES,
    FAMILY_LINKS,
    HOLDER_COUNTS,
    JUDGED_FILINGS,
    MANAGERS,
    POSITIONS,
    SECURITIES,
)


def count_holders(store: Store, quarters: Iterable[Quarter], progress: Progress) -> bool:
    """Count those quarters, oldest first, whose filings, funds, tickers or splits have changed; returns whether any.

    A digest of what a count is made from is stored with it, and includes the previous quarter's: nothing is counted
    twice, nothing stale survives a kill, and a correction carries on to the quarters that are compared with it.
    """
    wanted = {*quarters}
    funds = store.read(MANAGERS).filter("is_hedge_fund")
    securities = store.read(SECURITIES)
    links = store.read(FAMILY_LINKS)
    common = _digest(funds.select("cik", "manager_name", "family", "crd_number", "sec_file_number"), securities, links)
    changed, digest = False, ""
    for quarter in sorted(wanted):
        filings = store.read(JUDGED_FILINGS, period_of_report=quarter.end, cik=funds["cik"])
        matches = store.read(CUSIP_MATCHES, period_of_report=quarter.end)
        matches = matches.join(filings, on="accession_number", how="semi", maintain_order="left")
        split_ratios = store.split_ratios(quarter)
        previous = digest if quarter.previous in wanted else ""
        digest = _digest(filings, matches, split_ratios, seed=f"{__version__} {common} {previous}")
        counted_from = COUNTED_FROM.frame([{"period_of_report": quarter.end, "fingerprint": digest}])
        if counted_from.equals(store.read(COUNTED_FROM, period_of_report=quarter.end)):
            continue
        progress.start(f"counting holders of {quarter}")
        lines = store.lines(quarter.end, holdings.COLUMNS, filings["accession_number"])
        held = holdings.effective(filings, lines, matches)
        positions = holder_counts.positions(held, funds, ticker_map.tickers(held, securities))
        before = store.positions(quarter.previous) if quarter.previous in wanted else None
        filings_before = None
        if before is not None:
            filings_before = store.read(JUDGED_FILINGS, period_of_report=quarter.previous.end, cik=funds["cik"])
        reporting = who_reported(funds, filings, filings_before, links)
        counts = holder_counts.count(positions, before, reporting, split_ratios)
        counts = ticker_map.with_kinds(counts, securities)
        store.replace_together(
            [
                (table, frame, {"period_of_report": quarter.end})
                for table, frame in ((POSITIONS, positions), (HOLDER_COUNTS, counts), (COUNTED_FROM, counted_from))
            ]
        )
        changed = True
        progress.advance(counts.height)
        progress.end()
    return changed


def _digest(*frames: pl.DataFrame, seed: str = "") -> str:
    """A digest of the frames' rows in their order."""
    digest = hashlib.blake2b(seed.encode(), digest_size=16)
    for frame in frames:
        digest.update(frame.write_csv().encode())
    return digest.hexdigest()
