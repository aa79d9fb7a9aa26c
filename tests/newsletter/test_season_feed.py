"""The season as an Atom feed: valid, escaped, its ids those of the events."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from lxml import etree

from tests.pipeline.helpers import Q3
from tests.reports.season_home import FIRST, LAST, THIRD, load_season
from tracker.newsletter import season_feed
from tracker.newsletter.season_feed import render_feed
from tracker.reports.season import Season, SeasonRequest, Section, season
from tracker.settings import Settings

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_season(tmp_path_factory.mktemp("feed") / "home")


def of(settings: Settings, on: date, since: date) -> Season:
    return season(settings, SeasonRequest(date(2025, 11, 28), Q3, on, since))


def entries(text: str) -> list[dict[str, Any]]:
    feed = etree.fromstring(text.encode())
    return [{child.tag.removeprefix(ATOM): child.text for child in entry} for entry in feed.iter(f"{ATOM}entry")]


def test_every_event_is_an_entry_with_its_id(loaded: Settings) -> None:
    found = of(loaded, LAST, FIRST)
    text = render_feed(found)
    feed = etree.fromstring(text.encode())
    for name in ("id", "title", "updated", "author"):  # RFC 4287, 4.1.1
        assert len(feed.findall(f"{ATOM}{name}")) == 1
    assert {entry["id"] for entry in entries(text)} == {row["id"] for row in found.news}
    for entry in entries(text):
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", entry["id"] or "")
        assert re.fullmatch(r"2025-11-\d\dT00:00:00Z", entry["updated"] or "") and entry["title"] and entry["content"]
    assert render_feed(of(loaded, LAST, FIRST)) == text


def test_an_entry_stays_the_same_on_the_next_day(loaded: Settings) -> None:
    first, later = (entries(render_feed(of(loaded, day, FIRST))) for day in (FIRST, THIRD))
    assert {entry["id"] for entry in first} <= {entry["id"] for entry in later}


def test_foreign_text_is_escaped_and_nothing_of_it_is_markup(loaded: Settings) -> None:
    found = of(loaded, LAST, FIRST)
    hostile = "<script>&]]>\x00\x0b\ufffe\"'"
    rows = [{**row, "family": hostile, "name": hostile} for row in found.news]
    text = render_feed(replace(found, sections={**found.sections, Section.NEWS: rows}))
    assert "<script>" not in text and len(entries(text)) == len(rows)
    assert any("<script>&]]>" in (entry["title"] or "") for entry in entries(text))


def test_a_feed_is_bounded(loaded: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(season_feed, "_MOST", 2)
    assert len(entries(render_feed(of(loaded, LAST, FIRST)))) == 2


def test_a_season_without_news_is_a_feed_without_entries(loaded: Settings) -> None:
    assert entries(render_feed(of(loaded, date(2025, 10, 15), date(2025, 10, 14)))) == []
