"""Who was a hedge fund, by the rosters and lists of a day.

Of SEC's adviser rosters only those dated by the day count, of the lists (the hand-kept one and the user's choices) only
the rows that a person had checked by then. What EDGAR states about filers, and Form ADV filing data, are left out: what
is on disk is as of the download. Where all rosters are later, funds are classified as they are today, and the answer
says so: that looks ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from ..errors import SourceError
from ..managers import book_shape, classification, family_links, fund_lists
from ..managers.covers import complete_filers
from ..managers.evidence import Evidence
from ..pipeline.digests import digest, file_states
from ..pipeline.settle import measure_books
from ..quarters import Quarter
from ..sources import advisers
from ..store import Store
from ..tables import (
    ADVISERS,
    BOOK_SHAPES,
    EDGAR_FILERS,
    FAMILY_LINKS,
    FILINGS,
    JUDGED_FILINGS,
    MANAGERS,
    OTHER_MANAGERS,
    AdvisersFrame,
    BookShapesFrame,
    FamilyLinksFrame,
    FilingsFrame,
    FundListFrame,
    JudgedFilingsFrame,
    ManagersFrame,
)
from ..tables.row_keys import row_keys
from . import known_reports

# what `family_links` reads of a cover, besides its dates
_STATED = (
    "cik", "manager_name", "city", "street", "phone", "crd_number", "sec_file_number", "form13f_file_number"
)  # fmt: skip


@dataclass(frozen=True)
class KnownFunds:
    """MANAGERS and FAMILY_LINKS as of a day; `looks_ahead` says what later knowledge they rest on, if any."""

    managers: ManagersFrame
    links: FamilyLinksFrame
    looks_ahead: str | None = None


class FundsArchive:
    """The rosters and lists of a store, and whom they made a hedge fund on any day."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._choices = fund_lists.read_choices(store.settings.home)
        self._kept = fund_lists.hand_kept()
        self._rosters: dict[date, AdvisersFrame] = {}

    def known_by(self, day: date, reports: JudgedFilingsFrame) -> KnownFunds:
        """Who was a hedge fund at the end of `day`; `reports` are those of the newest quarters, judged."""
        rosters = [on for on in self._dated_rosters if on <= day]
        choices, kept = _checked_by(self._choices, day), _checked_by(self._kept, day)
        if what := self._later_source(day):
            return KnownFunds(
                self._store.read(MANAGERS), self._store.read(FAMILY_LINKS), f"funds classified with {what}: looks ahead"
            )
        roster = advisers.merge([ADVISERS.frame(), *(self._roster(on) for on in rosters)])
        covers = self._covers_by(day)
        named = self._other_managers.join(covers, on="accession_number", how="semi")
        links = family_links.find_links(covers, named, roster)
        evidence = Evidence(
            advisers=roster,
            choices=choices,
            kept=kept,
            shapes=self._shapes(reports, choices, kept),
            filers=complete_filers(EDGAR_FILERS.frame(), reports),
            links=links,
        )
        return KnownFunds(classification.classify(JUDGED_FILINGS.fit(reports), evidence), links)

    def _shapes(self, reports: JudgedFilingsFrame, *lists: FundListFrame) -> BookShapesFrame:
        """The shapes of the newest books; empty if lists decide on all managers, whatever their books are like.

        They are not kept, as those of `settle` are: each day has others.
        """
        decided = pl.concat([part.drop_nulls("is_hedge_fund")["cik"] for part in lists])
        if reports["cik"].is_in(decided.implode()).all():
            return BOOK_SHAPES.frame()
        newest = book_shape.newest_reports(reports)
        parts = [BOOK_SHAPES.frame()]
        for (period,), books in newest.partition_by("period_of_report", as_dict=True).items():
            before = book_shape.reports_before(reports, books)
            parts.append(measure_books(self._store, [period, Quarter.of(period).previous.end], books, before))
        return pl.concat(parts)

    def sources_by(self, day: date) -> str:
        """Another text whenever `known_by` may answer otherwise, filings aside."""
        if what := self._later_source(day):
            return f"{what} {digest(self._store.read(MANAGERS), self._store.read(FAMILY_LINKS))}"
        paths = [Path(path) for on, paths in self._dated_rosters.items() if on <= day for path in paths]
        lists = digest(_checked_by(self._choices, day), _checked_by(self._kept, day))
        return f"{file_states(paths, self._store.settings.home)} {lists}"

    def _later_source(self, day: date) -> str | None:
        """What funds are classified with if no roster and no list is known by `day`; None if one is."""
        rosters = self._dated_rosters
        if rosters:
            return None if min(rosters) <= day else f"the roster of {min(rosters):%Y-%m}"
        is_listed = any(_checked_by(rows, day).height for rows in (self._choices, self._kept))
        return None if is_listed else "today's lists"

    def _covers_by(self, day: date) -> FilingsFrame:
        """Of the filings known at the end of `day` those that `find_links` gets to know something from.

        Of covers that state the same, the first and the last tell all that the others do: since when and until when. Of
        filers that name others, each report counts.
        """
        known = known_reports.known_by(self._covers, day)
        alike = known.filter(~pl.col("is_naming"))
        ends = (alike.unique("cover", keep=keep, maintain_order=True) for keep in ("first", "last"))
        return FILINGS.fit(pl.concat([known.filter("is_naming"), *ends]).unique("accession_number"))

    @cached_property
    def _covers(self) -> pl.DataFrame:
        """All FILINGS, oldest first, with `cover`, a number for what a filer states, and `is_naming`."""
        filings = FILINGS.fit(self._store.read(JUDGED_FILINGS)).sort(
            "period_of_report", "filing_date", "accession_number", nulls_last=False
        )
        naming = filings.join(self._other_managers, on="accession_number", how="semi")["cik"]
        return filings.with_columns(
            row_keys(filings, _STATED).alias("cover"), pl.col("cik").is_in(naming.implode()).alias("is_naming")
        )

    @cached_property
    def _other_managers(self) -> pl.DataFrame:
        return self._store.read(OTHER_MANAGERS)

    @cached_property
    def _dated_rosters(self) -> dict[date, list[str]]:
        dated: dict[date, list[str]] = {}
        for path in advisers.on_disk(self._store.settings):
            day = advisers.day_of(path)
            if day:
                dated.setdefault(day, []).append(str(path))
        return dated

    def _roster(self, day: date) -> AdvisersFrame:
        if day not in self._rosters:
            paths = [path for path in advisers.on_disk(self._store.settings) if advisers.day_of(path) == day]
            try:
                self._rosters[day] = advisers.read(paths)
            except SourceError as error:  # without it there would be fewer funds, and nobody would know
                raise SourceError(f"{error}: delete {paths[-1].name} and run `tracker refresh` again") from None
        return self._rosters[day]


def _checked_by(rows: FundListFrame, day: date) -> FundListFrame:
    return rows.filter(pl.col("checked_on") <= day)
