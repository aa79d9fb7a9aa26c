"""Who counts and why, as a user asks it; one manager's portfolio; filers instead of families."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tests.filings.helpers import A, B
from tests.make_golden import LISTED
from tests.pipeline.helpers import CITADEL, Q2, Q3, RENAISSANCE, counts, put, report
from tests.submissions import line, submission
from tracker.cli import app
from tracker.errors import NotFoundError
from tracker.output import render
from tracker.pipeline import choose_funds, refresh
from tracker.quarters import Quarter
from tracker.rankings.measures import Order
from tracker.reports.as_of import view
from tracker.reports.holders import who_holds
from tracker.reports.list_answer import top_list
from tracker.reports.managers import list_funds, why
from tracker.reports.portfolio import portfolio
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.layout import COUNTED

VANGUARD, STRANGER, SISTER = 102909, 9_000_000_003, 9_000_000_004
NOV, DEC = date(2025, 11, 14), date(2025, 12, 10)
C = "037833100"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Renaissance trades and amends its report; Vanguard is no hedge fund, two strangers are unknown."""
    home = tmp_path_factory.mktemp("home")
    mixed = [line(A, 3000, 300), line(B, 1000, 100), line(A, 500, 50, put_call="Put")]
    settings = put(
        home,
        report(1, RENAISSANCE, {A: 100, B: 100, C: 40}, Q2, manager="RENAISSANCE TECHNOLOGIES LLC"),
        submission(2, cik=RENAISSANCE, manager="RENAISSANCE TECHNOLOGIES LLC", filed=NOV, lines=mixed),
        report(
            3, RENAISSANCE, {A: 60}, filed=DEC, amendment=("NEW HOLDINGS", 1), manager="RENAISSANCE TECHNOLOGIES LLC"
        ),
        report(4, VANGUARD, {A: 900, B: 100}, manager="VANGUARD GROUP INC"),
        report(5, STRANGER, {A: 7}, manager="SMALL STRANGER LLC"),
        report(6, SISTER, {A: 70}, manager="LARGE STRANGER LLC"),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


def rows(settings: Settings, query: str, quarter: Quarter | None = None, **given: Any) -> dict[tuple[str, str], Any]:
    found = portfolio(settings, query, quarter, **given).rows
    return {(row["cusip"], row["put_call"]): row for row in found}


# ---- list and why -------------------------------------------------------------------------------------------------


def test_the_unclassified_come_first_the_largest_of_them_before_the_others(settings: Settings) -> None:
    answer = list_funds(settings)
    assert [(row["cik"], row["status"]) for row in answer.rows] == [
        (SISTER, "unclassified"),
        (STRANGER, "unclassified"),
        (RENAISSANCE, "yes"),
        (VANGUARD, "no"),
    ]
    assert [row["value_usd"] for row in answer.rows] == [700, 70, 4_600, 10_000]
    assert [row["decided_by"] for row in answer.rows] == ["unclassified"] * 2 + ["hand_kept_list"] * 2
    assert {key: answer.facts[key] for key in ("managers", "hedge_funds", "unclassified")} == {
        "managers": 4,
        "hedge_funds": 1,
        "unclassified": 2,
    }


@pytest.mark.parametrize(
    ("given", "ciks"),
    [
        ({"which": "hedge funds"}, [RENAISSANCE]),
        ({"which": "others"}, [VANGUARD]),
        ({"which": "unclassified"}, [SISTER, STRANGER]),
        ({"name": "stranger"}, [SISTER, STRANGER]),
        ({"name": "stranger", "which": "others"}, []),
        ({"basis": "INDEX house"}, [VANGUARD]),
        ({"name": ".*"}, []),
    ],
)
def test_filters(settings: Settings, given: dict[str, Any], ciks: list[int]) -> None:
    assert [row["cik"] for row in list_funds(settings, **given).rows] == ciks


def test_why_shows_the_list_that_decides(settings: Settings) -> None:
    answer = why(settings, "vanguard")
    steps = {row["step"].strip(): row for row in answer.rows}
    assert steps["1 your choice"]["says"] == "none"
    assert "index house" in steps["2 hand-kept list"]["says"]
    assert steps["5 decision"]["verdict"] == "not a hedge fund"
    assert answer.facts["is_hedge_fund"] is False
    assert "no firm with its CRD number" in steps["3 adviser roster"]["says"]


def test_why_notes_a_decision_that_the_counts_do_not_follow_yet(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, STRANGER, {A: 7}, manager="SMALL STRANGER LLC"))
    refresh.refresh(settings, Q3, offline=True)
    before = why(settings, str(STRANGER))
    (settings.home / "funds.csv").write_text(f"cik,name,is_hedge_fund\n{STRANGER},SMALL STRANGER LLC,Y\n")
    after = why(settings, str(STRANGER))
    assert (before.facts["is_hedge_fund"], after.facts["is_hedge_fund"]) == (False, True)
    assert (before.facts["decided_by"], after.facts["decided_by"]) == ("unclassified", "user_choice")
    assert len(after.notes) == len(before.notes) + 1 and "last refresh" in after.notes[-1]


def test_why_of_a_manager_without_a_filing_is_what_the_lists_say(settings: Settings) -> None:
    answer = why(settings, "1029160")
    assert answer.facts["is_hedge_fund"] is True
    assert "no filing is loaded" in answer.rows[0]["says"]


# ---- portfolio ----------------------------------------------------------------------------------------------------


def test_a_portfolio_has_weights_and_changes(settings: Settings) -> None:
    found = rows(settings, "renaissance")
    assert {key: (row["change"], row["shares"], row["shares_before"]) for key, row in found.items()} == {
        (A, ""): ("increased", 360, 100),
        (B, ""): ("unchanged", 100, 100),
        (A, "PUT"): ("new", 50, None),
        (C, ""): ("closed", 0, 40),
    }
    assert list(found) == [(A, ""), (B, ""), (A, "PUT"), (C, "")]  # by value, options, what was closed
    assert found[A, ""]["portfolio_pct"] == pytest.approx(3600 / 4600 * 100)
    assert found[A, "PUT"]["portfolio_pct"] is None
    assert found[C, ""]["accession_number"] is None


def test_its_facts_are_what_a_machine_reads(settings: Settings) -> None:
    said = json.loads(render(portfolio(settings, str(RENAISSANCE), Q3), "json"))
    assert (said["cik"], said["manager_name"], said["period_of_report"]) == (
        RENAISSANCE,
        "RENAISSANCE TECHNOLOGIES LLC",
        "2025-09-30",
    )
    assert (said["is_hedge_fund"], said["value_usd"], said["options_value_usd"]) == (True, 4600, 500)
    assert said["top_ten_pct"] == 100
    assert [(one["quarter"], one["value_usd"], one["position_count"]) for one in said["history"]] == [
        ("2025Q2", 2400, 3),
        ("2025Q3", 4600, 2),
    ]
    assert {
        "cusip",
        "ticker",
        "name_of_issuer",
        "shares",
        "value_usd",
        "portfolio_pct",
        "change",
        "accession_number",
    } <= set(said["rows"][0])


def test_what_was_filed_later_is_left_out_where_asked(settings: Settings) -> None:
    found = rows(settings, "renaissance", Q3, known_on=NOV)
    assert found[A, ""]["shares"] == 300
    with pytest.raises(NotFoundError, match="no report for 2025Q3 that counts"):
        portfolio(settings, "renaissance", Q3, date(2025, 10, 1))


def test_a_manager_that_is_not_counted_has_a_portfolio_too_and_it_is_said(settings: Settings) -> None:
    answer = portfolio(settings, "vanguard")
    assert [(row["cusip"], row["shares"]) for row in answer.rows] == [(A, 900), (B, 100)]
    assert answer.facts["is_hedge_fund"] is False
    assert any(note.startswith("Not counted as a hedge fund (hand-kept list") for note in answer.notes)


def test_changes_are_not_known_without_a_report_for_the_quarter_before(settings: Settings) -> None:
    answer = portfolio(settings, "vanguard")
    assert {row["change"] for row in answer.rows} == {None}
    assert any(note.startswith("Changes since 2025Q2 are unknown") for note in answer.notes)
    first = portfolio(settings, "renaissance", Q2)
    assert any(note.startswith("Changes since 2025Q1 are unknown") for note in first.notes)


def test_additions_to_a_report_that_is_not_loaded_close_nothing(tmp_path: Path) -> None:
    added = report(2, RENAISSANCE, {B: 1}, amendment=("NEW HOLDINGS", 1))
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 1}, Q2), added)
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    answer = portfolio(settings, str(RENAISSANCE), Q3)
    assert [(row["cusip"], row["change"]) for row in answer.rows] == [(B, None)]
    with Store(settings) as store:
        row = store.holder_counts(Q3).filter(pl.col("cusip") == A).row(0, named=True)
    assert [row[name] for name in ("holders", "closed", "awaited", "holders_carried")] == [0, None, 1, 1]


def test_only_the_largest_are_shown_but_everything_is_summed(settings: Settings) -> None:
    answer = portfolio(settings, "renaissance", top=1)
    assert [row["cusip"] for row in answer.rows] == [A]
    assert answer.facts["value_usd"] == 4600


def test_the_newest_quarter_with_a_report_is_shown(tmp_path: Path) -> None:
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 1}, Q2), report(2, CITADEL, {A: 1}))
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    assert portfolio(settings, str(RENAISSANCE)).facts["period_of_report"] == Q2.end
    with pytest.raises(NotFoundError, match="no report for 2025Q3") as error:
        portfolio(settings, str(RENAISSANCE), Q3)
    assert error.value.candidates == ["2025Q2"]


def test_a_split_is_no_trade(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    # B has no ticker here; the ratio is given for the security as it is known
    ratios = pl.DataFrame({"ticker": [A, B], "split_ratio": [3.6, 0.5]})
    monkeypatch.setattr("tracker.reports.quarter_splits.ratios", lambda *_: ratios)
    found = rows(settings, "renaissance", Q3)
    assert (found[A, ""]["change"], found[A, ""]["shares_before"]) == ("unchanged", 360)
    assert (found[B, ""]["change"], found[B, ""]["shares_before"]) == ("increased", 50)


# ---- filers instead of families -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two filers of one house and one other; one of the two bought anew."""
    home = tmp_path_factory.mktemp("home")
    settings = put(
        home,
        report(1, RENAISSANCE, {A: 1, B: 1}, Q2),
        report(2, STRANGER, {A: 1}, Q2),
        report(3, SISTER, {B: 1}, Q2),
        report(4, RENAISSANCE, {A: 1}),
        report(5, STRANGER, {A: 2}),
        report(6, SISTER, {A: 3}),
    )
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    for cik in (STRANGER, SISTER):
        choose_funds.choose(settings, str(cik), choose_funds.Choice(True, "House"), today=NOV)
    return settings


def test_a_house_counts_once_or_each_of_its_filers(house: Settings) -> None:
    both = [who_holds(house, A, Q3, by_filer=by_filer) for by_filer in (False, True)]
    assert [answer.facts["holders"] for answer in both] == [2, 3]
    assert [answer.facts["filers"] for answer in both] == [3, 3]
    assert any("Filing managers are counted" in note for note in both[1].notes)
    assert not any("Filing managers are counted" in note for note in both[0].notes)


def test_the_changes_of_filers_are_theirs(house: Settings) -> None:
    with Store(house) as store:
        seen = [view(store, Q3, by_filer=by_filer).counts.filter(pl.col("cusip") == A) for by_filer in (False, True)]
    keys = ("holders", "filers", "holders_previous", "new", "increased")
    # the house held A before, through one of its filers
    assert [one.select(keys).row(0) for one in seen] == [(2, 3, 2, 0, 1), (3, 3, 2, 1, 1)]


def test_the_list_by_filer_has_the_filers_of_the_counts(market: Settings) -> None:
    request = replace(LISTED, top=None, order=Order.descending)
    by_family, by_filer = (top_list(market, replace(request, by_filer=flag)) for flag in (False, True))
    filers = {row["ticker"]: row["filers"] for row in counts(market, Q3).values()}
    assert {row["ticker"]: row["holders"] for row in by_filer.rows} == {
        row["ticker"]: filers[row["ticker"]] for row in by_filer.rows
    }
    more = [one["holders"] - two["holders"] for one, two in zip(by_filer.rows, by_family.rows, strict=True)]
    assert min(more) >= 0 and max(more) == 1  # one house has two filers
    assert by_filer.methodology["by_filer"] is True
    assert any("Filing managers are counted, not families" in note for note in by_filer.notes)


# ---- as typed -----------------------------------------------------------------------------------------------------


def typed(settings: Settings, *words: str) -> str:
    result = CliRunner().invoke(app, ["--home", str(settings.home), *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_choices_as_they_are_typed(tmp_path: Path) -> None:
    settings = put(tmp_path / "home", report(1, STRANGER, {A: 7}, manager="SMALL STRANGER LLC"))
    refresh.refresh(settings, Q3, offline=True)
    said = typed(settings, "funds", "add", "stranger", "--family", "House", "--note", "mine")
    assert "SMALL STRANGER LLC (9000000003): now counted; family House; 1 position in 2025Q3" in said
    assert "recounted: 2025Q3" in said
    listed = json.loads(typed(settings, "funds", "list", "--hedge-funds", "--format", "json"))
    assert [row["cik"] for row in listed["rows"]] == [STRANGER]
    path = str(tmp_path / "mine.csv")
    typed(settings, "funds", "export", path)
    assert "still counted" not in typed(settings, "funds", "remove", "stranger")
    assert "now counted" in typed(settings, "funds", "import", path)
    assert "family Else" in typed(settings, "funds", "family", "stranger", "Else")
    assert "now not counted" in typed(settings, "funds", "forget", "stranger")
    assert "unclassified" in typed(settings, "funds", "why", "stranger")
    assert typed(settings, "fund", "stranger", "--format", "csv").startswith("cusip,ticker,name_of_issuer")
    typed(settings, "funds", "add", "stranger")
    typed(settings, "funds", "export", path, "--everyone")
    assert (
        Path(path).read_text().startswith("cik,name,family,is_hedge_fund,manager_class,source,checked_on\n9000000003,")
    )


def test_two_filters_at_once_are_wrong_usage(settings: Settings) -> None:
    words = ["--home", str(settings.home), "funds", "list", "--others", "--unclassified"]
    assert CliRunner().invoke(app, words).exit_code == 2


# ---- values, classes, families --------------------------------------------------------------------------------------


def test_list_and_portfolio_give_one_value(settings: Settings) -> None:
    """Over amendments, options that only the CUSIP shows, zero shares and debt."""
    for row in list_funds(settings).rows:
        facts = portfolio(settings, str(row["cik"])).facts
        assert (row["value_usd"], row["options_value_usd"]) == (facts["value_usd"], facts["options_value_usd"])


def test_a_value_has_what_is_reported_without_shares_and_no_option(tmp_path: Path) -> None:
    lines = [
        line(A, 3000, 300), line(B, 50, 0), line(B, 700, 700, share_type="PRN"), line(C, 90, 9, put_call="Call"),
        line("037833900", 40, 4),  # Apple's calls, by the CUSIP alone
    ]  # fmt: skip
    settings = put(tmp_path, submission(1, cik=STRANGER, lines=lines, manager="SMALL STRANGER LP"))
    refresh.refresh(settings, Q3, offline=True)
    (row,) = list_funds(settings).rows
    assert (row["value_usd"], row["options_value_usd"]) == (3750, 130)
    facts = portfolio(settings, str(STRANGER)).facts
    assert (facts["value_usd"], facts["options_value_usd"]) == (3750, 130)


@pytest.fixture
def moss(tmp_path: Path) -> Settings:
    """One manager under two CIKs, counted: the second one reports when the first has stopped."""

    def filed(number: int, cik: int, name: str, shares: int, quarter: Quarter) -> bytes:
        return report(number, cik, {A: shares}, quarter, manager=name, street="9 Moss Lane, Suite 1")

    name = "MOSSGATE PARTNERS LP"
    settings = put(tmp_path, filed(1, STRANGER, name, 5, Q2), filed(2, SISTER, name, 5, Q3))
    (tmp_path / "funds.csv").write_text(f"cik,name\n{STRANGER},a\n{SISTER},b\n")
    for quarter in (Q2, Q3):
        refresh.refresh(settings, quarter, offline=True)
    return settings


def test_a_house_found_by_evidence_has_one_history(moss: Settings) -> None:
    row = counts(moss, Q3)[A]
    assert [row[name] for name in ("holders", "holders_previous", "new", "closed", "increased")] == [1, 1, 0, 0, 0]
    assert row["largest_holder"] == "MOSSGATE PARTNERS LP"


def test_why_shows_the_family_and_its_evidence(moss: Settings) -> None:
    answer = why(moss, str(SISTER))
    steps = {row["step"].strip(): row["says"] for row in answer.rows}
    assert steps["family"] == f"MOSSGATE PARTNERS LP, with MOSSGATE PARTNERS LP ({STRANGER})"
    assert "9 MOSS LANE, NOWHERE; both begin with MOSSGATE" in steps["same address"]
    assert [link["evidence"] for link in answer.facts["family_links"]] == ["same_address", "successor"]
    assert answer.facts["family"] == "MOSSGATE PARTNERS LP"


def test_a_choice_of_its_own_name_splits_a_manager_off(moss: Settings) -> None:
    choose_funds.set_family(moss, str(SISTER), "MOSSGATE ADVISERS LLC", today=NOV)
    row = counts(moss, Q3)[A]
    assert [row[name] for name in ("holders", "largest_holder")] == [1, "MOSSGATE ADVISERS LLC"]
    steps = {row["step"].strip(): row["says"] for row in why(moss, str(SISTER)).rows}
    assert steps["family"] == "MOSSGATE ADVISERS LLC, alone"
    assert "same address" in steps  # the evidence stays visible
    choose_funds.forget(moss, str(SISTER))
    choose_funds.choose(moss, str(SISTER), choose_funds.Choice(True), today=NOV)
    assert counts(moss, Q3)[A]["largest_holder"] == "MOSSGATE PARTNERS LP"


def test_the_list_shows_and_filters_classes(tmp_path: Path) -> None:
    maker = 1446194
    settings = put(tmp_path, report(1, RENAISSANCE, {A: 1}), report(2, maker, {A: 2}, manager="SUSQUEHANNA"))
    refresh.refresh(settings, Q3, offline=True)
    found = typed(settings, "funds", "list", "--class", "market maker", "--format", "csv")
    assert "SUSQUEHANNA" in found and "market_maker" in found and str(RENAISSANCE) not in found
    ran = CliRunner().invoke(app, ["--home", str(settings.home), "funds", "list", "--class", "hedgie"])
    assert ran.exit_code == 1 and "write one of hedge_fund" in str(ran.exception)
    assert any("--with market-makers" in note for note in portfolio(settings, str(maker)).notes)
    assert "now counted" in typed(settings, "funds", "add", str(maker), "--class", "market_maker")


def test_a_hedge_funds_portfolio_is_what_was_counted(settings: Settings, tmp_path: Path) -> None:
    """Read from what is kept of the count; without that, from its filings."""
    copy = Settings(Path(shutil.copytree(settings.home, tmp_path / "home")))
    kept = portfolio(copy, "renaissance")
    for table in COUNTED:
        shutil.rmtree(copy.db / table)
    from_filings = portfolio(copy, "renaissance")
    assert (kept.rows, kept.facts) == (from_filings.rows, from_filings.facts)
    with Store(copy) as store:
        positions = store.positions(Q3, cik=RENAISSANCE)
    shares = positions.filter(pl.col("put_call") == "")["shares"]
    assert sorted(row["shares"] for row in kept.rows if row["what"] == "shares" and row["shares"]) == sorted(shares)
