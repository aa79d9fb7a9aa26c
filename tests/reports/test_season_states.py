"""Moves between two moments add up to what was counted at each of them."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from tests.pipeline.helpers import Q3
from tests.reports.season_home import FIRST, LAST, SECOND, THIRD, load_season
from tracker.rankings.quarter_changes import SECURITY
from tracker.reports.as_of import View, view
from tracker.reports.season_states import Move, at_start, compare_states, standing
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import JUDGED_FILINGS

DAYS = [FIRST - timedelta(days=1), FIRST, SECOND, THIRD, LAST, date(2025, 12, 31)]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_season(tmp_path_factory.mktemp("states") / "home")


def net(moves: pl.DataFrame) -> dict[str, int]:
    """Holders gained less those lost, by security."""
    gone = pl.col("move").is_in([Move.LOST, Move.NO_LONGER_AWAITED]).cast(pl.Int64)
    gained = (pl.col("move") == Move.GAINED).cast(pl.Int64)
    changes = moves.group_by("security").agg((gained - gone).sum())
    return {security: change for security, change in changes.rows() if change}


def carried(seen: View) -> dict[str, int]:
    """Holders with the awaited, by security, as counted."""
    return dict(seen.counts.select(SECURITY, pl.col("holders_carried").fill_null(0)).rows())


def check(store: Store, then: date, now: date) -> None:
    before, after = (view(store, Q3, day, may_be_empty=True) for day in (then, now))
    splits = store.split_ratios(Q3)
    moves = compare_states(standing(store, before), standing(store, after), after, splits)
    counts = carried(before), carried(after)
    changes = {each: counts[1].get(each, 0) - counts[0].get(each, 0) for each in counts[0].keys() | counts[1].keys()}
    assert net(moves) == {security: change for security, change in changes.items() if change}
    assert moves.filter(pl.col("filing_date") > now).is_empty()
    of_compared = compare_states(at_start(store, after), standing(store, after), after, splits).filter("is_compared")
    for move, column in ((Move.GAINED, "new"), (Move.LOST, "closed")):
        moved = of_compared.filter(pl.col("move") == move)["security"].value_counts().rows()
        counted = after.counts.select(SECURITY, pl.col(column).fill_null(0)).rows()
        assert dict(moved) == {security: count for security, count in counted if count}


@pytest.mark.parametrize("then", range(len(DAYS) - 1))
@pytest.mark.parametrize("days", [1, 2, 5])
def test_moves_add_up_in_a_season_of_amendments_and_notices(loaded: Settings, then: int, days: int) -> None:
    with Store(loaded) as store:
        check(store, DAYS[then], DAYS[min(then + days, len(DAYS) - 1)])


def test_moves_add_up_on_every_day_of_the_fictional_market(market: Settings) -> None:
    with Store(market) as store:
        filed = store.read(JUDGED_FILINGS, period_of_report=Q3.end)["filing_date"].unique().sort().to_list()
        for day in filed:
            check(store, day - timedelta(days=1), day)
        check(store, Q3.end + timedelta(days=1), filed[-1])
