"""The pages of funds: their book, its changes and its pages, why they count."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.web.site_client import Get, client, links, words
from tracker.output import money
from tracker.reports.portfolio import portfolio
from tracker.settings import Settings


def test_a_fund_has_its_book_by_weight(get: Get, home: Path) -> None:
    page = get("/funds/9000000002")
    expected = portfolio(Settings(home), "9000000002")
    text, there = words(page.text), links(page.text)
    assert page.status_code == 200
    assert "BRACKWATER PARTNERS LP CIK 9000000002" in text and money(expected.facts["value_usd"]) in text
    held = [row for row in expected.rows if row["change"] != "closed"]
    shown = [address for address, _ in there if address.startswith("/stocks/")]
    assert shown[::2] == [f"/stocks/{row['ticker'] or row['cusip']}" for row in held][:50]
    number = held[0]["accession_number"]
    assert (f"https://www.sec.gov/Archives/edgar/data/9000000002/{number}.txt", number) in there
    assert page.text.count('<rect class="bar"') == len(expected.facts["history"])


def test_it_says_why_it_counts(get: Get, home: Path) -> None:
    with sqlite3.connect(home / "db" / "tracker.db") as database:
        rows = database.execute("select cik, is_hedge_fund, basis from managers order by cik").fetchall()
    database.close()
    for cik, is_hedge_fund, basis in rows:
        text = words(get(f"/funds/{cik}").text)
        assert ("Why it counts" if is_hedge_fund else "Why it does not count") in text, cik
        assert basis[1:] in text, cik


@pytest.mark.parametrize("part", ["new", "more", "less", "closed"])
def test_a_part_of_the_book_has_the_positions_with_that_change(get: Get, home: Path, part: str) -> None:
    change = {"more": "increased", "less": "reduced"}.get(part, part)
    rows = [row for row in portfolio(Settings(home), "9000000002").rows if row["change"] == change]
    page = get("/funds/9000000002", show=part)
    shown = [address for address, _ in links(page.text) if address.startswith("/stocks/")]
    assert shown[::2] == [f"/stocks/{row['ticker'] or row['cusip']}" for row in rows][:50]
    assert page.text.count(' figures">') >= len(rows[:50])


def test_a_long_book_has_pages_of_fifty(get: Get, home: Path) -> None:
    with sqlite3.connect(home / "db" / "tracker.db") as database:
        cik, count = database.execute(
            "select cik, count(distinct coalesce(ticker, cusip) || put_call || share_type) from positions "
            "where period_of_report = '2025-09-30' group by cik order by 2 desc"
        ).fetchone()
    database.close()
    assert count > 50
    seen: list[str] = []
    page, number = get(f"/funds/{cik}").text, 1
    while True:
        book = page[page.index('id="book"') :]
        rows = re.findall(r"<tr><td .*?</tr>", book)
        assert 0 < len(rows) <= 50
        seen += rows
        following = [address for address, label in links(book) if label == "Next"]
        if not following:
            break
        number += 1
        page = get(following[0].removesuffix("#book")).text
    assert len(seen) == len(set(seen)) == count and number == -(-count // 50)
    last = get(f"/funds/{cik}", _page="99999").text  # the last page stands for all after it
    assert re.findall(r"<tr><td .*?</tr>", last[last.index('id="book"') :]) == rows


def test_a_cik_has_one_address(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "db", tmp_path / "db")
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        database.execute("insert into managers (cik, manager_name, is_hedge_fund) values (77, 'Quiet LP', 0)")
    database.close()
    get = client(runner, tmp_path)
    assert get("/funds/0000000077?quarter=2025Q3").headers["location"] == "/funds/77?quarter=2025Q3"
    assert get("/funds/00000000077").status_code == 404  # eleven digits are no CIK


@pytest.mark.parametrize("cik", ["9000000092", "0", "-1", "1e9", "٣", "99999999999999999999", "BRACKWATER", "<b>x</b>"])
def test_an_unknown_cik_is_not_found(get: Get, cik: str) -> None:
    answer = get(f"/funds/{cik.replace('<', '%3C').replace('/', '%2F')}")
    assert answer.status_code == 404 and "<b>x" not in answer.text and "Fund not found" in answer.text


def test_an_unknown_cik_suggests_those_that_are_near(get: Get) -> None:
    there = [address for address, _ in links(get("/funds/9000000092").text) if address.startswith("/funds/")]
    assert "/funds/9000000002" in there
    assert "/funds/9000000002" in [address for address, _ in links(get("/funds/brackwater").text)]


def test_a_manager_without_a_report_has_a_page(runner: asyncio.Runner, home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "db", tmp_path / "db")
    with sqlite3.connect(tmp_path / "db" / "tracker.db") as database:
        database.execute("insert into managers (cik, manager_name, is_hedge_fund) values (77, '<i>Quiet</i> LP', 0)")
    database.close()
    page = client(runner, tmp_path)("/funds/77")
    assert page.status_code == 200 and "has no report" in page.text
    assert "<i>Quiet" not in page.text and "&lt;i&gt;Quiet" in page.text


def test_a_quarter_without_a_report_names_those_with_one(get: Get) -> None:
    page = get("/funds/9000000002", quarter="2024Q4")
    assert page.status_code == 404 or "not loaded" in page.text or "has no report" in page.text
