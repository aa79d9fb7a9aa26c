"""The pages of stocks: what they say, where their codes lead, and what becomes of codes that are not known."""

from __future__ import annotations

import asyncio
import html
import shutil
import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.web.site_client import Get, client, links, words
from tracker import web
from tracker.output import money
from tracker.quarters import Quarter
from tracker.reports.holders import history, who_holds
from tracker.settings import Settings
from tracker.store.layout import COUNTED
from tracker.web import routes
from tracker.web.shown import Shown

SCRIPT = "<script>alert('x')</script>"
HOSTILE = [
    "<script>alert(1)</script>",
    "' or 1=1 --",
    "../../db/tracker.db",
    "%00",
    "%ff",
    "A" * 4000,
    "\u202eTOUD",
    "{{7*7}}",
]


def test_a_stock_has_what_the_reports_say(get: Get, home: Path) -> None:
    page = get("/stocks/QNLR")
    expected = who_holds(Settings(home), "QNLR", Quarter(2025, 3))
    text, there = words(page.text), links(page.text)
    assert page.status_code == 200
    assert f"{expected.facts['name']} QNLR" in text
    assert f"{expected.facts['holders']} hedge funds hold it at the end of 2025Q3" in text
    assert money(expected.facts["value_usd"]) in text
    for row in expected.rows:
        assert (f"/funds/{row['cik']}", row["manager_name"]) in there
        number = row["accession_number"]
        assert (f"https://www.sec.gov/Archives/edgar/data/{row['cik']}/{number}.txt", number) in there
        assert f"{row['shares']:,.0f}" in text
    for row in history(Settings(home), "QNLR").rows:
        assert row["quarter"] in text
    assert page.text.count('<rect class="bar"') == 2 and '<path class="line"' in page.text


def test_another_quarter_can_be_chosen(get: Get, home: Path) -> None:
    text = words(get("/stocks/QNLR", quarter="2025Q2").text)
    assert f"{who_holds(Settings(home), 'QNLR', Quarter(2025, 2)).facts['holders']} hedge funds" in text
    assert "Holders in 2025Q2" in text and "Not known: the quarter before 2025Q2 is not loaded" in text


def test_what_changed_stands_in_words(get: Get) -> None:
    text = words(get("/stocks/QNLR").text)
    changes = text.partition("Changes since the quarter before")[2].partition("Editions")[0]
    for told in ("ESKERLINE CAPITAL ADVISORS LLC new 0", "more", "less", "+30.00%", "-10.00%"):
        assert told in changes


@pytest.mark.parametrize("code", ["qnlr", "9901B7102", "9901b7102"])
def test_other_codes_of_a_stock_lead_to_its_ticker(get: Get, code: str) -> None:
    answer = get(f"/stocks/{code}", quarter="2025Q2")
    assert (answer.status_code, answer.headers["location"]) == (302, "/stocks/QNLR?quarter=2025Q2")


def test_a_cusip_that_only_an_earlier_quarter_knows_shows_that_quarter(
    runner: asyncio.Runner, home: Path, tmp_path: Path
) -> None:
    shutil.copytree(home / "db", tmp_path / "db", ignore=shutil.ignore_patterns(*COUNTED, "prepared"))
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        for table in ("holder_counts", "positions"):
            database.execute(
                f"update {table} set cusip = '12345AAA9', ticker = null "
                "where ticker = 'QNLR' and period_of_report = '2025-06-30'"
            )
        database.execute("update holder_counts set cusips = cusip where cusip = '12345AAA9'")
    database.close()
    page = client(runner, tmp_path)("/stocks/12345AAA9")
    assert page.status_code == 200 and "hold it at the end of 2025Q2" in words(page.text)
    assert "as its ticker is not known" in page.text


def test_a_ticker_with_a_mark_has_one_address(get: Get) -> None:
    assert get("/stocks/SBF.B").status_code == 200
    for code in ("SBF%2FB", "sbf-b"):
        assert get(f"/stocks/{code}").headers["location"] == "/stocks/SBF.B"


@pytest.mark.parametrize("code", HOSTILE)
def test_a_hostile_code_is_not_found_and_escaped(get: Get, code: str) -> None:
    answer = get(f"/stocks/{quote(code, safe='%')}")
    assert answer.status_code in (400, 404) and "<script" not in answer.text and "SQLite" not in answer.text
    assert get("/stocks/QNLR", quarter=code).status_code in (400, 404)
    assert get("/stocks/QNLR", _page=code).status_code == 200


def test_an_unknown_ticker_suggests_those_that_are_near(get: Get) -> None:
    answer = get("/stocks/QNRL")
    assert answer.status_code == 404 and "Did you mean" in answer.text
    assert links(answer.text.partition("Did you mean")[2])[0][0] == "/stocks/QNLR"
    assert ("/stocks/QNLR", "Quenchlight Robotics Inc") in links(get("/stocks/quenchlight").text)


def test_a_quarter_that_is_not_loaded_names_those_that_are(get: Get) -> None:
    answer = get("/stocks/QNLR", quarter="2024Q1")
    assert answer.status_code == 404 and "2024Q1 is not loaded" in answer.text and "2025Q2, 2025Q3" in answer.text
    assert get("/stocks/QNLR", quarter="2025Q9").status_code == 400


def test_a_home_without_prices_says_so(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "db", tmp_path / "db", ignore=shutil.ignore_patterns("prices"))
    page = client(runner, tmp_path)("/stocks/QNLR")
    assert page.status_code == 200 and "No prices are loaded" in page.text
    assert '<path class="line"' not in page.text and page.text.count('<rect class="bar"') == 2


def test_an_empty_home_says_what_to_run(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(
        home / "db", tmp_path / "db", ignore=shutil.ignore_patterns("prices", *COUNTED, "lines", "prepared")
    )
    database = sqlite3.connect(tmp_path / "db" / "tracker.db")
    with database:
        for (name,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            database.execute(f"delete from {name}")
    database.close()
    empty = client(runner, tmp_path)
    assert empty("/").status_code == 200
    for path in ("/stocks/QNLR", "/funds/9000000002", "/search?q=QNLR"):
        answer = empty(path)
        assert answer.status_code in (200, 404), path
        assert "no quarter is loaded" in answer.text, path


def test_the_editions_of_a_stock_are_linked(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "db", tmp_path / "db")
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        database.execute("delete from editions")
        for slug, day in (("old-list", "2025-11-20"), ("new-list", "2026-01-05")):
            database.execute("insert into editions (slug, title, as_of) values (?, ?, ?)", (slug, SCRIPT, day))
            database.execute(
                "insert into rankings (edition, rank, ticker, return_pct) values (?, 3, 'QNLR', 12.5)", (slug,)
            )
    database.close()
    page = client(runner, tmp_path)("/stocks/QNLR").text
    there = [address for address, _ in links(page) if address.startswith("/editions/") and address != "/editions/"]
    assert there == ["/editions/new-list/", "/editions/old-list/"]
    assert "<script" not in page and html.escape("<script>") in page and "+12.50%" in words(page)


def test_no_page_of_ours_has_a_script(get: Get) -> None:
    paths = (
        "/stocks/QNLR",
        "/funds/9000000002",
        "/search?q=capital",
        "/stocks/NOSUCH",
        "/tracker/most_held",
        "/editions/",
    )
    for path in paths:
        answer = get(path)
        assert "<script" not in answer.text and " style=" not in answer.text and "javascript:" not in answer.text, path
        assert "default-src 'none'" in answer.headers["content-security-policy"], path


def test_the_site_answers_while_a_report_is_under_way(
    runner: asyncio.Runner, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def slow(*_: object) -> Shown:
        begun.set()
        assert may_end.wait(20)
        return Shown("editions.html", {"is_list": True})

    monkeypatch.setattr(routes, "show_stock", slow)
    built = web.build(Settings(home))

    async def ask() -> list[int]:
        await built.invoke_startup()
        under_way = asyncio.create_task(built.client.get("/stocks/QNLR"))
        while not begun.is_set():
            await asyncio.sleep(0.01)
        other = await built.client.get("/")
        assert not under_way.done()
        may_end.set()
        return [other.status_code, (await under_way).status_code]

    assert runner.run(ask()) == [200, 200]
