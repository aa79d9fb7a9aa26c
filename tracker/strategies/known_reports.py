"""Reports as they were known on a day: decided again from the filings known by then.

A report is known on the day of its acceptance; where that is not known (SEC's data sets do not state it), on the day
after its filing date. Units, the part that each filing has in its manager's report, what amendments do, and what
shortened CUSIPs stand for are all decided from the reports known by the day. Choices about amendments that a user made
since are not used: they have no date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from ..filings import amendment_effects, cusip_matches, holdings, mistaken_cusips
from ..pipeline.judge_filings import with_books
from ..quarters import Quarter
from ..store import Store
from ..tables import (
    CUSIP_MATCHES,
    FILINGS,
    JUDGED_FILINGS,
    CusipMatchesFrame,
    EffectEvidence,
    FilingsFrame,
    HoldingsFrame,
    JudgedFilingsFrame,
    LinesFrame,
)

_KEPT = 3  # a book of each fund takes memory

known_on = pl.coalesce(pl.col("accepted_at").dt.date(), pl.col("filing_date").dt.offset_by("1d"))
"""the day from which a filing is known, as an expression over FILINGS"""


@dataclass(frozen=True, eq=False)
class KnownReports:
    """One quarter's filings, judged, and the holdings of all managers, both as known on a day.

    `lines` are the LINES of the filings, as far as `holdings.COLUMNS`, `matches` the whole CUSIPs of shortened ones.
    """

    filings: JudgedFilingsFrame
    lines: LinesFrame
    matches: CusipMatchesFrame

    @cached_property
    def holdings(self) -> HoldingsFrame:
        """HOLDINGS of all managers."""
        return holdings.effective(self.filings, self.lines, self.matches)

    def holdings_of(self, cusips: pl.Series) -> HoldingsFrame:
        """HOLDINGS of some CUSIPs, which takes a part of the time that all take."""
        if "holdings" in vars(self):
            return self.holdings.filter(pl.col("cusip").is_in(cusips.implode()))
        return holdings.effective(self.filings, self.lines, self.matches, cusips)


def known_by(filings: FilingsFrame, day: date) -> FilingsFrame:
    """The filings that are known at the end of `day`."""
    return filings.filter(known_on <= day)


class ReportsArchive:
    """All filings of a store, and what was known of them on any day; days between which none came share it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._judged: JudgedFilingsFrame = store.read(JUDGED_FILINGS)
        self.filings: FilingsFrame = FILINGS.fit(self._judged)
        self._cache: dict[tuple[Quarter, int], KnownReports] = {}
        self._newest: tuple[date, FilingsFrame] | None = None

    def known_by(self, day: date) -> FilingsFrame:
        """The filings of all quarters that are known at the end of `day`."""
        if self._newest is None or self._newest[0] != day:
            self._newest = day, known_by(self.filings, day)
        return self._newest[1]

    def reports(self, quarter: Quarter, day: date) -> KnownReports:
        """The reports for `quarter` as known at the end of `day`."""
        # what an amendment does depends on the reports for the quarters around it
        around = (quarter.previous.end, quarter.end, quarter.next.end)
        filed = [self._by_period[(end,)] for end in around if (end,) in self._by_period]
        known = known_by(pl.concat([FILINGS.frame(), *filed]), day)
        key = (quarter, known.height)  # filings only become more, so as many are the same ones
        if key not in self._cache:
            self._cache[key] = self._decide(quarter, known)
            for old in list(self._cache)[:-_KEPT]:  # days are asked for in order: older reports are not needed again
                del self._cache[old]
        return self._cache[key]

    def _decide(self, quarter: Quarter, known: FilingsFrame) -> KnownReports:
        """The reports for `quarter` from all that is `known` of it and of the quarters around it."""
        filings = known.filter(pl.col("period_of_report") == quarter.end)
        lines = self._store.lines(quarter.end, holdings.COLUMNS, filings["accession_number"])
        if filings.is_empty():
            return KnownReports(JUDGED_FILINGS.frame(), lines, CUSIP_MATCHES.frame())
        stored = self._stored(quarter, filings)
        if stored is not None:
            return KnownReports(stored, lines, self._store.read(CUSIP_MATCHES, period_of_report=quarter.end))
        neighbours = amendment_effects.neighbours(known).filter(pl.col("period_of_report") == quarter.end)
        judged, _ = holdings.judge(filings, lines, None, with_books(self._store, neighbours))
        matches = pl.concat([cusip_matches.match(judged, lines), mistaken_cusips.find(judged, lines)])
        return KnownReports(judged, lines, matches.sort(CUSIP_MATCHES.key))

    def _stored(self, quarter: Quarter, filings: FilingsFrame) -> JudgedFilingsFrame | None:
        """What the store has decided on the `filings` for a quarter; None if it may have known more than they tell.

        It has if there are later filings, if other quarters' reports decide on an amendment, or if the user did.
        """
        judged = self._judged.filter(pl.col("period_of_report") == quarter.end)
        is_chosen = pl.col("effect_evidence") == EffectEvidence.USER_CHOICE
        is_open = pl.any_horizontal(pl.col("role").is_null(), is_chosen.fill_null(False))
        if judged.height > filings.height or judged.select(is_open.any()).item():
            return None
        return None if amendment_effects.may_be_patch(filings).height else judged

    @cached_property
    def _by_period(self) -> Mapping[tuple[object, ...], FilingsFrame]:
        return self.filings.partition_by("period_of_report", as_dict=True)
