"""What a watch-list is told of the small season: the moves, and nothing that only looks like one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.filings.helpers import A, C
from tests.pipeline.helpers import Q2, Q3, put
from tests.reports.season_home import AMENDS, KEEPS, LAST, NAMES, NEWCOMER, SELLS, load_season, report
from tracker.errors import InputError
from tracker.pipeline import refresh
from tracker.quarters import Quarter
from tracker.reports.watch_events import Watched, watch_quarter
from tracker.reports.watch_list import Thresholds, WatchList
from tracker.settings import Settings
from tracker.store import Store


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_season(tmp_path_factory.mktemp("watch") / "home")


def watched(
    settings: Settings, *tickers: str, funds: tuple[int | str, ...] = (), quarter: Quarter = Q3, **least: Any
) -> Watched:
    with Store(settings) as store:
        return watch_quarter(store, WatchList(tickers, funds, Thresholds(**least)), quarter)


def told(found: Watched) -> set[tuple[str, str | None, str | None]]:
    return {(row["kind"], row["ticker"], row["family"]) for row in found.events}


def test_a_watched_ticker_tells_of_moves_only(loaded: Settings) -> None:
    """KEEPS and AMENDS hold what they held, AWAITED has not reported, NOTICE is reported by another."""
    assert told(watched(loaded, "AAAA")) == {("gained", "AAAA", NAMES[NEWCOMER]), ("lost", "AAAA", NAMES[SELLS])}
    found = {row["kind"]: row for row in watched(loaded, "BBBB").events}
    assert found.keys() == {"gained", "increased"}
    assert (found["increased"]["shares"], found["increased"]["shares_before"]) == (60_000, 50_000)
    assert found["increased"]["what"] == "added (+20.00%)" and found["gained"]["what"] == "bought"


def test_what_an_amendment_took_back_is_not_told(loaded: Settings) -> None:
    assert watched(loaded, "CCCC").events == []


def test_a_cusip_means_its_security(loaded: Settings) -> None:
    assert told(watched(loaded, A)) == told(watched(loaded, "AAAA"))


def test_a_ticker_that_nobody_holds_is_noted(loaded: Settings) -> None:
    found = watched(loaded, "AAAA", "NOSUCH")
    assert found.events and any(note.startswith("NOSUCH: no hedge fund holds") for note in found.notes)


def test_thresholds_keep_small_moves_away(loaded: Settings) -> None:
    assert told(watched(loaded, "BBBB", min_move_pct=20.5)) == {("gained", "BBBB", NAMES[KEEPS])}
    # a position that was closed has the size that it had
    assert told(watched(loaded, "AAAA", min_value_usd=2_000_001)) == {("gained", "AAAA", NAMES[NEWCOMER])}
    assert told(watched(loaded, "AAAA", min_value_usd=5_000_001)) == set()


def test_a_watched_fund_tells_of_its_filings_and_of_what_it_did_on_the_list(loaded: Settings) -> None:
    found = watched(loaded, funds=(KEEPS,))
    assert told(found) == {("filed", None, NAMES[KEEPS]), ("gained", "BBBB", NAMES[KEEPS])}
    amended = [row["form_type"] for row in watched(loaded, funds=(NAMES[AMENDS],)).events]
    assert sorted(filter(None, amended)) == ["13F-HR", "13F-HR/A"]


def test_a_part_of_a_name_that_several_have_is_refused_with_their_ciks(loaded: Settings) -> None:
    with pytest.raises(InputError, match=r"'ORNE' ?, which 6 families have in their names; write a CIK: 9000000"):
        watched(loaded, funds=("ORNE",))
    assert any("no filing of such a manager" in note for note in watched(loaded, "AAAA", funds=("Nobody",)).notes)


def test_stocks_of_the_list_are_told_when_they_reach_a_threshold(loaded: Settings) -> None:
    assert told(watched(loaded, holders=3)) == {("holders_reached", "AAAA", None)}
    assert told(watched(loaded, holders=4)) == set()
    assert told(watched(loaded, stake_pct=6.5)) == {("large_stake", "BBBB", NAMES[KEEPS])}
    assert told(watched(loaded, change=1)) == {("change_reached", "AAAA", None), ("change_reached", "BBBB", None)}


def test_ids_stay_while_nothing_changes_and_a_correction_is_news(loaded: Settings, tmp_path: Path) -> None:
    settings = Settings(Path(shutil.copytree(loaded.home, tmp_path / "home")))
    before = {row["id"] for row in watched(settings, "AAAA", "BBBB", "CCCC").events}
    # AMENDS restates with C after all, and with the A that it had
    again = report(28, AMENDS, {A: 600_000, C: 31_000}, filed=LAST, amendment=("RESTATEMENT", 2))
    # KEEPS restates what it had filed, to the share
    same = report(29, KEEPS, {A: 100_000, "990102105": 700_000}, filed=LAST, amendment=("RESTATEMENT", 1))
    put(settings.home, again, same)
    refresh.refresh(settings, Q3, offline=True, funds=settings.home / "list.csv")
    after = {row["id"]: row for row in watched(settings, "AAAA", "BBBB", "CCCC").events}
    assert before <= after.keys()
    (new,) = (row for mark, row in after.items() if mark not in before)
    assert (new["kind"], new["ticker"], new["shares"]) == ("gained", "CCCC", 31_000)


def test_without_the_quarter_before_a_holder_is_not_called_a_buyer(loaded: Settings) -> None:
    found = watched(loaded, "AAAA", quarter=Q2)
    assert {row["what"] for row in found.events} == {"holder, before unknown"}
    assert any("2025Q1 is not loaded" in note for note in found.notes)
