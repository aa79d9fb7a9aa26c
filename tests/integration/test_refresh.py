"""`tracker refresh` as a user runs it, against the stand-in for EDGAR and with the real downloader."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests import data_sets
from tests.filings.helpers import A, B
from tests.integration.helpers import CITADEL, RENAISSANCE, STRANGER, VANGUARD, World, run
from tests.integration.market import Filing
from tests.standin import Standin
from tests.submissions import line, submission
from tracker.errors import SettingError
from tracker.pipeline import known_filers

pytestmark = pytest.mark.integration


def filings_asked(edgar: Standin) -> int:
    return len(edgar.asked(r"www\.sec\.gov/Archives/edgar/data/"))


def test_hedge_funds_and_strangers_are_fetched_and_who_is_listed_as_none_is_not(
    world: World, edgar: Standin, tmp_path: Path
) -> None:
    result = run(tmp_path / "home", "refresh", "2025Q3")
    assert filings_asked(edgar) == 3
    assert not edgar.asked(f"/data/{VANGUARD}/")
    assert "3 of 4 in the form index asked for: 2 by a list, 1 never seen before" in result.stdout
    assert "not asked    1 excluded by a list" in result.stdout
    assert "3 expected, 3 downloaded, 0 already on disk, 0 missing, 0 rejected" in result.stdout
    answer = json.loads(run(tmp_path / "home", "holders", A, "--format", "json").stdout)
    assert (answer["holders"], answer["shares"]) == (2, 300)


def test_running_again_downloads_nothing_and_changes_nothing(world: World, edgar: Standin, tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(home, "refresh", "2025Q3", "--managers", "all")
    before = {path: path.read_bytes() for path in (home / "db").rglob("*.parquet")}
    before[home / "db" / "tracker.db"] = (home / "db" / "tracker.db").read_bytes()
    edgar.behave()
    result = run(home, "refresh", "2025Q3", "--managers", "all")
    assert filings_asked(edgar) == 0
    assert "4 expected, 0 downloaded, 4 already on disk" in result.stdout
    assert "nothing new" in result.stdout
    assert {path: path.read_bytes() for path in before} == before


def test_what_is_missing_is_named_exits_with_1_and_comes_with_the_next_run(
    world: World, edgar: Standin, tmp_path: Path
) -> None:
    lost = world.filings[1]
    edgar.misbehave(lost.number, 503, always=True)
    result = run(tmp_path / "home", "refresh", "2025Q3", "--managers", "all")
    assert result.exit_code == 1
    assert f"missing      {lost.number} (CIK {lost.cik})" in result.stdout
    assert "503" in result.stdout
    status = run(tmp_path / "home", "status").stdout
    assert "rejected filings" in status
    edgar.behave()
    again = run(tmp_path / "home", "refresh", "2025Q3", "--managers", "all")
    assert "1 downloaded, 3 already on disk, 0 missing" in again.stdout
    answer = json.loads(run(tmp_path / "home", "holders", A, "--format", "json").stdout)
    assert answer["holders"] == 2


def test_a_list_of_funds_is_exactly_what_is_fetched_and_counted(world: World, edgar: Standin, tmp_path: Path) -> None:
    funds = tmp_path / "funds.csv"
    funds.write_text(f"cik,name\n{STRANGER},Stranger\n{CITADEL},Citadel\n")
    run(tmp_path / "home", "refresh", "2025Q3", "--funds", str(funds))
    assert filings_asked(edgar) == 2
    answer = json.loads(run(tmp_path / "home", "holders", B, "--format", "json").stdout)
    assert [row["cik"] for row in answer["rows"]] == [STRANGER]


def test_bad_submissions_are_named_and_the_others_go_on(world: World, tmp_path: Path) -> None:
    filing = world.filings[0]
    world.texts[filing.number] = world.texts[filing.number].replace(b"<value>1000<", b"<value>-1000<")
    world.publish()
    result = run(tmp_path / "home", "refresh", "2025Q3", "--managers", "all")
    assert f"rejected     {filing.number}: information table, line 1: value is negative" in result.stdout
    answer = json.loads(run(tmp_path / "home", "holders", A, "--format", "json").stdout)
    assert (answer["holders"], answer["shares"]) == (1, 200)


# ---- data sets ----------------------------------------------------------------------------------------------------

DATA_SETS = "form-13f-data-sets"


def publish_data_set(world: World, name: str, *filings: Filing) -> None:
    """A zip of these filings, and the page that links to it."""
    site = world.folder / "www.sec.gov"
    reports = [
        data_sets.Report(number, [data_sets.Line(A, 1000, 100)], one.cik, f"MANAGER {one.cik}")
        for number, one in enumerate(filings, start=1)
    ]
    data_sets.write(site / "files" / name, reports)
    (site / "data-research" / "sec-markets-data" / DATA_SETS).write_text(f'<a href="/files/{name}">{name}</a>')


def test_auto_takes_the_data_set_and_single_filings_of_hedge_funds_for_what_came_since(
    world: World, edgar: Standin, tmp_path: Path
) -> None:
    publish_data_set(world, "01sep2025-30nov2025_form13f.zip", *world.filings)
    late = world.file(CITADEL, date(2025, 12, 9), form="13F-HR/A")
    world.texts[late.number] = submission(
        accession_number=late.number,
        cik=CITADEL,
        filed=date(2025, 12, 9),
        lines=[line(B, 70, 7)],
        amendment=("NEW HOLDINGS", 1),
    )
    world.file(STRANGER, date(2025, 12, 9), form="13F-HR/A")
    world.publish()
    result = run(tmp_path / "home", "refresh", "2025Q3")
    assert "everything filed up to 2025-11-30: 4 filings" in result.stdout
    assert "1 expected, 1 downloaded, 0 already on disk, 0 missing" in result.stdout
    assert filings_asked(edgar) == 1
    answer = json.loads(run(tmp_path / "home", "holders", A, "--format", "json").stdout)
    assert {row["cik"] for row in answer["rows"]} == {RENAISSANCE, CITADEL}
    assert json.loads(run(tmp_path / "home", "holders", B, "--format", "json").stdout)["shares"] == 7
    before = (tmp_path / "home" / "db" / "tracker.db").read_bytes()
    assert "nothing new" in run(tmp_path / "home", "refresh", "2025Q3").stdout
    assert (tmp_path / "home" / "db" / "tracker.db").read_bytes() == before


def test_single_filings_replace_a_data_set_that_is_not_published_and_a_note_names_it(
    world: World, edgar: Standin, tmp_path: Path
) -> None:
    publish_data_set(world, "01jun2025-31aug2025_form13f.zip")
    refused = run(tmp_path / "home", "refresh", "2025Q3", "--source", "datasets")
    assert refused.exit_code == 1
    assert "not published yet" in str(refused.exception)
    assert "--source filings" in str(refused.exception)
    result = run(tmp_path / "home", "refresh", "2025Q3")
    assert "not published yet" in result.stderr
    assert "3 expected, 3 downloaded" in result.stdout


def test_several_quarters_come_in_one_command_and_go_on_where_they_stopped(
    world: World, edgar: Standin, tmp_path: Path
) -> None:
    world.file(RENAISSANCE, date(2025, 8, 14), period=date(2025, 6, 30))
    early = world.filings[-1]
    world.texts[early.number] = submission(
        accession_number=early.number,
        cik=RENAISSANCE,
        filed=date(2025, 8, 14),
        period=date(2025, 6, 30),
        lines=[line(A, 500, 50)],
    )
    world.publish()
    words = ("refresh", "2025Q2..2025Q3", "--source", "filings")
    edgar.misbehave(f"{CITADEL}/", 503, always=True)
    assert run(tmp_path / "home", *words).exit_code == 1
    edgar.behave()
    result = run(tmp_path / "home", *words)
    assert filings_asked(edgar) == 1
    assert result.stdout.index("2025Q2 (hedge-funds)") < result.stdout.index("2025Q3 (hedge-funds)")
    answer = json.loads(run(tmp_path / "home", "holders", A, "--history", "--format", "json").stdout)
    assert [(row["quarter"], row["holders"], row["increased"]) for row in answer["rows"]] == [
        ("2025Q2", 1, None),
        ("2025Q3", 2, 1),
    ]


# ---- whom a season's first refresh asks for -------------------------------------------------------------------------


def test_who_is_known_not_to_count_is_not_asked_again_but_a_new_filer_is(
    world: World, edgar: Standin, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    run(home, "refresh", "2025Q3")
    newcomer, spring = 9_000_000_778, date(2026, 2, 13)
    for cik in (RENAISSANCE, STRANGER, newcomer):
        filing = world.file(cik, spring, period=date(2025, 12, 31))
        world.texts[filing.number] = submission(
            accession_number=filing.number, cik=cik, filed=spring, period=filing.period, lines=[line(A, 10, 1)]
        )
    world.publish()
    edgar.behave()
    result = run(home, "refresh", "2025Q4", "--source", "filings")
    assert {int(one.path.split("/")[4]) for one in edgar.asked("Archives/edgar/data/")} == {RENAISSANCE, newcomer}
    assert "2 of 3 in the form index asked for: 1 by a list, 1 never seen before" in result.stdout
    assert "not asked    1 known from an earlier cover page, and not counted" in result.stdout
    assert "2 hedge-fund families known from 2025Q3: 1 filed for 2025Q4, 1 not yet; 0 new." in result.stdout


def test_in_an_empty_home_the_data_set_of_the_quarter_before_shows_who_they_are(
    world: World, edgar: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stranger's cover page is in it; a newcomer's is not. Nothing else of it is loaded."""
    newcomer = world.report(9_000_000_778, {A: 7})
    world.publish()
    publish_data_set(world, "01jun2025-31aug2025_form13f.zip", *world.filings[:-1])
    monkeypatch.setattr(known_filers, "WORTH_A_DATA_SET", 2)
    asked = ("refresh", "2025Q3", "--source", "auto")
    by_each = run(tmp_path / "each", "refresh", "2025Q3", "--source", "filings")
    assert "4 of 5 in the form index asked for: 2 by a list, 2 never seen before" in by_each.stdout
    edgar.behave()
    result = run(tmp_path / "home", *asked)
    assert edgar.asked("01jun2025-31aug2025_form13f.zip")
    assert filings_asked(edgar) == 3 and edgar.asked(f"/data/{newcomer.cik}/")
    assert "not asked    1 excluded by a list, 1 known from an earlier cover page, and not counted" in result.stdout
    assert json.loads(run(tmp_path / "home", "status", "--format", "json").stdout)["quarters"] == ["2025Q3"]
    assert "nothing new" in run(tmp_path / "home", *asked).stdout


def test_a_quarter_of_which_nothing_is_filed_is_not_loaded(world: World, tmp_path: Path) -> None:
    home = tmp_path / "home"
    offline = run(home, "refresh", "2025Q2", "--offline")
    assert offline.exit_code == 1
    assert "error: nothing is loaded of 2025Q2: leave out --offline to download it" in offline.stderr
    assert "missing" not in offline.stdout and "expected" not in offline.stdout
    assert run(home, "refresh", "2025Q3").exit_code == 0
    world.file(STRANGER, date(2026, 1, 5), form="13F-HR/A")  # the index of the next season begins
    world.publish()
    early = run(home, "refresh", "2025Q4", "--source", "filings")
    assert early.exit_code == 1 and "run the same command again later" in early.stderr
    assert json.loads(run(home, "status", "--format", "json").stdout)["quarters"] == ["2025Q3"]


def test_a_quarter_of_free_text_is_refused_before_anything_is_asked(
    world: World, edgar: Standin, tmp_path: Path
) -> None:
    for words in (("1999Q1", "--offline"), ("2013Q1..2013Q3",)):
        refused = run(tmp_path / "home", "refresh", *words)
        assert refused.exit_code == 1
        assert isinstance(refused.exception, SettingError) and "begin with 2013Q2" in str(refused.exception)
    assert not edgar.requests
    assert run(tmp_path / "home", "refresh", "2013Q2", "--offline").exit_code == 1  # in scope: there is only nothing
