"""Whose single filings a refresh asks for, and whose not, each with the reason.

A season's newest reports are there as single filings only, a request each, so the filers are chosen before
anything of them is fetched. Of the filers in the form index these are asked for:

    listed      the user's choices, or the hand-kept list, state that it is a hedge fund
    counted     it counts by what is loaded
    rule        it would count by the rule: it leads to a firm in SEC's adviser roster that does, by the CIK or the
                company name in the index, or by the numbers and the name on an earlier cover page; or it leads to a
                firm that the rule leaves open, since the next book may decide
    never_seen  no filing of it is loaded, and no data set on disk has a cover page of it: only its filing shows
                what it is

and these are not: those that a list states not to be hedge funds (`listed_out`), and those whose earlier cover page
shows nobody who would count (`not_counted`). So the first refresh of an empty home would ask for nearly everybody;
see `known_filers` for what is done about that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from ..managers import classification, fund_lists
from ..managers.covers import newest_covers
from ..managers.evidence import Evidence
from ..tables import (
    EDGAR_FILERS,
    FUND_LIST,
    JUDGED_FILINGS,
    AdvisersFrame,
    DecidedBy,
    EdgarFilersFrame,
    FundListFrame,
    JudgedFilingsFrame,
    ManagersFrame,
)


class AskReason(StrEnum):
    """Why a filer's submissions are asked for, or are not."""

    LISTED = "listed"
    COUNTED = "counted"
    RULE = "rule"
    NEVER_SEEN = "never_seen"
    LISTED_OUT = "listed_out"
    NOT_COUNTED = "not_counted"
    CAME_LATER = "came_later"  # never seen, and first filed long after the quarter's deadline


ASKED = {
    AskReason.LISTED: "by a list",
    AskReason.COUNTED: "counted before",
    AskReason.RULE: "by the rule",
    AskReason.NEVER_SEEN: "never seen before",
}
NOT_ASKED = {
    AskReason.LISTED_OUT: "excluded by a list",
    AskReason.NOT_COUNTED: "known from an earlier cover page, and not counted",
    AskReason.CAME_LATER: "that first filed more than a year after the deadline",
}


@dataclass(frozen=True)
class Candidates:
    """How many filers of the form index there are for each reason, and the CIKs of those that are asked for."""

    ciks: frozenset[int]
    reasons: Mapping[AskReason, int]

    @classmethod
    def of(cls, chosen: pl.DataFrame) -> Candidates:
        """From what `choose` returned."""
        asked = chosen.filter(pl.col("reason").is_in([*ASKED]))
        counts = dict(chosen.group_by("reason").len().rows())
        return cls(frozenset(asked["cik"]), {reason: counts[reason] for reason in AskReason if reason in counts})

    @property
    def filers(self) -> int:
        """All filers of the form index."""
        return sum(self.reasons.values())

    @property
    def not_asked(self) -> int:
        """Those that nothing is asked of."""
        return self.filers - len(self.ciks)

    def describe(self, labels: Mapping[AskReason, str]) -> str:
        """The counts of ASKED or of NOT_ASKED, as text."""
        return ", ".join(f"{count:,} {labels[reason]}" for reason, count in self.reasons.items() if reason in labels)


def choose(
    filers: pl.DataFrame,
    known_filings: JudgedFilingsFrame,
    managers: ManagersFrame,
    roster: AdvisersFrame,
    *,
    choices: FundListFrame | None = None,
    kept: FundListFrame | None = None,
    edgar_filers: EdgarFilersFrame | None = None,
) -> pl.DataFrame:
    """Columns cik, reason (an AskReason): one row for each of `filers` (columns of `expected_submissions.FILERS`).

    `known_filings` are those loaded, and cover pages from data sets (their other columns null); `managers` those
    stored at the last refresh. `choices` are the user's, which come before the hand-kept list (`kept` replaces it).
    `edgar_filers` is what EDGAR knows of them.
    """
    edgar_filers = EDGAR_FILERS.frame() if edgar_filers is None else edgar_filers
    evidence = Evidence(roster, kept=FUND_LIST.frame(), filers=edgar_filers)
    stated = _stated(choices, fund_lists.hand_kept() if kept is None else kept)
    known_filings = JUDGED_FILINGS.fit(known_filings).join(filers, on="cik", how="semi")
    counted = managers.filter("is_hedge_fund")["cik"]
    reasons = (
        (pl.col("is_hedge_fund"), AskReason.LISTED),
        (~pl.col("is_hedge_fund"), AskReason.LISTED_OUT),
        (pl.col("cik").is_in(counted.implode()), AskReason.COUNTED),
        (pl.col("cik").is_in(_ruled(filers, known_filings, evidence).implode()), AskReason.RULE),
        (pl.col("cik").is_in(known_filings["cik"].unique().implode()), AskReason.NOT_COUNTED),
        (pl.col("is_timely"), AskReason.NEVER_SEEN),
    )
    reason = pl.coalesce(*(pl.when(applies).then(pl.lit(reason)) for applies, reason in reasons))
    chosen = filers.join(stated, on="cik", how="left", validate="1:1")
    return chosen.select("cik", reason.fill_null(pl.lit(AskReason.CAME_LATER)).alias("reason"))


def _stated(choices: FundListFrame | None, kept: FundListFrame) -> pl.DataFrame:
    """Columns cik, is_hedge_fund: what the lists state, the user's choices first; also true of market makers.

    A count can include these (`--with market-makers`), so they are asked for.
    """
    chosen = (FUND_LIST.frame() if choices is None else choices).drop_nulls("is_hedge_fund")
    stated = pl.concat([chosen, kept.drop_nulls("is_hedge_fund").join(chosen, on="cik", how="anti")])
    return stated.select("cik", fund_lists.IS_FETCHED.alias("is_hedge_fund"))


def _ruled(filers: pl.DataFrame, known_filings: JudgedFilingsFrame, evidence: Evidence) -> pl.Series:
    """CIKs of those that would count by the rule, or that it leaves open: as the index and as cover pages name them.

    The cover pages are judged twice, with the book that is known and without one.
    """
    numbers = newest_covers(known_filings).select("cik", "crd_number", "sec_file_number")
    in_index = filers.select("cik", pl.col("company_name").alias("manager_name"))
    in_index = in_index.join(numbers, on="cik", how="left", validate="1:1")
    without_book = known_filings.with_columns(pl.lit(None).alias("role"))
    is_open = (pl.col("decided_by") == DecidedBy.UNCLASSIFIED) & pl.col("linked_by").is_not_null()
    counted = [
        classification.classify(JUDGED_FILINGS.fit(filings), evidence).filter(pl.col("is_hedge_fund") | is_open)["cik"]
        for filings in (in_index, known_filings, without_book)
    ]
    return pl.concat(counted).unique()
