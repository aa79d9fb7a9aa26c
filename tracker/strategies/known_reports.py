"""Reports as they were known on a day: decided again from the filings known by then.

A report is known on the day of its acceptance; where that is not known (SEC's data sets do not state it), on the day
after its filing date. Units, the part that each filing has in its manager's report, what amendments do, and what
shortened CUSIPs stand for are all decided from the reports known by the day. Choices about amendments that a user made
since are not used: they have no date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from ..filings import amendment_effects, cusip_matches, holdings
from ..pipeline.judge_filings import with_books
from ..quarters import Quarter
from ..store import Store
from ..tables import (
    CUSIP_MATCHES,
    FILINGS,
    HOLDINGS,
    JUDGED_FILINGS,
    FilingsFrame,
    HoldingsFrame,
    JudgedFilingsFrame,
)

_KEPT = 4  # a book of each fund takes memory

known_on = pl.coalesce(pl.col("accepted_at").dt.date(), pl.col("filing_date").dt.offset_by("1d"))
"""the day from which a filing is known, as an expression over FILINGS"""


@dataclass(frozen=True)
class KnownReports:
    """One quarter's filings, judged, and the holdings of all managers, both as known on a day."""

    filings: JudgedFilingsFrame
    holdings: HoldingsFrame


def known_by(filings: FilingsFrame, day: date) -> FilingsFrame:
    """The filings that are known at the end of `day`."""
    return filings.filter(known_on <= day)


class ReportsArchive:
    """All filings of a store, and what was known of them on any day; days between which none came share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.filings: FilingsFrame = FILINGS.fit(store.read(JUDGED_FILINGS))
        self._cache: dict[tuple[Quarter, tuple[str, ...]], KnownReports] = {}

    def known_by(self, day: date) -> FilingsFrame:
        """The filings of all quarters that are known at the end of `day`."""
        return known_by(self.filings, day)

    def reports(self, quarter: Quarter, day: date) -> KnownReports:
        """The reports for `quarter` as known at the end of `day`."""
        known = self.known_by(day)
        # what an amendment does depends on the reports for the quarters around it
        around = [quarter.previous.end, quarter.end, quarter.next.end]
        numbers = known.filter(pl.col("period_of_report").is_in(around))["accession_number"].sort()
        key = (quarter, tuple(numbers))
        if key not in self._cache:
            self._cache[key] = self._decide(quarter, known)
            for old in list(self._cache)[:-_KEPT]:  # days are asked for in order: older reports are not needed again
                del self._cache[old]
        return self._cache[key]

    def _decide(self, quarter: Quarter, known: FilingsFrame) -> KnownReports:
        filings = known.filter(pl.col("period_of_report") == quarter.end)
        if filings.is_empty():
            return KnownReports(JUDGED_FILINGS.frame(), HOLDINGS.frame())
        lines = self._store.lines(quarter.end, holdings.COLUMNS, filings["accession_number"])
        neighbours = amendment_effects.neighbours(known).filter(pl.col("period_of_report") == quarter.end)
        judged, _ = holdings.judge(filings, lines, None, with_books(self._store, neighbours))
        matches = CUSIP_MATCHES.frame()
        if cusip_matches.related(lines["cusip"]):
            compared = self._store.lines(quarter.end, cusip_matches.COLUMNS, filings["accession_number"])
            matches = cusip_matches.match(judged, compared)
        return KnownReports(judged, holdings.effective(judged, lines, matches))
