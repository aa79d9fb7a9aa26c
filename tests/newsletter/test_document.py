"""What an editor chooses and writes becomes part of the edition, and is made again with it."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.make_golden import LISTED, REQUEST
from tests.newsletter.helpers import Page, files_of
from tests.newsletter.pictures import png
from tracker.errors import InputError, NotFoundError
from tracker.newsletter.document import Request
from tracker.newsletter.editor_notes import read_notes
from tracker.newsletter.publish import Published, check, publish, rebuild
from tracker.settings import Settings

TEXT = """A year of *two halves*. <script>alert(1)</script>

## QNLR

Its [filing](https://www.sec.gov/a?b=1&c=2).

![Quenchlight's plant](plant.png)

## Disclosure

None.

## Links

- <https://example.org>
"""
CHOSEN = replace(LISTED, top=None, only=("TLVN", "QNLR"))


@pytest.fixture
def settings(own_market: Settings, undrawn: None) -> Settings:
    return own_market


@pytest.fixture
def written(settings: Settings, tmp_path: Path) -> Published:
    """An edition of two chosen stocks, with notes, a picture and the market."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "notes.md").write_text(TEXT)
    (folder / "plant.png").write_bytes(png(900, 300))
    request = Request(CHOSEN, "Two", notes=read_notes(folder / "notes.md"), with_market=True)
    made = publish(settings, request)
    shutil.rmtree(folder)  # the edition has all that it needs
    return made


@pytest.mark.parametrize("name", ["index.md", "index.html", "mail.html"])
def test_what_the_editor_wrote_stands_in_its_places(written: Published, name: str) -> None:
    text = (written.folder / name).read_text()
    assert "<script>" not in text and "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    text = Page(text).text if name.endswith("html") else text
    found = -1
    for part in (
        "A year of",
        "The whole period",
        "2. Tolvane",
        "1. Quenchlight",
        "Its ",
        "Links",
        "Disclosure",
        "None.",
    ):
        found = text.find(part, found + 1)
        assert found >= 0, part
    for words in (
        "Market Capitalization: $269.76 Million",
        "YTD Performance: 260.00%",
        "Number of Hedge Fund Holders: 7 (2 new, 0 sold since 2025Q2)",
        "the editors chose 2; ranks are among them",
        "Market capitalizations and prices: price files of the editors, 2026-01-05.",
    ):
        assert words in text, words


def test_pictures_are_files_of_the_edition(written: Published) -> None:
    assert (written.folder / "pictures" / "plant.png").read_bytes() == png(900, 300)
    picture = written.document["notes"]["pictures"]["plant.png"]
    assert written.document["files"]["pictures/plant.png"] == picture["sha256"]
    page = Page((written.folder / "index.html").read_text())
    (image,) = (keys for tag, keys in page.tags if tag == "img" and keys["src"] == "pictures/plant.png")
    assert (image["alt"], image["width"]) == ("Quenchlight's plant", "900")


def test_it_is_made_again_byte_for_byte_with_notes_and_pictures(settings: Settings, written: Published) -> None:
    before = files_of(written.folder)
    assert files_of(rebuild(settings, written.folder / "edition.json").folder) == before
    assert check(settings, written.folder).rows == []


def test_a_picture_that_was_exchanged_is_told_and_not_published(settings: Settings, written: Published) -> None:
    picture = written.folder / "pictures" / "plant.png"
    picture.write_bytes(png(900, 301))
    (row,) = check(settings, written.folder).rows
    assert (row["what"], row["because"]) == ("pictures/plant.png", "edited by hand")
    with pytest.raises(InputError, match=r"cannot be rebuilt: index\.html"):
        rebuild(settings, written.folder)
    picture.unlink()
    with pytest.raises(InputError, match=r"plant\.png is not there"):
        rebuild(settings, written.folder)


@pytest.mark.parametrize("notes", [7, {"text": 7}, {"text": "## AAPL\n\nx"}, {"text": "# x"}])
def test_notes_that_were_edited_are_refused(settings: Settings, written: Published, notes: Any) -> None:
    path = written.folder / "edition.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "notes": notes}))
    with pytest.raises(InputError):
        rebuild(settings, path)


def test_an_edition_of_another_format_is_refused_in_a_line_and_can_be_checked(
    settings: Settings, written: Published
) -> None:
    path = written.folder / "edition.json"
    document = json.loads(path.read_text())
    for name in ("format", "notes", "market_windows", "sources", "chosen_from"):
        del document[name]
    for stock in document["stocks"]:
        del stock["sparkline"]
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match="is of another version") as raised:
        rebuild(settings, path)
    assert "\n" not in str(raised.value)
    assert check(settings, path).rows == []


def test_a_mail_brings_its_pictures_along_unless_they_have_addresses(settings: Settings, written: Published) -> None:
    def parts(published: Published) -> list[EmailMessage]:
        data = (published.folder / "mail.eml").read_bytes()
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert isinstance(message, EmailMessage) and message["Subject"] == published.document["title"]
        return [part for part in message.walk() if not part.is_multipart()]  # type: ignore[misc]

    text, html, *pictures = parts(written)
    assert text.get_content().startswith("# Two") and html.get_content_type() == "text/html"
    assert len(pictures) == 6 and {part.get_content_type() for part in pictures} == {"image/png"}
    sources = {keys["src"] for tag, keys in Page(html.get_content()).tags if tag == "img"}
    assert sources == {f"cid:{part['Content-ID'].strip('<>')}" for part in pictures}
    short = publish(settings, Request(CHOSEN, "Short", base_url="https://example.org/e"))
    assert len(parts(short)) == 2


def test_a_page_tells_others_what_it_is(settings: Settings) -> None:
    made = publish(settings, replace(REQUEST, base_url="https://example.org/e"))
    page = Page((made.folder / "index.html").read_text())
    metas = {
        keys.get("property") or keys.get("name"): keys["content"]
        for tag, keys in page.tags
        if tag == "meta" and "content" in keys
    }
    start = f"https://example.org/e/{made.folder.name}/"
    assert metas["og:title"] == REQUEST.title and metas["og:type"] == "article"
    assert metas["og:url"] == f"{start}index.html" and metas["og:image"] == f"{start}charts/band.png"
    assert "Quenchlight Robotics Inc (NASDAQ:QNLR): +260.00%" in str(metas["og:description"])


def test_a_chosen_stock_that_is_not_ranked_ends_it_with_the_reason(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match=r"NONE is not on the list \(no price on the cap date\)"):
        publish(settings, Request(replace(CHOSEN, only=("QNLR", "NONE")), "x"))
    assert not settings.editions.exists()


def test_a_chosen_stock_that_has_left_the_list_since_is_a_difference(settings: Settings) -> None:
    made = publish(settings, Request(CHOSEN, "Two"))
    path = made.folder / "edition.json"
    document = json.loads(path.read_text())
    document["methodology"]["min_holders"] = 5  # as if it held only TLVN's three then
    path.write_text(json.dumps(document))
    assert ("TLVN", "rank") in {(row["ticker"], row["what"]) for row in check(settings, path).rows}


def test_the_market_has_no_figure_of_a_fund_for_days_that_it_does_not_cover(settings: Settings) -> None:
    windows = publish(settings, Request(CHOSEN, "Two", with_market=True)).document["market_windows"]
    assert [row["window"] for row in windows["windows"]][-2:] in (["whole", "from_low"], ["quarter", "whole"])
    assert all(set(windows["funds"]) <= set(row) for row in windows["windows"])
