"""The pages of questions: headings in words, 50 rows a page."""

from __future__ import annotations

import re

import pytest

from tests.web.site_client import Get, links
from tracker.web import queries
from tracker.web.headings import heading
from tracker.web.metadata import describe


@pytest.mark.parametrize("query", [query for query in queries.QUERIES if not query.needs], ids=lambda query: query.name)
def test_headings_are_words(get: Get, query: queries.Query) -> None:
    page = get(f"/tracker/{query.name}", security="QNLR", fund="9000000002", quarter="", min_cap=0, max_cap=10**9).text
    headings = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', page)
    assert len(headings) > 3 and not [words for words in headings if "_" in words or not words[:1].isupper()]


def test_every_column_has_a_heading_in_words() -> None:
    for table in describe()["databases"]["tracker"]["tables"].values():
        for column in table["columns"]:
            assert "_" not in heading(column) and heading(column)[:1].isupper(), column


def test_a_long_answer_has_pages_of_fifty(get: Get) -> None:
    asked = {"quarter": "2025Q3", "min_cap": "0", "max_cap": ""}
    rows = get("/tracker/most_held.json", _shape="objects", **asked).json()["rows"]
    assert len(rows) > 50
    seen: list[str] = []
    page = get("/tracker/most_held", **asked).text
    assert f"1 to 50 of {len(rows):,} rows" in page
    while True:
        found = re.findall(r"<tr><td .*?</tr>", page)
        assert 0 < len(found) <= 50
        seen += found
        following = [address for address, label in links(page) if label == "Next"]
        if not following:
            break
        assert "quarter=2025Q3" in following[0]
        page = get(following[0]).text
    assert len(seen) == len(rows)
    last = get("/tracker/most_held", **asked, _page=99999).text
    assert re.findall(r"<tr><td .*?</tr>", last) == found


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "9" * 40, "٣", ""])
def test_a_page_that_makes_no_sense_is_answered(get: Get, number: str) -> None:
    assert get("/tracker/most_held", quarter="", min_cap="0", max_cap="", _page=number).status_code == 200


def test_sql_of_ones_own_has_pages_too(get: Get) -> None:
    page = get("/tracker", sql="select cusip from positions limit 120").text
    assert "1 to 50 of 120 rows" in page and page.count('<td class="col-cusip">') == 50
    (following,) = [address for address, label in links(page) if label == "Next"]
    assert get(following).text.count('<td class="col-cusip">') == 50


def test_the_sql_can_be_seen(get: Get) -> None:
    page = get("/tracker/most_held").text
    shown = {label: address for address, label in links(page)}
    assert "with asked as" in get(shown["Show the SQL"]).text and "with asked as" not in page
    assert get(shown["change it"]).status_code == 200


def test_an_error_of_a_question_is_shown(get: Get) -> None:
    answer = get("/tracker/most_held", quarter="", min_cap="x" * 10, max_cap="")
    assert answer.status_code == 200  # SQLite reads text as 0


def test_all_rows_are_there_as_csv_and_json(get: Get) -> None:
    there = {label: address for address, label in links(get("/tracker/most_held", min_cap="0").text)}
    assert get(there["CSV"]).text.count("\n") == len(get(there["JSON"]).json()["rows"]) + 1 > 51
