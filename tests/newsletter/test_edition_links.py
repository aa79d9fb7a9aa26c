"""Links between editions: filled in from outside of what an edition's digests cover."""

from __future__ import annotations

import hashlib
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.make_golden import LISTED, REQUEST
from tests.newsletter.helpers import Page, files_of
from tracker.newsletter.edition_links import without_links
from tracker.newsletter.publish import check, publish, rebuild
from tracker.settings import Settings


@pytest.fixture
def settings(own_market: Settings, undrawn: None) -> Settings:
    return own_market


def links(folder: Path) -> dict[str | None, str | None]:
    page = Page((folder / "index.html").read_text())
    return {keys["rel"]: keys["href"] for tag, keys in page.tags if tag == "a" and keys.get("rel") in ("prev", "next")}


def test_each_edition_leads_to_its_neighbours(settings: Settings) -> None:
    short = replace(REQUEST, listed=replace(LISTED, top=1))
    folders = [publish(settings, replace(short, title=title)).folder for title in ("A", "B <b>", "C")]
    assert [links(folder) for folder in folders] == [
        {"next": "../b-b/index.html"},
        {"prev": "../a/index.html", "next": "../c/index.html"},
        {"prev": "../b-b/index.html"},
    ]
    assert "B &lt;b&gt;</a>" in (folders[0] / "index.html").read_text()
    before = files_of(settings.editions)
    rebuild(settings, folders[1])
    assert files_of(settings.editions) == before and check(settings, folders[1]).rows == []
    shutil.rmtree(folders[1])
    publish(settings, replace(short, title="C"))
    assert links(folders[0]) == {"next": "../c/index.html"}


def test_the_digest_is_that_of_the_page_without_links(settings: Settings) -> None:
    short = replace(REQUEST, listed=replace(LISTED, top=1))
    made = publish(settings, replace(short, title="A"))
    publish(settings, replace(short, title="B"))
    page = (made.folder / "index.html").read_bytes()
    assert page != without_links(page)
    assert hashlib.sha256(without_links(page)).hexdigest() == made.document["files"]["index.html"]


@pytest.mark.parametrize(
    ("page", "bare"),
    [
        (b"", b""),
        (b'a<nav class="editions">b</nav>c', b'a<nav class="editions"></nav>c'),
        (b'<nav class="editions">1</nav>2<nav class="editions">3</nav>4', b'<nav class="editions"></nav>2'
                                                                         b'<nav class="editions"></nav>4'),
        (b'</nav><nav class="editions">1', b'</nav><nav class="editions">1'),
        (b'<nav class="editions"><nav class="editions">1</nav>2</nav>', b'<nav class="editions"></nav>2</nav>'),
    ],
)  # fmt: skip
def test_links_are_what_stands_between_the_tags(page: bytes, bare: bytes) -> None:
    assert without_links(page) == bare


def test_a_page_of_beginnings_takes_no_time() -> None:
    page = b'<nav class="editions">' * 200_000
    began = time.process_time()
    assert without_links(page) == page
    assert time.process_time() - began < 1
