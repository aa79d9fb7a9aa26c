"""Counts are made again where something they are made from changed, nowhere else, and end as if made at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.filings.helpers import A, B
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, everything, put, put_fails, report, take
from tracker.pipeline import refresh
from tracker.pipeline.choose_funds import Choice, choose, forget
from tracker.progress import Silent
from tracker.quarters import Quarter
from tracker.securities import ticker_map
from tracker.settings import Settings

Q1, Q4 = Q2.previous, Q3.next
TWO_SIGMA, OTHER = 1179392, 9_000_000_003
TODAY = date(2026, 3, 1)


class Heard(Silent):
    """The tasks that were begun."""

    def __init__(self) -> None:
        self.tasks: list[str] = []

    def start(self, task: str, total: int | None = None) -> None:
        self.tasks.append(task)

    @property
    def counted(self) -> list[str]:
        return [task.split()[-1] for task in self.tasks if task.startswith("counting holders")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Four quarters of two funds and a bank; A has a ticker, B has none."""
    numbers = iter(range(1, 100))
    texts = [
        report(next(numbers), cik, {A: 100 * place, B: 7}, quarter)
        for place, quarter in enumerate((Q1, Q2, Q3, Q4), 1)
        for cik in (RENAISSANCE, CITADEL)
    ]
    settings = put(tmp_path, *texts, report(next(numbers), OTHER, {A: 5, B: 5}, Q2))
    put_fails(settings, "cnsfails202508a", [(A, "AAAA")])
    take(settings, "closes.csv", "date,symbol,close\n2025-04-10,AAAA,1\n2025-08-11,AAAA,1\n2025-11-11,AAAA,1\n")
    for quarter in (Q1, Q2, Q3, Q4):
        refresh.refresh(settings, quarter, offline=True)
    return settings


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        (lambda it: None, []),
        (lambda it: take(it, "fund.csv", "date,symbol,close\n2025-08-11,IWM,200\n"), []),
        (lambda it: put_fails(it, "cnsfails202508b", [("990999104", "ZZZZ")]), []),
        # what is held has a ticker now: in every quarter
        (lambda it: put_fails(it, "cnsfails202508b", [(B, "BBBB")]), ["2025Q1", "2025Q2", "2025Q3", "2025Q4"]),
        # a close in a quarter shows that there was no split; one outside of all shows nothing
        (lambda it: take(it, "b.csv", "date,symbol,close\n2024-05-05,AAAA,1\n"), []),
        # an amendment counts in its quarter, and in the one that is compared with it
        (lambda it: put(it.home, report(90, CITADEL, {A: 1}, Q2, amendment=("NEW HOLDINGS", 1))), ["2025Q2", "2025Q3"]),
        # a report that nobody counts
        (lambda it: put(it.home, report(91, OTHER, {A: 1}, Q3)), []),
        # a fund that reports for one quarter only
        (lambda it: put(it.home, report(92, TWO_SIGMA, {B: 1}, Q4)), ["2025Q4"]),
    ],
    ids=["nothing", "an index fund", "other fails", "a ticker", "old close", "amendment", "a bank", "a fund"],
)
def test_only_the_quarters_that_a_change_touches_are_counted(
    settings: Settings, change: Callable[[Settings], object], counted: list[str]
) -> None:
    change(settings)
    heard = Heard()
    refresh.refresh(settings, Q4, offline=True, progress=heard)
    assert heard.counted == counted


def test_a_split_and_a_choice_count_the_quarters_that_they_touch(settings: Settings) -> None:
    heard = Heard()
    take(settings, "splits.csv", "ticker,date,ratio\nAAAA,2025-08-11,2\n", heard)
    assert heard.counted == ["2025Q3"]
    heard = Heard()
    choose(settings, str(OTHER), Choice(is_hedge_fund=True), today=TODAY, progress=heard)
    # it reported for the second quarter only, which the third is compared with
    assert heard.counted == ["2025Q2", "2025Q3"]


def test_what_a_new_quarter_finds_loaded_is_not_counted_again(settings: Settings) -> None:
    texts = [report(70 + place, cik, {A: 500, B: 7}, Q4.next) for place, cik in enumerate((RENAISSANCE, CITADEL))]
    put(settings.home, *texts)
    heard = Heard()
    refresh.refresh(settings, Q4.next, offline=True, progress=heard)
    assert heard.counted == ["2026Q1"]


def test_a_quarter_that_nothing_touches_is_not_even_looked_through(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That its counts still hold is seen by its filings and the funds, without tickers and what is held."""
    refresh.refresh(settings, Q4, offline=True)
    looked_through = []
    find = ticker_map.tickers_among

    def watch(held: pl.DataFrame, *given: pl.DataFrame) -> pl.DataFrame:
        looked_through.append(held.height)
        return find(held, *given)

    monkeypatch.setattr(ticker_map, "tickers_among", watch)
    choose(settings, str(CITADEL), Choice(is_hedge_fund=True, note="as before"), today=TODAY)
    assert looked_through == []
    put(settings.home, report(80, CITADEL, {A: 3}, Q4.next))
    refresh.refresh(settings, Q4.next, offline=True)
    assert len(looked_through) == 2  # the new quarter, and the one that it is compared with


# ---- as if made at once -------------------------------------------------------------------------------------------


class Home:
    """What happens to a home, step by step: `apply` does it, and a second home gets all of it before its refresh."""

    quarters: ClassVar = (Q2, Q3)

    def __init__(self, path: Path) -> None:
        self.settings = Settings(path)
        path.mkdir()

    def apply(self, step: str) -> None:
        settings = self.settings
        number = {"report": 10, "amendment": 20, "other": 30, "late": 40}
        texts = {
            "report": [report(number["report"], TWO_SIGMA, {A: 30, B: 1}, Q3)],
            "amendment": [report(number["amendment"], CITADEL, {A: 9}, Q2, amendment=("RESTATEMENT", 1))],
            "other": [
                report(number["other"] + place, OTHER, {B: 8}, quarter) for place, quarter in enumerate((Q2, Q3))
            ],
            "late": [report(number["late"], TWO_SIGMA, {A: 60}, Q2)],
        }
        if step in texts:
            put(settings.home, *texts[step])
        elif step == "fails":
            put_fails(settings, "cnsfails202508b", [(B, "BBBB"), (A, "AAAB")])
        elif step == "closes":
            take(settings, "more.csv", "date,symbol,close\n2025-08-11,BBBB,3\n2025-08-12,AAAA,2\n2025-08-12,IWM,9\n")
        elif step == "split":
            take(settings, "splits.csv", "ticker,date,ratio\nAAAA,2025-08-11,3\n")
        elif step == "choose":
            choose(settings, str(OTHER), Choice(is_hedge_fund=True), today=TODAY)
        elif step == "family":
            choose(settings, str(CITADEL), Choice(is_hedge_fund=True, family="RENAISSANCE"), today=TODAY)
        elif step == "remove":
            choose(settings, str(CITADEL), Choice(is_hedge_fund=False), today=TODAY)

    def refresh(self, quarters: Iterable[Quarter] = quarters) -> None:
        for quarter in quarters:
            refresh.refresh(self.settings, quarter, offline=True)

    def begin(self) -> None:
        texts = [
            report(place, cik, {A: 100 * place, B: 7}, quarter)
            for place, (cik, quarter) in enumerate(
                [(RENAISSANCE, Q2), (CITADEL, Q2), (RENAISSANCE, Q3), (CITADEL, Q3)], 1
            )
        ]
        put(self.settings.home, *texts)
        put_fails(self.settings, "cnsfails202508a", [(A, "AAAA")])
        take(self.settings, "closes.csv", "date,symbol,close\n2025-04-10,AAAA,1\n2025-08-11,AAAA,1\n")


STEPS = ("report", "amendment", "other", "late", "fails", "closes", "split", "choose", "family", "remove")


@hypothesis_settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from(STEPS), min_size=2, max_size=5, unique=True), refreshed=st.sets(st.integers(0, 4))
)
def test_step_by_step_ends_as_all_at_once(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], refreshed: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("homes")
    grown, made = Home(folder / "grown"), Home(folder / "made")
    grown.begin()
    grown.refresh()
    for place, step in enumerate(steps):
        grown.apply(step)
        if place in refreshed:
            grown.refresh()
    grown.refresh()
    made.begin()
    for step in steps:
        made.apply(step)
    made.refresh()
    made.refresh([Q2])  # the second quarter shows more of the first
    assert everything(grown.settings) == everything(made.settings)
    # and as a rebuild from what is on disk
    shutil.rmtree(grown.settings.db / "lines")
    for name in ("tracker.db", "settled.json"):
        (grown.settings.db / name).unlink()
    before = everything(made.settings)
    grown.refresh()
    grown.refresh([Q2])
    assert everything(grown.settings) == before


def test_a_choice_that_is_dropped_leaves_nothing(settings: Settings) -> None:
    before = everything(settings)
    choose(settings, str(OTHER), Choice(is_hedge_fund=True), today=TODAY)
    assert everything(settings) != before
    forget(settings, str(OTHER))
    assert everything(settings) == before
