"""`tracker refresh` as a user runs it, against the stand-in for EDGAR and with the real downloader."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.integration.market import Edgar, Filing
from tests.standin import Standin
from tests.submissions import line, submission
from tests.test_form13f import A, B
from tracker import sample
from tracker.cli import app
from tracker.sources import http

pytestmark = pytest.mark.integration

RENAISSANCE, CITADEL, VANGUARD, STRANGER = 1037389, 1423053, 102909, 9_000_000_777
FILED = date(2025, 11, 14)
PAGES = {
    "fails-deliver-data": "fails-to-deliver",
    "information-about-registered-investment-advisers-exempt-reporting-advisers": "advisers",
}


class World(Edgar):
    """The small EDGAR, with real tables in its submissions."""

    def report(self, cik: int, holdings: Mapping[str, int]) -> Filing:
        """File a report of (CUSIP, shares) at $10."""
        filing = self.file(cik, FILED)
        self.texts[filing.number] = submission(
            accession_number=filing.number,
            cik=cik,
            manager=f"MANAGER {cik}",
            filed=FILED,
            lines=[line(cusip, shares * 10, shares) for cusip, shares in holdings.items()],
        )
        return filing

    @property
    def texts(self) -> dict[str, bytes]:
        """Submission texts by accession number."""
        return self.__dict__.setdefault("_texts", {})

    def publish(self) -> None:
        """Write everything: submissions, and the fictional market's reference files behind SEC's pages."""
        self.write()
        reference = sample.write(self.folder.parent / "sample").home / "filings" / "reference"
        site = self.folder / "www.sec.gov"
        pages = site / "data-research" / "sec-markets-data"
        pages.mkdir(parents=True, exist_ok=True)
        for page, source in PAGES.items():
            zips = sorted((reference / source).glob("*.zip"))
            links = "".join(f'<a href="/files/{path.name}">{path.name}</a>' for path in zips)
            (pages / page).write_text(f"<html><body>{links}</body></html>")
            for path in zips:
                (site / "files" / path.name).write_bytes(path.read_bytes())
        tickers = reference / "tickers" / "company_tickers_exchange.json"
        (site / "files" / tickers.name).write_bytes(tickers.read_bytes())
        for filing in self.filings:
            if filing.number in self.texts:
                (self.folder / f"www.sec.gov{filing.address}").write_bytes(self.texts[filing.number])


@pytest.fixture
def world(edgar: Standin, monkeypatch: pytest.MonkeyPatch) -> World:
    """Four filers; requests are retried without long pauses."""
    world = World(edgar.folder)
    for cik, holdings in (
        (RENAISSANCE, {A: 100, B: 50}),
        (CITADEL, {A: 200}),
        (VANGUARD, {A: 900}),
        (STRANGER, {B: 70}),
    ):
        world.report(cik, holdings)
    world.publish()
    original = http.Client.__init__

    def impatient(self: http.Client, *given: object, **named: object) -> None:
        original(self, *given, **{"pause": 0.01, "attempts": 3, "timeout": (2.0, 2.0), **named})  # type: ignore[arg-type]

    monkeypatch.setattr(http.Client, "__init__", impatient)
    monkeypatch.setenv("TRACKER_IDENTITY", "Ann Example ann@example.org")
    return world


def run(home: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(home), *words])


def filings_asked(edgar: Standin) -> int:
    return len(edgar.asked(r"www\.sec\.gov/Archives/edgar/data/"))


def test_hedge_funds_known_so_far_are_fetched_and_counted(world: World, edgar: Standin, tmp_path: Path) -> None:
    result = run(tmp_path / "home", "refresh", "2025Q3")
    assert filings_asked(edgar) == 2
    assert "2 expected, 2 downloaded, 0 already there, 0 missing, 0 rejected" in result.stdout
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
    assert "4 expected, 0 downloaded, 4 already there" in result.stdout
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
    assert "1 downloaded, 3 already there, 0 missing" in again.stdout
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
