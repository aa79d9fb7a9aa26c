"""A filing season on a day: who has filed, who is awaited, day by day, and what the newest filings did to the list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from .. import __version__
from ..errors import SettingError
from ..output import Answer, Column, plural
from ..pipeline.filing_season import complete_quarters
from ..quarters import Quarter
from ..rankings.parameters import ListRequest
from ..rankings.reporting import CLOSED_FROM_PCT
from ..settings import Settings
from ..store import Store
from . import open_quarter
from .as_of import CAVEATS, NOW_KNOWN, View, view
from .season_filers import count_days, list_awaited, list_filed
from .season_list import SeasonList, list_stocks, prices_by
from .season_news import STAKE_PCT, Event, gather
from .season_states import Move, compare_states, standing

_WEEKEND = 5  # Saturday, as `date.weekday` counts


class Section(StrEnum):
    """The parts of a season."""

    NEWS = "news"
    DAYS = "days"
    FILED = "filed"
    AWAITED = "awaited"


_COLUMNS = {
    Section.NEWS: (
        Column("what", "What"),
        Column("name", "Company"),
        Column("listing", "Listing"),
        Column("family", "Hedge fund"),
        Column("shares_before", "Before", "number"),
        Column("shares", "Shares", "number"),
        Column("value_usd", "Value", "usd"),
        Column("stake_pct", "Of the company", "share"),
        Column("holders", "Holders", "integer"),
        Column("filing_date", "Filed", "date"),
    ),
    Section.DAYS: (
        Column("filing_date", "Filed", "date"),
        Column("filings", "Filings", "integer"),
        Column("amendments", "Amendments", "integer"),
        Column("families", "Families", "integer"),
        Column("new_families", "New families", "integer"),
        Column("families_to_date", "By then", "integer"),
        Column("families_pct", "Of all", "share"),
    ),
    Section.FILED: (
        Column("filing_date", "Filed", "date"),
        Column("manager_name", "Manager"),
        Column("form_type", "Form"),
        Column("role", "Part in the report"),
        Column("line_count", "Lines", "integer"),
        Column("value_usd", "Value", "usd"),
        Column("accession_number", "Filing"),
    ),
    Section.AWAITED: (
        Column("manager_name", "Manager"),
        Column("family", "Family"),
        Column("value_usd", "Value a quarter before", "usd"),
        Column("filed_previous", "Filed then", "date"),
        Column("unread", "Filed, not readable"),
    ),
}
_HELD = Column("holders_carried", "With awaited", "integer")


@dataclass(frozen=True)
class SeasonRequest:
    """Which season, on which day (default: `today`), and since when filings are new (default: the weekday before).

    `listed` is what the list is asked for: its band, its fewest holders, its length.
    """

    today: date
    quarter: Quarter | None = None
    on: date | None = None
    since: date | None = None
    listed: ListRequest = field(default_factory=ListRequest)
    stake_pct: float = STAKE_PCT


@dataclass(frozen=True)
class Season:
    """A season on a day. `news` are the events of `season_news.gather`, `sections` the rows of every part.

    `notes` are the rules of its methodology in any case, and stand below the news if it `shows_notes`.
    """

    quarter: Quarter
    on: date
    since: date
    seen: View
    season_list: SeasonList
    stake_pct: float
    moves: dict[str, int]
    sections: dict[Section, list[dict[str, Any]]]
    notes: list[str]
    shows_notes: bool = True

    @property
    def news(self) -> list[dict[str, Any]]:
        """The events."""
        return self.sections[Section.NEWS]

    @property
    def newest(self) -> date | None:
        """The day of the newest filing of a hedge fund for the quarter; None if there is none yet."""
        filed = self.sections[Section.FILED]
        return filed[0]["filing_date"] if filed else None

    @property
    def is_news(self) -> bool:
        """Whether a hedge fund has filed since, or an event has come about otherwise."""
        return bool(self.news) or (self.newest is not None and self.newest >= self.since)

    @property
    def title(self) -> str:
        """The season in a sentence."""
        reporting = self.seen.reporting
        head = f"13F season {self.quarter} on {self.on} (due {self.quarter.deadline}): "
        if not reporting.expected:
            filers = {row["cik"] for row in self.sections[Section.FILED]}
            return f"{head}{plural(len(filers), 'hedge fund')} filed; who is awaited is not known"
        share = int(reporting.reported_pct or 0)
        families = plural(reporting.expected, "hedge-fund family", "hedge-fund families")
        awaited = f"{plural(len(self.sections[Section.AWAITED]), 'manager')} awaited"
        return f"{head}{reporting.reported:,} of {families} reported ({share}%), {awaited}"

    def answer(self, section: Section = Section.NEWS) -> Answer:
        """One part, with the facts of the whole season; all parts are in its JSON with `whole`."""
        facts = {**self.facts(), "part": section.value}
        rows = self.sections[section]
        columns: tuple[Column, ...] = _COLUMNS[section]
        if section is Section.NEWS:
            if self.seen.reporting.is_open:
                columns = (*columns[:-1], _HELD, columns[-1])
            notes = self.notes if self.shows_notes else ()
            return Answer(self._heading(section), columns, rows, facts, notes, methodology=self.methodology())
        return Answer(self._heading(section), columns, rows, facts, methodology=self.methodology())

    def whole(self) -> Answer:
        """The news, with every other part in the facts: what JSON has."""
        news = self.answer()
        others = {part.value: self.sections[part] for part in Section if part is not Section.NEWS}
        facts = {name: value for name, value in news.facts.items() if name != "part"}
        return replace(news, title=self.title, rows=self.news, facts={**facts, **others})

    def facts(self) -> dict[str, Any]:
        """The state of the season."""
        kinds = Counter(row["kind"] for row in self.news)
        return {
            "quarter": str(self.quarter),
            "period_of_report": self.quarter.end,
            "deadline": self.quarter.deadline,
            "on": self.on,
            "since": self.since,
            "newest_filing": self.newest,
            "is_news": self.is_news,
            "reporting": open_quarter.facts(self.quarter, self.seen.reporting),
            "events": {kind.value: kinds[kind.value] for kind in Event},
            "moves": self.moves,
        }

    def methodology(self) -> dict[str, Any]:
        """How it was found out."""
        parameters = self.season_list.parameters
        return {
            "quarter": str(self.quarter),
            "known_on": self.on,
            "large_stake_pct": self.stake_pct,
            "closed_from_pct": CLOSED_FROM_PCT,
            "list": parameters.as_dict() if parameters else None,
            "list_unknown": self.season_list.unknown or None,
            "rules": self.notes,
            "version": __version__,
        }

    def _heading(self, section: Section) -> str:
        rows = len(self.sections[section])
        match section:
            case Section.NEWS:
                filed = sum(row["filing_date"] >= self.since for row in self.sections[Section.FILED])
                return f"New since {self.since}: {plural(filed, 'filing')}, {plural(rows, 'event')} on the list"
            case Section.DAYS:
                return f"Day by day: {plural(rows, 'day')} with filings of hedge funds"
            case Section.FILED:
                return f"Filed by {self.on}: {plural(rows, 'filing')} of hedge funds"
            case Section.AWAITED:
                return f"Awaited on {self.on}: {plural(rows, 'manager')}"


def season(settings: Settings, request: SeasonRequest) -> Season:
    """The season of a quarter (default: the newest loaded) on a day, with what is new since another.

    New is what was filed on or after `since`: the list of the day is compared with what was known on the day before,
    at the same prices. Raises NotFoundError if the quarter is not loaded, SettingError if the days contradict each
    other.
    """
    on = request.on or request.today
    since = request.since or weekday_before(on)
    if since > on:
        raise SettingError(f"--since {since} is after --on {on}; choose an earlier day")
    with Store(settings) as store:
        quarter = store.require_quarter(request.quarter)
        since = max(since, quarter.end + timedelta(days=1))  # nothing is filed for a quarter that has not ended
        if on < since:
            raise SettingError(
                f"--on {on}: {quarter} ends on {quarter.end}, nothing can have been filed by then; choose a later day"
            )
        after = view(store, quarter, on, may_be_empty=True)
        before = view(store, quarter, since - timedelta(days=1), may_be_empty=True)
        prices = prices_by(store, on)
        lists = [list_stocks(store, request.listed, seen, prices) for seen in (before, after)]
        states = [standing(store, seen) for seen in (before, after)]
        moves = compare_states(states[0], states[1], after, store.split_ratios(quarter))
        sections = {
            Section.NEWS: gather(lists[0], lists[1], moves, after, request.stake_pct),
            Section.DAYS: count_days(store, after),
            Section.FILED: list_filed(after),
            Section.AWAITED: list_awaited(store, after),
        }
        complete = quarter.previous in complete_quarters(store)
    counted = dict(moves["move"].value_counts().rows())
    return Season(
        quarter=quarter,
        on=on,
        since=since,
        seen=after,
        season_list=lists[1],
        stake_pct=request.stake_pct,
        moves={move.value: counted.get(move.value, 0) for move in Move},
        sections=sections,
        notes=_notes(after, lists[1], request.stake_pct, since, complete),
    )


def weekday_before(day: date) -> date:
    """The last weekday before `day`: EDGAR takes no filings on weekends."""
    day -= timedelta(days=1)
    return day - timedelta(days=max(0, day.weekday() - _WEEKEND + 1))


def _notes(seen: View, listed: SeasonList, stake_pct: float, since: date, is_complete: bool) -> list[str]:
    """How it was found out, in sentences."""
    previous = seen.quarter.previous
    notes = [
        f"New: filed on {since} or later, up to {seen.known_on}; compared with what was known the day before, at the "
        "same prices.",
    ]
    if listed.parameters is None:
        notes.append(f"The list is not known: {listed.unknown}.")
    else:
        parameters = listed.parameters
        awaited = f" or held it at {previous.end} and are awaited" if parameters.rank_carried else ""
        top = f"; of these the {parameters.top} with the most" if parameters.top else ""
        notes += [
            f"The list: stocks with a market cap of {parameters.band.label} on {parameters.cap_date} of which at least "
            f"{plural(parameters.min_holders, 'hedge fund')} reported shares{awaited}{top}.",
            f"Large stake: a hedge fund's newly reported or increased shares are {stake_pct:g}% or more of the shares "
            f"outstanding that market cap and close on {parameters.cap_date} imply; beyond 5%, section 13(d) of the "
            "Exchange Act asks for a report. A market cap that leaves out a class of shares makes it too high.",
        ]
    if seen.reporting.expected:
        notes.append(
            "Holder gained: reported now, and neither reported nor awaited before; lost: its report no longer shows "
            "it. A report that shows again what was held before is neither; nor is a notice that others report."
        )
    else:
        notes.append(
            f"{previous} is not loaded: whether a holder is new, and who is awaited, is not known; run `tracker "
            f"refresh {previous}`."
        )
    if seen.reporting.expected and not is_complete:
        notes.append(f"{previous} was not refreshed after its deadline: more may be awaited than are named here.")
    notes.append(f"Before unknown: no report of the fund for {previous} is loaded; it may have held it then.")
    return [*notes, NOW_KNOWN, *CAVEATS]
