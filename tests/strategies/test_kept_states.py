"""States of signal days that were kept: they hold as long as what they rest on is the same, and no longer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.strategies import hand_market
from tests.strategies.hand_market import CIKS, CUSIPS, QUARTERS
from tracker.filings import holdings
from tracker.managers import fund_lists
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store
from tracker.strategies.kept_states import KeptStates
from tracker.strategies.known_state import Archive, KnownState, Scope
from tracker.strategies.signal_days import SignalDay, after_deadline
from tracker.tables import FILINGS, JUDGED_FILINGS, OTHER_MANAGERS, PRICES, SECURITIES, SPLITS, SplitStatus

SIGNALS = [after_deadline(quarter) for quarter in QUARTERS[:3]]
Change = Callable[[Store], object]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return hand_market.build(tmp_path / "home")


def states(settings: Settings, signals: list[SignalDay] = SIGNALS) -> tuple[list[KnownState], list[Quarter]]:
    """The states, and the quarters for which one was found out now."""
    asked: list[Quarter] = []

    class Watched(Archive):
        def state(self, signal: SignalDay, scope: Scope, since: date | None = None) -> KnownState:
            asked.append(signal.quarter)
            return super().state(signal, scope, since)

    with Store(settings) as store:
        return KeptStates(store, Watched(store)).states(signals, Scope()), asked


def same(one: KnownState, other: KnownState) -> bool:
    facts = ("signal", "funds", "left_out", "priced_share", "looks_ahead")
    are_same = all(getattr(one, name) == getattr(other, name) for name in facts)
    return are_same and one.candidates.equals(other.candidates)


def judge_again(store: Store, quarter: Quarter, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    filings = change(FILINGS.fit(store.read(JUDGED_FILINGS, period_of_report=quarter.end)))
    judged, _ = holdings.judge(filings, store.lines(quarter.end))
    store.replace(JUDGED_FILINGS, judged, period_of_report=quarter.end)


def file_a_day_earlier(store: Store) -> None:
    """Fund 3's report, which came on the signal day, and fund 4's, which came after that of its own quarter."""
    earlier = pl.col("filing_date", "accepted_at").dt.offset_by("-30d")
    judge_again(store, QUARTERS[0], lambda filings: filings.with_columns(earlier))


def name_another(store: Store) -> None:
    filings = store.read(JUDGED_FILINGS, period_of_report=QUARTERS[0].end).sort("cik")
    row = {"accession_number": filings["accession_number"][0], "number": 1, "cik": CIKS[2], "name": "FUND 2"}
    store.replace(OTHER_MANAGERS, pl.concat([store.read(OTHER_MANAGERS), OTHER_MANAGERS.frame([row])]))


def change_a_line(store: Store) -> None:
    lines = store.lines(QUARTERS[0].end)
    store.add_lines(QUARTERS[0].end, lines.with_columns(pl.col("shares", "value") * 2))


def change_a_price(store: Store) -> None:
    prices = hand_market.prices().filter(pl.col("date") == SIGNALS[0].day, pl.col("ticker") == "A")
    store.add_prices(prices.with_columns(pl.col("market_cap_usd") * 1.1))


def find_a_split(store: Store) -> None:
    split = {"ticker": "B", "date": date(2024, 3, 20), "ratio": 3.0, "status": SplitStatus.USED, "source": "file:hand"}
    store.replace(SPLITS, pl.concat([store.read(SPLITS), SPLITS.frame([split])]))


def see_a_pair_earlier(store: Store) -> None:
    pair = {"cusip": CUSIPS["A"], "ticker": "K", "first_seen": date(2024, 3, 4), "last_seen": date(2024, 3, 5)}
    pairs = SECURITIES.frame([{**pair, "source": "fails-to-deliver"}])
    store.replace(SECURITIES, pl.concat([store.read(SECURITIES), pairs]))


def check_a_choice_earlier(store: Store) -> None:
    path = store.settings.home / fund_lists.CHOICES
    choices = fund_lists.read_choices(store.settings.home)
    fund_lists.write_list(path, choices.filter(pl.col("cik") != CIKS[1]))


CHANGES = [file_a_day_earlier, name_another, change_a_line, change_a_price, find_a_split, see_a_pair_earlier,
           check_a_choice_earlier]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_state_is_found_out_again_when_something_that_it_rests_on_has_changed(
    settings: Settings, change: Change
) -> None:
    first, asked = states(settings)
    assert asked == QUARTERS[:3]
    with Store(settings) as store:
        change(store)
    then, asked = states(settings)
    assert QUARTERS[0] in asked
    shutil.rmtree(settings.db / "prepared")
    anew, _ = states(settings)
    assert [same(one, other) for one, other in zip(then, anew, strict=True)] == [True] * 3
    # who goes by the day and the question alone would give the first answer
    assert change in (name_another, find_a_split) or not same(first[0], anew[0])


def add_a_report(store: Store) -> None:
    """One more report, as of a later quarter's refresh."""
    judge_again(
        store,
        QUARTERS[4],
        lambda filings: filings.with_columns(pl.col("filing_date", "accepted_at").dt.offset_by("1d")),
    )


def add_later_prices(store: Store) -> None:
    newest = hand_market.prices().filter(pl.col("date") == hand_market.LAST)
    store.add_prices(PRICES.fit(newest.with_columns(pl.col("date").dt.offset_by("3d"))))


def see_pairs_longer(store: Store) -> None:
    store.replace(SECURITIES, store.read(SECURITIES).with_columns(pl.col("last_seen").dt.offset_by("90d")))


def choose_a_fund_later(store: Store) -> None:
    path, day = store.settings.home / fund_lists.CHOICES, SIGNALS[2].day + timedelta(days=1)
    choices = fund_lists.read_choices(store.settings.home)
    more = choices.head(1).with_columns(cik=pl.lit(9_000_000_999, pl.Int64), checked_on=pl.lit(day))
    fund_lists.write_list(path, pl.concat([choices, more]))


@pytest.mark.parametrize("change", [add_a_report, add_later_prices, see_pairs_longer, choose_a_fund_later])
def test_what_came_later_leaves_a_state_as_it_was(settings: Settings, change: Change) -> None:
    first, _ = states(settings)
    with Store(settings) as store:
        change(store)
    then, asked = states(settings)
    assert asked == []
    shutil.rmtree(settings.db / "prepared")
    anew, _ = states(settings)
    assert all(same(one, other) and same(one, again) for one, other, again in zip(first, then, anew, strict=True))


def test_a_roster_of_the_day_is_among_what_a_state_rests_on(settings: Settings) -> None:
    states(settings)
    roster = settings.filings / "reference" / "advisers" / "ia120125.zip"
    roster.parent.mkdir(parents=True)
    roster.write_bytes(b"")
    then, asked = states(settings)
    assert asked == QUARTERS[:3]
    assert then[0].looks_ahead == ["funds classified with the roster of 2025-12: looks ahead"]


def test_questions_take_turns_in_few_files(settings: Settings) -> None:
    with Store(settings) as store:
        for quarters in range(1, 12):
            KeptStates(store, Archive(store)).states(SIGNALS[:1], Scope(min_quarters=quarters))
    assert 1 <= len(list((settings.db / "prepared").glob("state-2024Q1-*.parquet"))) <= 4


def test_days_of_filings_are_not_kept(settings: Settings) -> None:
    daily = [SignalDay(day, QUARTERS[0]) for day in (date(2024, 5, 14), date(2024, 5, 15))]
    states(settings, daily)
    assert states(settings, daily)[1] == [QUARTERS[0]] * 2
    assert not list((settings.db / "prepared").glob("state-*.parquet"))
