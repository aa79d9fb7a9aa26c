"""What was known on a day: the same as in a store into which only what was filed by then was put.

Three mutants show that the comparison sees what it should: one reads by period, one uses today's funds, one fills on
the signal day.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.strategies import hand_market
from tests.strategies.hand_market import CUSIPS, FIRST, LAST, QUARTERS
from tracker.errors import NotFoundError
from tracker.quarters import Quarter
from tracker.store import Store
from tracker.strategies import known_funds, known_reports, simulation
from tracker.strategies.known_state import Scope
from tracker.strategies.signal_days import SignalDay, after_deadline, sessions
from tracker.strategies.stock_candidates import CANDIDATES
from tracker.strategies.strategy_plan import Plan
from tracker.strategies.strategy_rules import RULES
from tracker.strategies.strategy_run import Trials

PLAN = Plan(top=2, capital_usd=100_000, cost_pct=0.5)
SIGNAL_DAYS = [after_deadline(quarter).day for quarter in QUARTERS]
DAYS = [day for day in sessions(QUARTERS[0].deadline + timedelta(days=1), LAST) if day < LAST]
Answers = dict[tuple[str, ...], object]


def answers(trials: Trials, day: date) -> Answers:
    """Every question that can be asked about the end of a day, with its answer."""
    state = trials.state_on(day, PLAN)
    told: Answers = {("funds",): state.funds, ("left out",): state.left_out, ("looks ahead",): state.looks_ahead}
    for row in state.candidates.to_dicts():
        for column in CANDIDATES.columns:
            told["candidate", str(row["ticker"]), column] = row[column]
    for name, pick in RULES.items():
        told["rule", name] = pick(state.candidates)["ticker"].to_list()
    return told


def value_on(trials: Trials, day: date) -> float:
    """The portfolio's value at the close of a day."""
    try:
        daily = trials.run("consensus", RULES["consensus"], PLAN).simulation.daily
    except NotFoundError:  # nothing is bought yet
        return PLAN.capital_usd
    known = daily.filter(pl.col("date") <= day)["value_usd"]
    return round(float(known[-1]), 6) if known.len() else PLAN.capital_usd


@dataclass
class Comparison:
    """The full store, and on demand for each day the one that has only what was filed by then."""

    folder: Path
    full: Trials
    truncated: dict[tuple[date, date], Trials] = field(default_factory=dict)

    def trials_of(self, day: date, filed_by: date) -> Trials:
        if (day, filed_by) not in self.truncated:
            settings = hand_market.build(self.folder / f"{day}-{filed_by}", day, filed_by)
            self.truncated[day, filed_by] = Trials(Store(settings))
        return self.truncated[day, filed_by]

    def differences(self, day: date) -> list[tuple[str, ...]]:
        """Questions about what is known at the end of `day` to which the two stores give different answers."""
        whole, part = answers(self.full, day), answers(self.trials_of(day, day), day)
        return sorted(key for key in whole.keys() | part.keys() if whole.get(key, "") != part.get(key, ""))

    def has_same_value(self, day: date) -> bool:
        """Whether the value at a close needs no report that came after the close before."""
        before = max(known for known in sessions(FIRST, day) if known < day)
        return value_on(self.full, day) == pytest.approx(value_on(self.trials_of(day, before), day), abs=0.005)


@pytest.fixture(scope="module")
def full_store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(hand_market.build(tmp_path_factory.mktemp("full") / "home"))


@pytest.fixture
def comparison(full_store: Store, tmp_path: Path) -> Comparison:
    return Comparison(tmp_path, Trials(full_store))


def pairs(count: int, days: list[date], comparison: Comparison) -> list[tuple[date, tuple[str, ...]]]:
    """Random pairs of a day and a question, always the same."""
    chance = random.Random(20260101)  # noqa: S311
    keys = {day: sorted(answers(comparison.full, day)) for day in days}
    return [(day, chance.choice(keys[day])) for day in (chance.choice(days) for _ in range(count))]


def compare_pairs(comparison: Comparison, count: int, days: list[date]) -> None:
    different = {day: comparison.differences(day) for day in days}
    asked = pairs(count, days, comparison)
    assert len(asked) == count
    assert [(day, key) for day, key in asked if key in different[day]] == []
    assert {day: keys for day, keys in different.items() if keys} == {}


def test_random_questions_have_the_answers_of_a_store_of_that_day(comparison: Comparison) -> None:
    chance = random.Random(1)  # noqa: S311
    days = sorted({*chance.sample(DAYS, 4), SIGNAL_DAYS[0], hand_market.AMENDED})
    compare_pairs(comparison, 1000, days)


def test_values_need_nothing_that_was_filed_after_the_close_before(comparison: Comparison) -> None:
    fills = [date(2024, 8, 23), date(2025, 4, 15)]
    assert [day for day in [*SIGNAL_DAYS[1:2], *fills] if not comparison.has_same_value(day)] == []


@pytest.mark.slow
def test_ten_thousand_questions_have_the_answers_of_a_store_of_that_day(comparison: Comparison) -> None:
    compare_pairs(comparison, 10_000, sorted({*DAYS[::5], *SIGNAL_DAYS}))


@pytest.mark.slow
def test_values_of_many_days_need_nothing_that_was_filed_after_the_close_before(comparison: Comparison) -> None:
    days = sorted({*DAYS[::7], *SIGNAL_DAYS, *(day for day in DAYS if date(2025, 4, 7) <= day <= date(2025, 4, 22))})
    assert [day for day in days if not comparison.has_same_value(day)] == []


def read_by_period(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(known_reports, "known_by", lambda filings, _: filings)


def use_todays_funds(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(known_funds, "_checked_by", lambda rows, _: rows)


def fill_on_the_signal_day(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(simulation, "is_fillable", lambda session, signal_day: session >= signal_day)


@pytest.mark.parametrize("mutate", [read_by_period, use_todays_funds])
def test_a_mutant_that_knows_too_much_is_caught(
    mutate: Callable[[pytest.MonkeyPatch], None], comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    assert ("candidate", "J", "holders") in comparison.differences(SIGNAL_DAYS[0])


def test_a_mutant_that_fills_on_the_signal_day_is_caught(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fund 3 reports C on the signal day itself: whoever buys at that day's close could not have read it."""
    assert comparison.has_same_value(SIGNAL_DAYS[1])
    fill_on_the_signal_day(monkeypatch)
    assert not comparison.has_same_value(SIGNAL_DAYS[1])


def test_a_late_report_counts_from_its_acceptance(full_store: Store) -> None:
    def holders(day: date) -> dict[str, int]:
        state = Trials(full_store).archive.state(SignalDay(day, QUARTERS[0]), Scope())
        return dict(state.candidates.filter(pl.col("holders") > 0).select("ticker", "holders").iter_rows())

    assert holders(date(2024, 6, 7)) == {"A": 3, "B": 3, "J": 2}
    assert holders(date(2024, 6, 10)) == {"A": 4, "B": 3, "J": 3}


def test_without_a_time_of_acceptance_it_is_known_a_day_after_its_filing_date() -> None:
    filings = hand_market.reports().filings.with_columns(accepted_at=pl.lit(None, pl.Datetime("us")))
    late = filings.filter(pl.col("filing_date") == date(2024, 6, 10))
    assert known_reports.known_by(late, date(2024, 6, 10)).height == 0
    assert known_reports.known_by(late, date(2024, 6, 11)).height == 1


def test_reports_of_a_day_later_are_those_of_the_day_before(tmp_path: Path, full_store: Store) -> None:
    """Moving all filings a day later moves what is known by a day, and nothing else."""

    def delay(filings: pl.DataFrame) -> pl.DataFrame:
        return filings.with_columns(pl.col("filing_date", "accepted_at").dt.offset_by("1d"))

    shifted = Trials(Store(hand_market.build(tmp_path / "home", delay=delay)))
    now = Trials(full_store)
    for day in (SIGNAL_DAYS[0], hand_market.AMENDED, SIGNAL_DAYS[5], date(2024, 6, 10)):
        before = now.archive.reports.known_by(day)["accession_number"].sort()
        assert shifted.archive.reports.known_by(day + timedelta(days=1))["accession_number"].sort().equals(before)


def test_an_amendment_shows_a_holding_late(full_store: Store) -> None:
    trials = Trials(full_store)
    state = trials.archive.state(SignalDay(date(2025, 6, 20), QUARTERS[4]), Scope(), SIGNAL_DAYS[4])
    shown = state.candidates.filter(pl.col("confidential_funds") > 0)
    assert shown.select("ticker", "confidential_funds", "holders").rows() == [("H", 1, 3)]
    before = trials.archive.state(SignalDay(date(2025, 6, 18), QUARTERS[4]), Scope(), SIGNAL_DAYS[4])
    assert before.candidates["confidential_funds"].sum() == 0


def test_the_band_has_what_nobody_holds_and_not_what_is_too_large(full_store: Store) -> None:
    state = Trials(full_store).state_on(date(2024, 5, 23), PLAN)
    assert state.candidates["ticker"].to_list() == list("ABCDEFGHIJK")
    row = state.candidates.row(by_predicate=pl.col("ticker") == "K", named=True)
    assert (row["holders"], row["cusip"], row["accession_numbers"], row["new"]) == (0, None, None, None)
    assert CUSIPS["A"] == state.candidates.row(by_predicate=pl.col("ticker") == "A", named=True)["cusip"]


def test_families_with_few_quarters_are_left_out(full_store: Store) -> None:
    def holders(day: date, min_quarters: int) -> int:
        plan = Plan(min_quarters=min_quarters)
        return Trials(full_store).state_on(day, plan).funds

    assert holders(SIGNAL_DAYS[0], 1) == 3 and holders(SIGNAL_DAYS[0], 2) == 0
    assert holders(SIGNAL_DAYS[3], 4) == 5


def test_a_quarter_that_is_not_due_is_not_looked_at(full_store: Store) -> None:
    assert Trials(full_store).state_on(date(2025, 8, 14), PLAN).signal.quarter == Quarter(2025, 1)
