"""What has come about for a watch-list: of the newest quarter, and of the one before while that was watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..output import Answer, Column, plural
from ..quarters import Quarter
from ..settings import Settings
from ..store import Store
from .watch_events import Watched, watch_quarter
from .watch_list import read_watch_list

_COLUMNS = (
    Column("ticker", "Ticker"),
    Column("family", "Hedge fund"),
    Column("what", "What"),
    Column("name", "Company"),
    Column("shares", "Shares", "number"),
    Column("value_usd", "Value", "usd"),
    Column("filing_date", "Filed", "date"),
    Column("quarter", "Quarter"),
)


def watch(settings: Settings, quarter: Quarter | None, is_watched: Callable[[str], bool]) -> list[Watched]:
    """The events of the watch-list, quarter by quarter, the newest last.

    Without a `quarter` these are the newest loaded one and, if `is_watched` says that events of it were told, the one
    before: its late filings are news, too, but a watch-list that is new does not begin with the past. Raises InputError
    for a watch-list that cannot be used, NotFoundError if nothing is loaded.
    """
    watch_list = read_watch_list(settings.home)
    with Store(settings) as store:
        newest = store.require_quarter(quarter)
        quarters = [newest]
        if quarter is None and newest.previous in store.quarters() and is_watched(str(newest.previous)):
            quarters.insert(0, newest.previous)
        return [watch_quarter(store, watch_list, each) for each in quarters]


def to_answer(events: list[dict[str, Any]], notes: list[str]) -> Answer:
    """Events as an answer."""
    title = f"{plural(len(events), 'new event')} on the watch-list" if events else "Nothing new on the watch-list"
    return Answer(title, _COLUMNS, events, {"version": 1, "event_count": len(events)}, notes)
