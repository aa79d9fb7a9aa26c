"""Who is counted in a view of a quarter: hedge funds, and market makers when they are asked for."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.filings.helpers import A, B
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, put, report
from tests.submissions import line, submission
from tracker.cli import app
from tracker.output import FORMATS, render
from tracker.pipeline import choose_funds, refresh
from tracker.reports import filings, holders
from tracker.reports.as_of import view
from tracker.settings import Settings
from tracker.store import Store

WOLVERINE, WOLVERINE_FUND, SUSQUEHANNA, VANGUARD = 927337, 1279891, 1446194, 102909
LATE = date(2025, 12, 10)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One house has a hedge fund and a market maker; another market maker holds a security alone, and amends late."""
    hedged = [line(A, 4000, 400), line(B, 90, 9, put_call="Put")]
    settings = put(
        tmp_path_factory.mktemp("home"),
        report(1, RENAISSANCE, {A: 100}, Q2),
        report(2, RENAISSANCE, {A: 150}),
        report(3, WOLVERINE_FUND, {A: 10}),
        submission(4, cik=WOLVERINE, lines=hedged),
        report(5, SUSQUEHANNA, {A: 7}, Q2),
        report(6, SUSQUEHANNA, {A: 1000, B: 20}),
        report(7, SUSQUEHANNA, {A: 5}, filed=LATE, amendment=("NEW HOLDINGS", 1)),
        report(8, VANGUARD, {A: 10_000}),
        report(9, CITADEL, {B: 0}),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


def counted(settings: Settings, **given: Any) -> dict[str, tuple[int, ...]]:
    with Store(settings) as store:
        rows = view(store, Q3, **given).counts.to_dicts()
    return {row["cusip"]: tuple(row[name] for name in ("holders", "filers", "shares", "put_holders")) for row in rows}


def test_market_makers_are_counted_only_when_asked_for(settings: Settings) -> None:
    assert counted(settings) == {A: (2, 2, 160, 0)}
    # Wolverine's two filers are one family
    assert counted(settings, with_market_makers=True) == {A: (3, 4, 1565, 0), B: (1, 1, 20, 1)}


def test_they_are_counted_as_known_on_a_day_and_filer_by_filer(settings: Settings) -> None:
    early = {"with_market_makers": True, "known_on": date(2025, 11, 30)}
    assert counted(settings, **early)[A] == (3, 4, 1560, 0)
    assert counted(settings, **early, by_filer=True)[A][0] == 4


def test_a_change_is_that_of_the_same_managers(settings: Settings) -> None:
    with Store(settings) as store:
        row = view(store, Q3, with_market_makers=True).counts.to_dicts()[0]
    assert (row["holders_previous"], row["closed"], row["increased"]) == (2, 0, 2)


def test_a_view_tells_how_many_of_them_it_counts(settings: Settings) -> None:
    with Store(settings) as store:
        without, with_them = view(store, Q3), view(store, Q3, with_market_makers=True)
    assert (without.funds, without.market_makers) == (3, 0)
    assert (with_them.funds, with_them.market_makers) == (5, 2)


def test_what_is_stored_is_the_count_of_hedge_funds(settings: Settings) -> None:
    before = counted(settings)
    counted(settings, with_market_makers=True)
    with Store(settings) as store:
        assert {*store.positions(Q3)["cik"]} == {RENAISSANCE, WOLVERINE_FUND}
    assert counted(settings) == before


def test_holders_says_who_is_a_market_maker(settings: Settings) -> None:
    answer = holders.who_holds(settings, A, Q3, with_market_makers=True)
    assert answer.facts["with_market_makers"] is True and answer.facts["holders"] == 3
    assert {row["cik"]: row["manager_class"] for row in answer.rows} == {
        SUSQUEHANNA: "market_maker",
        WOLVERINE: "market_maker",
        RENAISSANCE: "hedge_fund",
        WOLVERINE_FUND: "hedge_fund",
    }
    assert "3 hedge funds and market makers (4 filers)" in answer.title
    assert any(note.startswith("Market makers are counted, too") for note in answer.notes)
    assert "Market makers" not in "".join(holders.who_holds(settings, A, Q3).notes)
    history = holders.history(settings, A, with_market_makers=True)
    assert [row["holders"] for row in history.rows] == [2, 3] and "with market makers" in history.title


def test_a_security_that_only_market_makers_hold_is_found(settings: Settings) -> None:
    assert holders.who_holds(settings, B, Q3, with_market_makers=True).facts["holders"] == 1


def test_explain_adds_up_to_the_same_count(settings: Settings) -> None:
    def fates(**given: bool) -> dict[int, str]:
        return {row["cik"]: row["fate_kind"] for row in filings.explain(settings, A, Q3, **given).rows}

    assert (fates()[WOLVERINE], fates()[VANGUARD]) == ("market_maker", "not_hedge_fund")
    assert (fates(with_market_makers=True)[WOLVERINE], fates(with_market_makers=True)[VANGUARD]) == (
        "counted",
        "not_hedge_fund",
    )
    assert filings.explain(settings, A, Q3, with_market_makers=True).facts["holders"] == 3


def test_nothing_is_added_without_a_report_of_one_and_that_is_said(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 100}))
    refresh.refresh(settings, Q3, offline=True)
    answer = holders.who_holds(settings, A, Q3, with_market_makers=True)
    assert answer.facts["holders"] == 1
    assert any("no report of one is loaded for 2025Q3" in note for note in answer.notes)


def test_who_is_removed_by_choice_is_not_counted_either_way(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 100}), report(2, SUSQUEHANNA, {A: 7}))
    refresh.refresh(settings, Q3, offline=True)
    choose_funds.choose(settings, str(SUSQUEHANNA), choose_funds.Choice(False), today=LATE)
    assert counted(settings, with_market_makers=True)[A][0] == 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("words", [["holders", A], ["holders", A, "--history"], ["explain", A]])
def test_the_option_in_every_format(settings: Settings, form: str, words: list[str]) -> None:
    typed = ["--home", str(settings.home), *words, "--with", "market-makers", "--format", form]
    ran = CliRunner().invoke(app, typed)
    assert ran.exit_code == 0 and ran.stdout
    if form == "json":
        assert json.loads(ran.stdout)["with_market_makers"] is True


def test_json_of_a_count_without_them_says_so(settings: Settings) -> None:
    assert json.loads(render(holders.who_holds(settings, A, Q3), "json"))["with_market_makers"] is False
