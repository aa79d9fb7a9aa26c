"""An editor's notes on a page, in a mail and as Markdown: what was understood, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.newsletter.helpers import HOSTILE, Page
from tests.newsletter.pictures import png
from tracker.newsletter import editor_notes, note_pictures
from tracker.newsletter.note_markup import show_notes

PICTURES = note_pictures.describe({"a.png": png(900, 300)})


def shown(text: str, address: str = "") -> dict[str, Any]:
    notes = show_notes({"text": text, "pictures": PICTURES}, address)
    return {name: str(part) for name, part in notes["introduction"].items()}


def test_marks_become_tags() -> None:
    text = "**a** *b* [c](https://e.org/?a=1&b=2)\n\n- x\n- y\n\n> q\n\n### h\n\n![a <b> chart](a.png)"
    page = Page(shown(text)["page"])
    assert page.open == []
    assert [tag for tag, _ in page.tags] == [
        "p", "strong", "em", "a", "ul", "li", "li", "blockquote", "p", "h3", "p", "img",
    ]  # fmt: skip
    (image,) = (keys for tag, keys in page.tags if tag == "img")
    assert (image["src"], image["alt"], image["width"], image["height"]) == (
        "pictures/a.png",
        "a <b> chart",
        "900",
        "300",
    )
    (link,) = (keys for tag, keys in page.tags if tag == "a")
    assert (link["href"], link["rel"]) == ("https://e.org/?a=1&b=2", "noopener")


def test_a_mail_has_its_styles_inline_and_full_addresses() -> None:
    mail = Page(shown("Text\n\n![a chart](a.png)", "https://e.org/x/")["mail"])
    (image,) = (keys for tag, keys in mail.tags if tag == "img")
    assert image["src"] == "https://e.org/x/pictures/a.png" and image["width"] == "552"
    assert all(keys.get("style") for _, keys in mail.tags)


@pytest.mark.parametrize(
    "text", [HOSTILE.replace("\x1b", ""), "<img src=x onerror=alert(1)>", "&lt;script&gt;", "`<b>`"]
)
def test_html_is_shown_and_does_nothing(text: str) -> None:
    text = text.replace("[x](http://e.org)", "")
    for form in ("page", "mail"):
        page = Page(shown(text)[form])
        assert {tag for tag, _ in page.tags} <= {"p", "em"}
    assert "<" not in shown(text)["markdown"]


@pytest.mark.parametrize(
    "text",
    [
        "a\n\\# b",
        "\\# no heading",
        "1\\. no list",
        "\\- no list",
        "a  \n- b\n  1. c\n  2. d\n\n  more",
        "> q\n>\n> r",
        "> q\n\n> r",
        "- > q\n- b",
        "**a *b* c** _d_",
        "[c *d*](https://e.org/a_(b)) <https://e.org>",
        "![x](a.png)",
        "a_b_c \\*x\\* 2*3*4 www.e.org a@e.org",
        "&amp;lt; \\` \\[ \\]",
        "***\n\na",
        "3. c\n4. d",
    ],
)
def test_its_markdown_says_the_same_to_another_reader(text: str) -> None:
    written = shown(text)["markdown"].replace("pictures/a.png", "a.png")
    pages = [Page(shown(one)["page"]) for one in (text, written)]
    tags = [[(tag, keys) for tag, keys in page.tags if tag != "p"] for page in pages]  # lists become loose
    assert tags[0] == tags[1] and "".join(pages[0].text.split()) == "".join(pages[1].text.split())


def test_parts_that_were_not_written_are_none() -> None:
    assert show_notes(None, "") == dict.fromkeys(editor_notes.PARTS)
    notes = show_notes({"text": "## DUOT\n\nx", "pictures": {}}, "")
    assert notes["introduction"] is None and notes["DUOT"]["markdown"] == "x"
