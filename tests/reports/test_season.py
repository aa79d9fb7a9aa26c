"""A filing season day by day: each day's reports, and what they do to the list."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.helpers import Q2, Q3
from tests.reports.season_home import (
    AMENDS,
    AWAITED,
    CIKS,
    FIRST,
    KEEPS,
    LAST,
    NAMES,
    NEWCOMER,
    NOTICE,
    SECOND,
    SELLS,
    THIRD,
    load_season,
)
from tracker.errors import NotFoundError, SettingError
from tracker.rankings.parameters import ListRequest
from tracker.reports.season import Season, SeasonRequest, Section, season, weekday_before
from tracker.reports.season_news import Event, title_of
from tracker.settings import Settings

NOW = date(2025, 11, 28)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_season(tmp_path_factory.mktemp("season") / "home")


def on(settings: Settings, day: date, since: date | None = None, **more: Any) -> Season:
    return season(settings, SeasonRequest(NOW, Q3, day, since or day, **more))


def events(found: Season) -> set[tuple[str, str | None, str | None]]:
    return {(row["kind"], row["ticker"], row["family"]) for row in found.news}


def moved(found: Season) -> dict[str, int]:
    return {move: count for move, count in found.moves.items() if count}


def test_a_holder_that_reports_again_what_it_held_is_not_gained(loaded: Settings) -> None:
    found = on(loaded, FIRST)
    assert moved(found) == {"kept": 1, "gained": 1}
    assert events(found) == {("gained", "BBBB", NAMES[KEEPS]), ("large_stake", "BBBB", NAMES[KEEPS])}
    (gained,) = (row for row in found.news if row["kind"] == Event.GAINED)
    assert (gained["shares"], gained["shares_before"], gained["is_compared"]) == (700_000, None, True)
    assert gained["filing_date"] == FIRST and gained["accession_number"] in gained["url"]
    assert (gained["holders"], gained["holders_carried"]) == (1, 3)  # SELLS and AWAITED held it and are awaited


def test_a_notice_makes_nobody_a_seller(loaded: Settings) -> None:
    found = on(loaded, SECOND)
    assert moved(found) == {"lost": 1, "increased": 1, "no_longer_awaited": 1}
    assert events(found) == {("lost", "AAAA", NAMES[SELLS]), ("no_longer_awaited", "AAAA", NAMES[NOTICE])}
    (lost,) = (row for row in found.news if row["kind"] == Event.LOST)
    assert (lost["cik"], lost["shares"], lost["shares_before"], lost["filing_date"]) == (SELLS, None, 200_000, SECOND)


def test_a_stock_enters_with_its_first_holder_and_leaves_when_a_restatement_drops_it(loaded: Settings) -> None:
    assert events(on(loaded, THIRD)) == {
        ("entered", "CCCC", NAMES[AMENDS]),
        ("gained", "CCCC", NAMES[AMENDS]),
        ("gained", "AAAA", NAMES[NEWCOMER]),
        ("large_stake", "AAAA", NAMES[NEWCOMER]),
    }
    found = on(loaded, LAST)
    assert events(found) == {("left", "CCCC", NAMES[AMENDS]), ("lost", "CCCC", NAMES[AMENDS])}
    (left,) = (row for row in found.news if row["kind"] == Event.LEFT)
    assert (left["holders"], left["holders_carried"], left["filing_date"]) == (0, 0, LAST)


def test_without_a_report_before_nobody_is_called_a_buyer(loaded: Settings) -> None:
    (row,) = (row for row in on(loaded, THIRD).news if row["kind"] == Event.GAINED and row["cik"] == NEWCOMER)
    assert row["is_compared"] is False
    assert row["what"] == "holder, before unknown" and "bought" not in title_of(row)


def test_a_stake_is_large_from_the_share_asked_for_and_only_if_it_is_news(loaded: Settings) -> None:
    stakes = {row["family"]: row["stake_pct"] for row in on(loaded, LAST, FIRST).news if row["kind"] == Event.STAKE}
    # 10 million shares outstanding; AMENDS has held 6% since June
    assert stakes == {NAMES[KEEPS]: pytest.approx(7), NAMES[NEWCOMER]: pytest.approx(5)}
    assert not [row for row in on(loaded, LAST, FIRST, stake_pct=7.5).news if row["kind"] == Event.STAKE]


def test_days_add_up_to_who_has_reported(loaded: Settings) -> None:
    found = on(loaded, NOW)
    days = [
        [row[name] for name in ("filing_date", "filings", "amendments", "families", "new_families", "families_to_date")]
        for row in found.sections[Section.DAYS]
    ]
    assert days == [[LAST, 1, 1, 0, 0, 4], [THIRD, 2, 0, 1, 1, 4], [SECOND, 2, 0, 2, 0, 3], [FIRST, 1, 0, 1, 0, 1]]
    assert found.sections[Section.DAYS][0]["families_to_date"] == found.seen.reporting.reported
    assert found.sections[Section.DAYS][0]["families_pct"] == pytest.approx(80)
    assert "4 of 5 hedge-fund families reported (80%), 1 manager awaited" in found.title


def test_the_awaited_are_named_with_what_they_held(loaded: Settings) -> None:
    (awaited,) = on(loaded, NOW).sections[Section.AWAITED]
    assert (awaited["cik"], awaited["value_usd"], awaited["unread"]) == (AWAITED, 8_000_000, None)
    assert {row["cik"] for row in on(loaded, FIRST).sections[Section.AWAITED]} == {*CIKS} - {KEEPS, NEWCOMER}


def test_before_the_first_filing_all_are_awaited_and_nothing_is_new(loaded: Settings) -> None:
    found = on(loaded, date(2025, 10, 15), date(2025, 10, 1))
    assert (found.news, found.is_news, found.newest) == ([], False, None)
    assert len(found.sections[Section.AWAITED]) == 5 and found.sections[Section.FILED] == []


def test_news_of_a_stretch_have_the_ids_of_its_days(loaded: Settings) -> None:
    days = [row["id"] for day in (FIRST, SECOND, THIRD) for row in on(loaded, day).news]
    stretch = [row["id"] for row in on(loaded, THIRD, FIRST).news]
    assert set(stretch) == set(days) and len(set(days)) == len(days)
    assert all(each.startswith("urn:uuid:") for each in days)


def test_no_day_sees_what_was_filed_after_it(loaded: Settings) -> None:
    found = on(loaded, THIRD)
    assert max(row["filing_date"] for row in found.sections[Section.FILED]) == THIRD
    assert max(row["filing_date"] for row in found.news) == THIRD
    assert found.season_list.parameters and found.season_list.parameters.end_date == THIRD


def test_a_list_that_is_cut_has_others_move_up(loaded: Settings) -> None:
    """Of two stocks the one with more holders is on a list of one; nobody's filing need mention the one that drops."""
    found = on(loaded, SECOND, FIRST, listed=ListRequest(top=1))
    assert found.season_list.stocks["ticker"].to_list() in (["AAAA"], ["BBBB"])


def test_without_prices_the_list_is_unknown_and_says_so(loaded: Settings, tmp_path: Path) -> None:
    settings = Settings(Path(shutil.copytree(loaded.home, tmp_path / "home")))
    shutil.rmtree(settings.db / "prices")
    shutil.rmtree(settings.db / "prepared")
    found = on(settings, THIRD)
    assert found.season_list.unknown and found.news == [] and found.is_news
    assert moved(found) == {"kept": 1, "gained": 2}
    assert any("The list is not known: no prices are loaded" in note for note in found.notes)


def test_without_the_quarter_before_nobody_is_awaited_and_nobody_a_buyer(loaded: Settings) -> None:
    found = season(loaded, SeasonRequest(NOW, Q2, NOW, date(2025, 7, 1)))
    assert "who is awaited is not known" in found.title and found.sections[Section.AWAITED] == []
    assert {row["what"] for row in found.news if row["kind"] == Event.GAINED} == {"holder, before unknown"}
    assert {row["families_pct"] for row in found.sections[Section.DAYS]} == {None}
    assert any("2025Q1 is not loaded" in note for note in found.notes)


@pytest.mark.parametrize(
    ("day", "before"), [("2025-11-14", "2025-11-13"), ("2025-11-17", "2025-11-14"), ("2025-11-16", "2025-11-14")]
)
def test_the_day_before_a_weekend_is_friday(day: str, before: str) -> None:
    assert weekday_before(date.fromisoformat(day)) == date.fromisoformat(before)


def test_days_that_contradict_each_other_are_refused(loaded: Settings) -> None:
    with pytest.raises(SettingError, match="--since 2025-11-10 is after --on 2025-11-03"):
        on(loaded, FIRST, THIRD)
    with pytest.raises(SettingError, match="choose a later day"):
        on(loaded, Q3.end)
    with pytest.raises(NotFoundError, match="2024Q1 is not loaded"):
        season(loaded, SeasonRequest(NOW, Q3.previous.previous.previous.previous.previous.previous))


def test_since_begins_no_earlier_than_the_quarter_ends(loaded: Settings) -> None:
    assert on(loaded, LAST, date(2020, 1, 1)).since == Q3.end + timedelta(days=1)


def test_an_empty_home_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="run `tracker refresh"):
        season(Settings(tmp_path), SeasonRequest(NOW))
