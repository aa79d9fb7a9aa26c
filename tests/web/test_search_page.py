"""The search on every page."""

from __future__ import annotations

import pytest

from tests.web.site_client import Get, links


def test_every_page_has_the_box(get: Get) -> None:
    for path in ("/", "/tracker", "/tracker/positions", "/tracker/most_held", "/stocks/QNLR", "/editions/", "/nowhere"):
        assert '<form class="find" action="/search"' in get(path).text, path


def test_words_of_a_name_find_stocks_and_funds(get: Get) -> None:
    assert ("/stocks/QNLR", "Quenchlight Robotics Inc") in links(get("/search", q="quenchlight").text)
    there = links(get("/search", q=" capital ").text)
    assert ("/funds/9000000001", "ALDERMOOR CAPITAL MANAGEMENT LP") in there


@pytest.mark.parametrize(
    ("text", "address"),
    [("QNLR", "/stocks/QNLR"), ("$qnlr", "/stocks/QNLR"), ("9000000002", "/funds/9000000002")],
)
def test_an_exact_code_leads_to_its_page(get: Get, text: str, address: str) -> None:
    answer = get("/search", q=text)
    assert (answer.status_code, answer.headers["location"]) == (302, address)


def test_what_is_not_found_suggests_the_near(get: Get) -> None:
    assert ("/stocks/QNLR", "Quenchlight Robotics Inc") in links(get("/search", q="QNRL").text)
    assert "Nothing has this in its name" in get("/search", q="zzzzzzzzzzz").text


@pytest.mark.parametrize("text", ["", "   ", "%", "'", '"><script>alert(1)</script>', "x" * 5000, "\x00", "*" * 30])
def test_hostile_words_are_answered_and_escaped(get: Get, text: str) -> None:
    answer = get("/search", q=text)
    assert answer.status_code == 200 and "<script" not in answer.text and "<h1>" in answer.text
