"""What is counted in part is what is counted from nothing: table by table, in SQLite and in Parquet."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from tests.filings.helpers import A, B, C, D
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, everything, put, put_fails, report, take
from tests.stopped_writes import kill_at
from tests.submissions import accession, line, submission
from tracker.pipeline import recounts, refresh
from tracker.pipeline.choose_funds import Choice, choose, forget, set_family
from tracker.pipeline.count_inputs import CountInputs
from tracker.pipeline.decide_amendments import decide
from tracker.quarters import Quarter
from tracker.settings import Settings
from tracker.store import Store
from tracker.tables import HOLDINGS, AmendmentEffect

Q1 = Q2.previous
QUARTERS = (Q1, Q2, Q3)
TWO_SIGMA, MOSSGATE, BRINDLE = 1179392, 9_000_000_003, 9_000_000_004
NAMES = {
    RENAISSANCE: "RENAISSANCE TECHNOLOGIES LLC",
    CITADEL: "CITADEL ADVISORS LLC",
    TWO_SIGMA: "TWO SIGMA INVESTMENTS LP",
    MOSSGATE: "MOSSGATE PARTNERS LLC",
    BRINDLE: "BRINDLE BANCORP INC",
}
E = "990105108"
TODAY = date(2026, 3, 1)


def filed(number: int, cik: int, quarter: Quarter, *lines: str, **given: object) -> bytes:
    """A submission of the manager, in time unless it says otherwise."""
    given = {"filed": quarter.deadline, **given}
    return submission(number, cik=cik, manager=NAMES[cik], period=quarter.end, lines=lines, **given)


def mossgate(quarter: Quarter, first: int) -> list[bytes]:
    """A report of fractions in several lines, options and a bond, a patch of it, and holdings that were left out."""
    shares = 100 + first
    report = filed(
        first,
        MOSSGATE,
        quarter,
        line(A, "1001.37", "33.3"),
        line(A, "2002.11", "66.7", other_manager="1"),
        line(A, 500, 50, put_call="Put"),
        line(B, 700, 70, put_call="Call"),
        line(B, 100, 10, "EXAMPLES CORP"),
        line(C, 5000, 5000, share_type="PRN"),
        line(D, shares * 10, shares, "ANOTHER CO"),
        line(E, 40, 4),
        line("990101108", 30, 3),  # a wrong check digit
    )
    patch = filed(first + 1, MOSSGATE, quarter, line(B, 120, 12), amendment=("RESTATEMENT", 1), filed=quarter.next.end)
    more = filed(first + 2, MOSSGATE, quarter, line(C, 60, 6), amendment=("NEW HOLDINGS", 2), filed=quarter.next.end)
    return [report, patch, more]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Three quarters of three funds, and of two managers that nobody counts; MOSSGATE alone holds E."""
    texts = []
    for place, quarter in enumerate(QUARTERS):
        first = 1 + 20 * place
        texts += [
            filed(first, RENAISSANCE, quarter, line(A, 1000, 100 + place), line(C, 900, 90)),
            filed(first + 1, CITADEL, quarter, line(A, 70, 7), line(D, 500, 50 - place)),
            filed(first + 3, BRINDLE, quarter, line(A, 30, 3), line(B, 40, 4 + place)),
            *mossgate(quarter, first + 10),
        ]
        if quarter != Q2:
            texts.append(filed(first + 4, TWO_SIGMA, quarter, line(A, 10, 1), line(B, 20, 2 + place)))
    settings = put(tmp_path_factory.mktemp("loaded"), *texts)
    put_fails(settings, "cnsfails202508a", [(A, "AAAA"), (C, "CCCC"), (D, "CCCC")])
    take(settings, "closes.csv", "date,symbol,close\n2025-04-10,AAAA,1\n2025-08-11,AAAA,1\n2025-08-11,CCCC,2\n")
    for quarter in QUARTERS:
        refresh.refresh(settings, quarter, offline=True)
    for place, _ in enumerate(QUARTERS):
        decide(settings, accession(12 + 20 * place), AmendmentEffect.PATCH, today=TODAY)
    return settings


@pytest.fixture
def settings(loaded: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(loaded.home, tmp_path / "home")
    return Settings(tmp_path / "home")


def all_tables(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """All tables but the logs, and what is read from Parquet, holdings with it."""
    tables = everything(settings)
    with Store(settings) as store:
        quarters = store.quarters()
        held = store.counted_in(HOLDINGS, quarters)
        tables |= {f"holdings of {quarter}": HOLDINGS.check(held[quarter]).rows() for quarter in quarters}
    return tables


def from_nothing(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """All tables of a home with the same downloads, prices and choices in which nothing was counted before."""
    made = Settings(settings.home.with_name("made"))
    shutil.copytree(settings.home, made.home)
    for name in ("lines", "holdings", "positions", "holder_counts", "prepared"):
        shutil.rmtree(made.db / name)
    for name in ("tracker.db", "settled.json"):
        (made.db / name).unlink()
    for quarter in (*QUARTERS, *QUARTERS):  # a quarter shows more of those before it
        refresh.refresh(made, quarter, offline=True)
    return all_tables(made)


@contextmanager
def in_part() -> Iterator[None]:
    """Within it, a quarter that is counted whole fails the test."""

    def refuse(inputs: CountInputs) -> None:
        raise AssertionError(f"{inputs.quarter} was counted whole")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recounts, "count_whole", refuse)
        yield


def add(settings: Settings, cik: int, family: str | None = None) -> None:
    choose(settings, str(cik), Choice(is_hedge_fund=True, family=family), today=TODAY)


def remove(settings: Settings, cik: int) -> None:
    choose(settings, str(cik), Choice(is_hedge_fund=False), today=TODAY)


def splits(settings: Settings) -> None:
    take(settings, "splits.csv", "ticker,date,ratio\nAAAA,2025-08-11,3\n")


CHANGES: dict[str, Callable[[Settings], object]] = {
    "a fund with options, fractions, a bond and a patch": lambda it: add(it, MOSSGATE),
    "a fund of few lines": lambda it: add(it, BRINDLE),
    "a fund in a family with another": lambda it: add(it, MOSSGATE, NAMES[CITADEL]),
    "two managers become one family": lambda it: set_family(it, str(CITADEL), NAMES[RENAISSANCE], today=TODAY),
    "a fund that did not report for a quarter": lambda it: remove(it, TWO_SIGMA),
    "the last holder": lambda it: (add(it, MOSSGATE), remove(it, MOSSGATE)),
    "all but one": lambda it: (remove(it, TWO_SIGMA), remove(it, RENAISSANCE)),
    "a fund that comes late": lambda it: (
        put(it.home, report(90, TWO_SIGMA, {A: 5, E: 2}, Q2, manager=NAMES[TWO_SIGMA])),
        refresh.refresh(it, Q2, offline=True),
    ),
    "an amendment of the quarter before": lambda it: (
        put(it.home, report(91, CITADEL, {B: 5}, Q2, manager=NAMES[CITADEL], amendment=("NEW HOLDINGS", 1))),
        refresh.refresh(it, Q2, offline=True),
    ),
    "a ticker of what is held": lambda it: (
        put_fails(it, "cnsfails202508b", [(B, "BBBB")]),
        refresh.refresh(it, Q3, offline=True),
    ),
    "a split": splits,
    "a fund and then a split": lambda it: (add(it, BRINDLE), splits(it)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_counted_in_part_and_ends_as_a_count_from_nothing(
    settings: Settings, change: Callable[[Settings], object]
) -> None:
    before = all_tables(settings)
    with in_part():
        change(settings)
    after = all_tables(settings)
    assert after != before
    assert after == from_nothing(settings)


def test_a_fund_that_is_added_and_forgotten_leaves_nothing(settings: Settings) -> None:
    before = all_tables(settings)
    with in_part():
        add(settings, MOSSGATE)
        assert all_tables(settings) != before
        forget(settings, str(MOSSGATE))
    assert all_tables(settings) == before


def test_the_last_holder_leaves_a_security_without_holders_and_then_without_a_count(settings: Settings) -> None:
    def holders() -> list[int | None]:
        with Store(settings) as store:
            counts = [store.holder_counts(quarter).filter(cusip=E) for quarter in QUARTERS]
            return [rows["holders"][0] if rows.height else None for rows in counts]

    assert holders() == [None, None, None]
    with in_part():
        # it holds it in the first quarter and has sold it by the second
        put(settings.home, report(95, TWO_SIGMA, {E: 9}, Q2, manager=NAMES[TWO_SIGMA]))
        refresh.refresh(settings, Q2, offline=True)
        assert holders() == [None, 1, 0]
        remove(settings, TWO_SIGMA)
    assert holders() == [None, None, None]


def test_a_name_that_a_new_fund_gives_takes_a_ticker_from_what_others_hold(settings: Settings) -> None:
    def ticker() -> object:
        with Store(settings) as store:
            return store.positions(Q3, cik=CITADEL, cusip=D)["ticker"][0]

    assert ticker() == "CCCC"  # D's issuer has the name of C's
    with in_part():
        add(settings, MOSSGATE)
    assert ticker() is None  # half of the funds that hold it name another one
    assert all_tables(settings) == from_nothing(settings)


ADD = """
import sys
from datetime import date
from pathlib import Path
from tracker.pipeline.choose_funds import Choice, choose
from tracker.settings import Settings
choose(Settings(Path(sys.argv[1])), sys.argv[2], Choice(is_hedge_fund=True), today=date(2026, 3, 1))
"""


def test_a_choice_that_is_killed_anywhere_is_carried_out_by_the_next_refresh(settings: Settings) -> None:
    plain = settings.home.with_name("plain")
    shutil.copytree(settings.home, plain)
    add(Settings(plain), MOSSGATE)
    expected = all_tables(Settings(plain))
    for step in itertools.count():
        home = settings.home.with_name(f"killed-{step}")
        shutil.copytree(settings.home, home)
        is_killed = kill_at(step, home, ADD, str(home), str(MOSSGATE), each_step=False)
        add(Settings(home), MOSSGATE)
        assert all_tables(Settings(home)) == expected
        shutil.rmtree(home)
        if not is_killed:
            break
    assert step > len(QUARTERS)


def test_without_notes_of_what_was_counted_everything_is_counted(settings: Settings) -> None:
    shutil.rmtree(settings.db / "prepared")
    with in_part(), pytest.raises(AssertionError, match="2025Q1 was counted whole"):
        add(settings, BRINDLE)
    add(settings, BRINDLE)
    assert all_tables(settings) == from_nothing(settings)
