"""What a reader sees of a strategy, on the terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.strategies import hand_market
from tests.strategies.hand_market import LAST
from tracker.cli import app
from tracker.managers import fund_lists
from tracker.output import render
from tracker.settings import Settings
from tracker.store import Store
from tracker.strategies import strategy_report, strategy_run
from tracker.strategies.signal_days import SignalOn
from tracker.strategies.strategy_plan import Plan
from tracker.strategies.strategy_rules import RULES
from tracker.strategies.strategy_run import Trials
from tracker.tables import MANAGERS, DecidedBy

PLAN = Plan(top=2, capital_usd=100_000, cost_pct=0.5)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return hand_market.build(tmp_path_factory.mktemp("hand") / "home")


def test_a_short_run_claims_nothing(settings: Settings) -> None:
    answer = strategy_report.run(settings, "consensus", PLAN)
    assert answer.title == "consensus over 6 quarters and 8 names: too short to tell"
    assert (answer.facts["excess_pct"], answer.facts["band_return_pct"], answer.facts["capacity_usd"]) == (None,) * 3
    assert (answer.facts["percentile"], answer.facts["index_funds"]) == (None, None)
    assert set(answer.facts["measures"].values()) == {None}
    text = "\n".join(answer.notes)
    assert "Nothing is claimed from fewer than 8 quarters" in text
    assert "$100.00K on 2024-05-23 became $127.35K on 2025-08-29: +27.35% after $3.9" in text
    assert "+11.33% if they ended at nothing, +46.94% if at their last close" in text


def test_json_has_every_pick_and_every_day(settings: Settings) -> None:
    told = json.loads(render(strategy_report.run(settings, "consensus", PLAN), "json"))
    assert told["end_value_usd"] == pytest.approx(127_353.63, abs=0.005)
    assert len(told["rows"]) == 12 and {*told["rows"][0]} >= {"ticker", "holders", "accession_numbers", "end"}
    assert told["daily"][0] == {"date": "2024-05-23", "value_usd": 100_000}
    assert [signal["funds"] for signal in told["signals"]] == [3, 4, 4, 5, 5, 5]
    assert told["plan"]["cost_pct"] == 0.5 and told["names_delisted"] == told["names_merged"] == 1


def test_a_long_run_is_compared(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategy_run, "MIN_QUARTERS_FOR_A_CLAIM", 6)
    answer = strategy_report.run(settings, "consensus", PLAN)
    better = f"{answer.facts['percentile']:.0f}%"
    assert answer.title == f"consensus over 6 quarters and 8 names: better than {better} of 1,000 random portfolios"
    assert "Not compared with index funds: no closes of IWC, IWM, SPY on both days" in "\n".join(answer.notes)
    assert answer.notes[0].startswith(f"Better than {answer.facts['percentile']:.0f}% of 1,000 random portfolios")
    made = answer.facts["random_pct"]
    assert made["p5"] < made["p50"] < made["p95"]
    assert 0 < answer.facts["percentile"] < 100
    measures = answer.facts["measures"]
    assert measures["total_return_pct"] == pytest.approx(answer.facts["total_return_pct"])
    assert measures["picks"] == 12 and measures["quarters"] == 6
    assert answer.facts["index_funds"] == {"IWC": None, "IWM": None, "SPY": None}  # none is loaded
    excess = answer.facts["total_return_pct"] - answer.facts["band_return_pct"]
    assert answer.facts["excess_pct"] == pytest.approx(excess)
    # ten million shares a day of every stock: a tenth of them is enough for a hundred million dollars and more
    assert "All candidates alike, without costs, made" in "\n".join(answer.notes)


def test_a_long_comparison_shows_percentiles_first(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategy_run, "MIN_QUARTERS_FOR_A_CLAIM", 6)
    rows = strategy_report.compare(settings, ["consensus", "new-buys", "holders > 99"], PLAN).rows
    assert rows[0]["percentile"] == strategy_report.run(settings, "consensus", PLAN).facts["percentile"]
    assert rows[1]["percentile"] is not None and rows[2]["percentile"] is None


def test_a_rule_asked_on_each_filing_day_is_held_against_the_quarters_stocks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The days of one quarter would be as many random portfolios, each with the cost of buying everything."""
    monkeypatch.setattr(strategy_run, "MIN_QUARTERS_FOR_A_CLAIM", 6)
    answer = strategy_report.run(settings, "consensus", replace(PLAN, signal_on=SignalOn.FILING))
    assert answer.facts["quarters"] == 6 and answer.facts["percentile"] is not None


def test_rules_stand_side_by_side_in_the_order_given(settings: Settings) -> None:
    answer = strategy_report.compare(settings, ["new-buys", "consensus"], PLAN)
    assert answer.title == "2 rules over 6 quarters and 9 names: too short to tell"
    assert [row["rule"] for row in answer.rows] == ["new-buys", "consensus"]
    assert {row["excess_pct"] for row in answer.rows} == {None}


def test_a_rule_that_buys_nothing_has_no_return(settings: Settings) -> None:
    row = strategy_report.compare(settings, ["holders > 99"], PLAN).rows[0]
    assert (row["names"], row["total_return_pct"], row["low_pct"], row["excess_pct"]) == (0, None, None, None)


def test_picks_are_what_would_be_bought(settings: Settings) -> None:
    answer = strategy_report.picks(settings, "holders >= 3 order by holders desc", PLAN, date(2025, 6, 20))
    assert [(row["ticker"], row["holders"], row["rank"]) for row in answer.rows] == [("F", 5, 1), ("G", 3, 2)]
    assert answer.facts["quarter"] == "2025Q1" and answer.facts["on"] == "2025-06-20"


def test_todays_funds_are_told_in_the_first_line(settings: Settings, tmp_path: Path) -> None:
    """Without a row of a list that was checked by the day, and without a roster, funds are those of today."""
    home = hand_market.build(tmp_path / "home")
    path = home.home / fund_lists.CHOICES
    fund_lists.write_list(path, fund_lists.read_choices(home.home).with_columns(checked_on=pl.lit(LAST)))
    managers = MANAGERS.frame(
        {"cik": cik, "manager_name": f"FUND {fund}", "family": f"FUND {fund}", "is_hedge_fund": True,
         "decided_by": DecidedBy.USER_CHOICE.value}
        for fund, cik in hand_market.CIKS.items()
    )  # fmt: skip
    with Store(home) as store:
        store.replace(MANAGERS, managers)
    answer = strategy_report.run(home, "consensus", PLAN)
    assert answer.title.startswith("Funds classified with today's lists: looks ahead. consensus over 6 quarters")
    assert answer.facts["looks_ahead"] == ["funds classified with today's lists: looks ahead"]


def test_tickers_seen_later_are_told_in_the_first_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    later = hand_market.securities().with_columns(
        first_seen=pl.when(pl.col("ticker") == "B").then(pl.lit(date(2024, 12, 1))).otherwise("first_seen")
    )
    monkeypatch.setattr(hand_market, "securities", lambda: later)
    home = hand_market.build(tmp_path / "home")
    answer = strategy_report.picks(home, "consensus", PLAN, date(2024, 5, 23))
    assert answer.title.startswith("Tickers of CUSIPs that were first seen later: looks ahead. consensus would buy 2")
    assert [row["ticker"] for row in answer.rows] == ["A", "B"]


@pytest.fixture
def runner(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    monkeypatch.setenv("TRACKER_HOME", str(settings.home))
    yield CliRunner()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("run consensus --top 2", "consensus over 6 quarters and 8 names"),
        ("run consensus --top 2 --on filing --to 2024Q1", "over 1 quarter and"),
        ("run consensus --top 2 --hold-until 2N --weights capped --lag 2", "over 6 quarters"),
        ("compare consensus list --top 2", "2 rules over 6 quarters"),
        ("picks consensus --on 2025-08-22", "consensus would buy"),
    ],
)
def test_commands_answer(runner: CliRunner, words: str, says: str) -> None:
    result = runner.invoke(app, ["strategy", *words.split()], catch_exceptions=False)
    assert result.exit_code == 0 and says in result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("run consensus --from 2025Q2 --to 2024Q1", "write the older quarter first"),
        ("run consensus --capital nothing", "write it as 1M"),
        ("run consensus --hold-until 3 --top 9", "write at least 9, or 2N"),
        ("run consensus --cap 900T:", "widen --cap"),
        ("run consenus", "name one of consensus"),
        ("picks consensus --on 2030-01-02", "choose another --on"),
        ("picks consensus --on 2024-05-01", "choose a later --on"),
        ("picks consensus --on soon", "write it as 2025-12-31"),
    ],
)
def test_what_cannot_be_answered_has_its_cure(runner: CliRunner, words: str, says: str) -> None:
    result = runner.invoke(app, ["strategy", *words.split()])
    assert says in str(result.exception) and "\n" not in str(result.exception)


def test_growth_of_candidates_begins_at_the_purchase_and_ends_as_the_listing_does(settings: Settings) -> None:
    with Store(settings) as store:
        growth = Trials(store).run("consensus", RULES["consensus"], replace(PLAN, top=1)).growth
    of_e = growth.filter(pl.col("quarter") == "2024Q4", pl.col("ticker") == "E").sort("date")
    values = dict(of_e.select("date", "growth").iter_rows())
    assert values[date(2025, 2, 26)] == 1 and values[date(2025, 4, 10)] == pytest.approx(0.4)
    assert values[date(2025, 4, 17)] == pytest.approx(0.4) and values[date(2025, 4, 21)] == pytest.approx(0.18)
    assert growth["growth"].null_count() == 0
