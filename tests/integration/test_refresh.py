"""`tracker refresh` as a user runs it, against the stand-in for EDGAR and with the real downloader."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from tests import data_sets
from tests.filings.helpers import A, B
from tests.integration.helpers import CITADEL, RENAISSANCE, STRANGER, World, run
from tests.integration.market import Filing
from tests.standin import Standin
from tests.submissions import line, submission

pytestmark = pytest.mark.integration


def filings_asked(edgar: Standin) -> int:
    return len(edgar.asked(r"www\.sec\.gov/Archives/edgar/data/"))


def test_hedge_funds_known_so_far_are_fetched_and_counted(world: World, edgar: Standin, tmp_path: Path) -> None:
    result = run(tmp_path / "home", "refresh", "2025Q3")
    assert filings_asked(edgar) == 2
    assert "2 expected, 2 downloaded, 0 already on disk, 0 missing, 0 rejected" in result.stdout
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
    assert [row["cik"] for row in answer["positions"]] == [STRANGER]


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
    assert {row["cik"] for row in answer["positions"]} == {RENAISSANCE, CITADEL}
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
    assert "2 expected, 2 downloaded" in result.stdout


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
    assert [(row["quarter"], row["holders"], row["increased"]) for row in answer["quarters"]] == [
        ("2025Q2", 1, None),
        ("2025Q3", 2, 1),
    ]
